import { findBudgetPolicy, setSecondApproval } from "#core/budgets/policy.ts";
import type { Asking } from "../asking.ts";
import { askButton, Refusal } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import type { Press } from "../surface.ts";
import { byPermission, requireOffer } from "../who-may.ts";
import { saidAmount, typedAmount } from "./said-amount.ts";
import { requireSetter } from "./setter.ts";

function limitSaid(above: bigint | undefined): string {
  return above === undefined
    ? "No budget needs a second approver."
    : `A budget above ${saidAmount(above, "usd")} a month needs a second approver.`;
}

/** From which amount a budget needs a second approver; another one is set by a press. */
export async function limitAnswer(
  asking: Asking,
  above: bigint | "none" | undefined,
): Promise<AnswerBody> {
  const policy = await findBudgetPolicy(asking.pool, asking.org.id);
  const now = limitSaid(policy.secondApprovalAbove);
  const source = { basis: "none", note: "the organisation's own figure" } as const;
  if (above === undefined) {
    return {
      command: "budget limit",
      title: "Second approval of budgets",
      sentence: now,
      notes: ["To change it: budget limit 25000, or: budget limit none"],
      source,
    };
  }
  const next = limitSaid(above === "none" ? undefined : above);
  const command = `budget limit ${above === "none" ? above : typedAmount(above, "usd")}`;
  const what = "from which amount a budget needs a second approver";
  const find = byPermission(asking, "approve_budget", 0);
  await requireOffer(asking, find, { verb: "set", what, command, instead: "owners org" });
  return {
    command,
    title: "Change the second approval of budgets?",
    sentence: `${next} Nothing is set until you confirm.`,
    facts: [{ label: "Now", value: now }],
    source,
    actions: [
      {
        kind: "press",
        label: "Set it",
        verb: "budget_limit",
        token: String(above),
        style: "primary",
      },
      askButton("budget limit", "Leave it"),
    ],
  };
}

export async function pressLimit(asking: Asking, press: Press): Promise<AnswerBody> {
  if (!/^(?:none|\d{1,19})$/.test(press.token)) {
    throw new Refusal("button_unknown", "That button no longer works", "Ask again: budget limit", {
      kind: "not_found",
    });
  }
  await setSecondApproval(asking.pool, {
    orgId: asking.org.id,
    above: press.token === "none" ? undefined : BigInt(press.token),
    by: requireSetter(asking),
    now: asking.now,
  });
  return limitAnswer(asking, undefined);
}
