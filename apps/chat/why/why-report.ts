import type { Pool } from "pg";
import { explainChange } from "#core/ledger/explain-change.ts";
import type { Measures } from "#core/ledger/measures.ts";
import { spendBy, spendTotal } from "#core/ledger/spend.ts";
import type { Why } from "#core/ledger/why.ts";
import type { Day } from "#core/time.ts";
import { recordedSince } from "../spend/recorded-since.ts";
import type { SpendQuestion } from "../spend/spend-report.ts";
import type { Sides } from "./driver-said.ts";

/** A decomposition with what is needed to say it: names, and both sides of every agent. */
export interface WhyReport extends SpendQuestion {
  readonly why: Why;
  /** The first day recorded, where the records begin inside the period compared with. */
  readonly compareSince: Day | undefined;
  readonly total: Sides & { after: Measures; before: Measures };
  readonly agents: ReadonlyMap<number, Sides & { name: string }>;
  readonly models: ReadonlyMap<number, string>;
}

const ALL = 10_000;

export async function loadWhy(
  pool: Pool,
  orgId: number,
  question: SpendQuestion,
): Promise<WhyReport> {
  const { filter } = question.subject;
  const after = question.asked.period;
  const before = question.compare;
  const [why, totalBefore, totalAfter, agentsBefore, agentsAfter, modelsBefore, modelsAfter] =
    await Promise.all([
      explainChange(pool, orgId, filter, before, after),
      spendTotal(pool, orgId, filter, before),
      spendTotal(pool, orgId, filter, after),
      spendBy(pool, orgId, filter, before, "agent", ALL),
      spendBy(pool, orgId, filter, after, "agent", ALL),
      spendBy(pool, orgId, filter, before, "model", ALL),
      spendBy(pool, orgId, filter, after, "model", ALL),
    ]);
  const agents = new Map<number, Sides & { name: string }>();
  for (const line of agentsBefore) {
    agents.set(line.id, { name: line.name, before: line.measures, after: undefined });
  }
  for (const line of agentsAfter) {
    const known = agents.get(line.id);
    agents.set(line.id, { name: line.name, before: known?.before, after: line.measures });
  }
  const models = [...modelsBefore, ...modelsAfter];
  return {
    ...question,
    why,
    compareSince: why.change > 0n ? await recordedSince(pool, orgId, filter, before) : undefined,
    total: { before: totalBefore, after: totalAfter },
    agents,
    models: new Map(models.map((line) => [line.id, line.name])),
  };
}
