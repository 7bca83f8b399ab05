import { findBudgetPolicy, setWarnDays } from "#core/budgets/policy.ts";
import type { Asking } from "../asking.ts";
import { askButton, Refusal } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import type { Press } from "../surface.ts";
import { byPermission, requireOffer } from "../who-may.ts";
import { requireSetter } from "./setter.ts";

function daysSaid(days: number): string {
  return days === 1 ? "1 day" : `${days} days`;
}

/** How many days ahead it is warned that a budget will be used up; another number is set by a press. */
export async function warnAnswer(asking: Asking, days: number | undefined): Promise<AnswerBody> {
  const { warnDays } = await findBudgetPolicy(asking.pool, asking.org.id);
  const now = `It is warned ${daysSaid(warnDays)} before a budget will be used up.`;
  const source = { basis: "none", note: "the organisation's own figure" } as const;
  if (days === undefined || days === warnDays) {
    return {
      command: "budget warn",
      title: "Warning before a budget is used up",
      sentence: now,
      notes: ["To change it: budget warn 7"],
      source,
    };
  }
  const command = `budget warn ${days}`;
  const what = "how many days ahead it is warned";
  const find = byPermission(asking, "set_budget", 0);
  await requireOffer(asking, find, { verb: "set", what, command, instead: "owners org" });
  return {
    command,
    title: `Warn ${daysSaid(days)} ahead?`,
    sentence:
      `It would be warned ${daysSaid(days)} before a budget will be used up; ` +
      "nothing is set until you confirm.",
    facts: [{ label: "Now", value: now }],
    source,
    actions: [
      { kind: "press", label: "Set it", verb: "budget_warn", token: `${days}`, style: "primary" },
      askButton("budget warn", "Leave it"),
    ],
  };
}

export async function pressWarn(asking: Asking, press: Press): Promise<AnswerBody> {
  if (!/^\d{1,3}$/.test(press.token)) {
    throw new Refusal("button_unknown", "That button no longer works", "Ask again: budget warn", {
      kind: "not_found",
    });
  }
  await setWarnDays(asking.pool, {
    orgId: asking.org.id,
    days: Number(press.token),
    by: requireSetter(asking),
    now: asking.now,
  });
  return warnAnswer(asking, undefined);
}
