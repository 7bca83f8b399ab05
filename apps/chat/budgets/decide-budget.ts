import { type Decision, decideBudget } from "#core/budgets/decide.ts";
import type { Asking } from "../asking.ts";
import { askButton } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import type { Press } from "../surface.ts";
import { perPeriod, saidAmount } from "./said-amount.ts";
import type { Settle } from "./set-budget.ts";
import { requireSetter } from "./setter.ts";

/** The second approver's press; whoever comes later is told how it went. */
export async function pressDecision(
  asking: Asking,
  press: Press,
  decision: Decision,
  settle: Settle,
): Promise<AnswerBody> {
  const by = requireSetter(asking);
  const id = /^\d{1,9}$/.test(press.token) ? Number(press.token) : -1;
  const request = { orgId: asking.org.id, id, decision, by, now: asking.now };
  const outcome = await decideBudget(asking.pool, request);
  const { budget } = outcome;
  const { subject } = await settle(asking, budget.subject.kind, budget.subject.id);
  const amount = `${saidAmount(budget.amount, budget.unit)} ${perPeriod(budget.period)}`;
  const who = budget.decidedBy === undefined ? "nobody" : asking.org.personName(budget.decidedBy);
  const was = budget.state === "declined" ? "declined" : "approved";
  const own = outcome.state === "decided" && outcome.selfApproval ? " (by the one who asked)" : "";
  const sentence =
    budget.state === "withdrawn"
      ? `The ${amount} for ${subject.said} were withdrawn: another amount was asked for since.`
      : `The budget of ${amount} for ${subject.said} was ${was} by ${who}${own}.`;
  return {
    command: `budget ${subject.command}`,
    title: `${subject.said}: ${amount} ${budget.state === "withdrawn" ? "withdrawn" : was}`,
    sentence: outcome.state === "already" ? `${sentence} Your press changed nothing.` : sentence,
    source: { basis: "none", note: "the organisation's own figure" },
    actions: [askButton(`budget ${subject.command}`, "Budget")],
  };
}
