import type { Action } from "#core/answers/schema.ts";
import { spendTotal } from "#core/ledger/spend.ts";
import { listMargins } from "#core/outcomes/margin.ts";
import { listUnitCosts } from "#core/outcomes/unit-cost.ts";
import { findUnitReport } from "#core/outcomes/unit-report.ts";
import type { Asking } from "../asking.ts";
import type { Command } from "../command.ts";
import { askButton, Refusal } from "../refusal.ts";
import { saidAsOf } from "../said/as-of.ts";
import { saidWithin } from "../said/said-period.ts";
import { settlePeriods, settleSubject } from "../spend/settle-question.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { readSpendWords, type SpendWords, spellClauses } from "../spend/spend-words.ts";
import { type Named, spellNamed } from "../subject.ts";
import { unitAnswer } from "../units/unit-answer.ts";
import { unitsAnswer } from "../units/units-answer.ts";

function requireWorkflow(named: Named): number {
  const { dimension } = named.filter;
  if (dimension?.name === "workflow" && dimension.valueId !== 0) return dimension.valueId;
  throw new Refusal(
    "unit_of_workflows_only",
    "Unit cost is of workflows",
    `A success is counted of a workflow; ${named.said} is not one.`,
    { kind: "unprocessable", actions: [askButton("unit"), askButton("top workflows")] },
  );
}

function shared(asking: Asking, command: string): Action[] {
  return asking.audience.kind === "person" ? [{ kind: "share", label: "Share", command }] : [];
}

async function answerAll(asking: Asking, words: SpendWords): Promise<AnswerBody> {
  const { org, pool, today } = asking;
  const { asked } = settlePeriods(asking, words);
  const question = `unit${spellClauses({ ...words, by: undefined, versus: undefined })}`;
  return unitsAnswer({
    question,
    periodSaid: saidWithin(asked.period, today),
    units: await listUnitCosts(pool, org.id, asked.period),
    margins: await listMargins(pool, org.id, asked.period),
    actions: [askButton("top workflows"), ...shared(asking, question)],
  });
}

async function run(asking: Asking, words: SpendWords): Promise<AnswerBody> {
  const { now, org, pool, today } = asking;
  if (words.subjects.length === 0) return answerAll(asking, words);
  const settled = await settleSubject(asking, words, (said) => `unit ${said}`);
  const { main } = settled.subject;
  const workflowId = requireWorkflow(main);
  const { asked, compare, compareSaid } = settlePeriods(asking, settled.words);
  const { period } = asked;
  const total = await spendTotal(pool, org.id, main.filter, period);
  const about = { orgId: org.id, workflowId, period, before: compare, today };
  const report = await findUnitReport(pool, about);
  const command = spellNamed(main);
  const question = `unit ${command}${spellClauses({ ...settled.words, by: undefined })}`;
  const { lastRecordedAt: at } = total;
  return unitAnswer(report, {
    said: main.said,
    command,
    question,
    periodSaid: asked.said,
    within: saidWithin(period, today),
    beforeSaid: `in ${compareSaid}`,
    cost: total.cost,
    requests: total.requests,
    today,
    asOf:
      at === undefined ? {} : { asOf: at.toISOString(), asOfSaid: saidAsOf(at, now, org.timeZone) },
    actions: [
      askButton(`why ${command}`, "Why"),
      askButton(command, "Spend"),
      askButton(`experiment ${command}`, "Experiments"),
      askButton("unit", "All workflows"),
      ...shared(asking, question),
    ],
  });
}

/** What one success, request, session, user and customer costs. */
export const unit: Command<SpendWords> = {
  name: "unit",
  usage: "unit [WORKFLOW] [PERIOD]",
  summary: "What a success costs, and whether it drifts.",
  // Of a workflow, but a bare name may be one without being called so.
  parse: (words, { today }) => readSpendWords(undefined, words, today),
  run,
};
