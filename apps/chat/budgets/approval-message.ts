import { type Action, Answer } from "#core/answers/schema.ts";
import type { Budget } from "#core/budgets/schema.ts";
import type { Tx } from "#core/db/db.ts";
import { listAddresses } from "#core/org/reachable.ts";
import { enqueue } from "#core/outbox/service.ts";
import type { Asking } from "../asking.ts";
import { askButton } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import type { Subject } from "../subject.ts";
import { perPeriod, saidAmount } from "./said-amount.ts";

/** What a second approver presses. */
export function approvalActions(token: string): Action[] {
  return [
    { kind: "press", label: "Approve", verb: "budget_approve", token, style: "primary" },
    { kind: "press", label: "Decline", verb: "budget_decline", token, style: "danger" },
  ];
}

/** What a second approver reads and presses. Pure. */
export function approvalBody(args: {
  said: string;
  command: string;
  budget: Budget;
  requester: string;
}): AnswerBody {
  const { budget, command, requester, said } = args;
  const amount = `${saidAmount(budget.amount, budget.unit)} ${perPeriod(budget.period)}`;
  const token = String(budget.id);
  return {
    command: `budget ${command}`,
    title: `${said}: ${requester} asks for a budget of ${amount}`,
    sentence: `${requester} asks for a budget of ${amount} for ${said}: a second approver decides.`,
    facts: [{ label: "Reason", value: budget.reason }],
    source: { basis: "none", note: "the organisation's own figure" },
    actions: [...approvalActions(token), askButton(`budget ${command}`, "Budget")],
  };
}

/** To everybody who may approve it and can be reached: the first who presses decides. */
export async function tellApprovers(
  tx: Tx,
  asking: Asking,
  subject: Pick<Subject, "said" | "command">,
  budget: Budget,
  approvers: readonly number[],
): Promise<void> {
  const { now, org } = asking;
  const requester = budget.setBy === undefined ? "The operator" : org.personName(budget.setBy);
  const body = approvalBody({ ...subject, budget, requester });
  for (const { personId, surface, destination } of await listAddresses(tx, org.id, approvers)) {
    await enqueue(
      tx,
      {
        orgId: org.id,
        dedupeKey: `budget_approval:${budget.id}:${destination}`,
        surface,
        destination,
        kind: "budget_approval",
        urgency: "urgent",
        body: Answer.parse({
          ...body,
          audience: { kind: "person", personId },
          demonstration: org.demonstration,
        }),
      },
      now,
    );
  }
}
