import type { Pool } from "pg";
import { type Measures, subtractMeasures } from "#core/ledger/measures.ts";
import { type Payers, payersBy } from "#core/ledger/payers.ts";
import {
  type Coverage,
  coverage,
  type SpendLine,
  spendBy,
  spendByDay,
  spendTotal,
} from "#core/ledger/spend.ts";
import type { SpendDimension } from "#core/ledger/spend-query.ts";
import type { Day, Period } from "#core/time.ts";
import type { SubjectKind } from "../grammar/dimension-words.ts";
import type { AskedPeriod } from "../period.ts";
import type { Subject } from "../subject.ts";
import { recordedSince } from "./recorded-since.ts";

/** What a spend question asks, every name and period of it settled. */
export interface SpendQuestion {
  readonly subject: Subject;
  readonly asked: AskedPeriod;
  /** The period to compare with, and whether it was named in the question. */
  readonly compare: Period;
  readonly compareSaid: string;
  readonly comparesAsNamed: boolean;
  readonly by: SpendDimension | undefined;
}

/** Everything that the answer to a spend question rests on. */
export interface SpendReport extends SpendQuestion {
  readonly total: Measures;
  readonly before: Measures;
  /** The first day recorded, where the records begin inside the period compared with. */
  readonly compareSince: Day | undefined;
  /** The same of the period asked about, where nothing is recorded before it. */
  readonly since: Day | undefined;
  readonly days: readonly { day: Day; measures: Measures }[];
  readonly dimension: SpendDimension;
  /** Dearest first, at most `LINE_LIMIT`. */
  readonly lines: readonly SpendLine[];
  /** The same by id in the period compared with; empty unless one was named. */
  readonly linesBefore: ReadonlyMap<number, Measures>;
  readonly coverage: Coverage;
  /** The teams that paid for a project or an agent: more than one when it was moved. */
  readonly paidBy: readonly SpendLine[];
  /** Of each workflow by id, where the lines are workflows. */
  readonly payers: ReadonlyMap<number, Payers> | undefined;
}

export const LINE_LIMIT = 200;

/** By what the lines of an answer are broken down when nothing was said; the first that tells. */
const LINES_OF: Readonly<Record<SubjectKind, readonly SpendDimension[]>> = {
  org: ["team", "model"],
  team: ["agent", "project", "model"],
  project: ["agent", "model"],
  agent: ["model"],
  model: ["team"],
  provider: ["model"],
  key: ["agent", "model"],
  workflow: ["model"],
  product: ["project", "model"],
  customer: ["project", "model"],
  person: ["model"],
  feature: ["model"],
  environment: ["project", "model"],
};

async function tellingLines(
  pool: Pool,
  orgId: number,
  question: SpendQuestion,
): Promise<{ dimension: SpendDimension; lines: SpendLine[] }> {
  const { subject, asked } = question;
  const choices = question.by === undefined ? LINES_OF[subject.main.kind] : [question.by];
  let last: { dimension: SpendDimension; lines: SpendLine[] } | undefined;
  for (const dimension of choices) {
    const lines = await spendBy(pool, orgId, subject.filter, asked.period, dimension, LINE_LIMIT);
    last = { dimension, lines };
    if (lines.some((line) => line.id !== 0)) break;
  }
  if (last === undefined) throw new Error(`no lines for ${subject.main.kind}`);
  return last;
}

/** What was there in the period compared with and is no more: a line at nothing, since it changed. */
function vanished(lines: readonly SpendLine[], compared: readonly SpendLine[]): SpendLine[] {
  if (lines.length === LINE_LIMIT) return [];
  const present = new Set(lines.map(({ id }) => id));
  return compared
    .filter(({ id }) => !present.has(id))
    .map(({ id, name, measures }) => ({
      id,
      name,
      measures: { ...subtractMeasures(measures, measures), lastRecordedAt: undefined },
    }));
}

export async function loadSpend(
  pool: Pool,
  orgId: number,
  question: SpendQuestion,
): Promise<SpendReport> {
  const { subject, asked, compare } = question;
  const { filter } = subject;
  const moved = subject.main.kind === "project" || subject.main.kind === "agent";
  const [total, before, days, lines, covered, paidBy] = await Promise.all([
    spendTotal(pool, orgId, filter, asked.period),
    spendTotal(pool, orgId, filter, compare),
    spendByDay(pool, orgId, filter, asked.period),
    tellingLines(pool, orgId, question),
    coverage(pool, orgId, filter, asked.period),
    moved ? spendBy(pool, orgId, filter, asked.period, "team", 10) : [],
  ]);
  // Only an increase can come from days that are missing there.
  const compareSince =
    before.cost < total.cost ? await recordedSince(pool, orgId, filter, compare) : undefined;
  const isFirst = before.requests === 0n && before.cost === 0n;
  const since = isFirst ? await recordedSince(pool, orgId, filter, asked.period) : undefined;
  const compared = question.comparesAsNamed
    ? await spendBy(pool, orgId, filter, compare, lines.dimension, 10_000)
    : [];
  return {
    ...question,
    dimension: lines.dimension,
    lines: [...lines.lines, ...vanished(lines.lines, compared)],
    total,
    before,
    compareSince,
    since,
    days,
    linesBefore: new Map(compared.map((line) => [line.id, line.measures])),
    coverage: covered,
    paidBy,
    payers:
      lines.dimension === "workflow"
        ? await payersBy(pool, orgId, filter, asked.period, "workflow")
        : undefined,
  };
}
