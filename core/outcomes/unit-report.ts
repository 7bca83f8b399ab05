import type { Db } from "#core/db/db.ts";
import { countDistinct, type Distinct, listWorkflowDays } from "#core/ledger/workload.ts";
import { addDays, type Day, type Period, startOfWeek } from "#core/time.ts";
import { type Drift, findDrift, type UnitWeek } from "./drift.ts";
import { findOutcomeName, listSuccessDays } from "./store.ts";
import { findUnitCost, type UnitCost } from "./unit-cost.ts";

/** Everything that is said of the unit economics of a workflow. */
export interface UnitReport {
  readonly now: UnitCost | undefined;
  readonly before: UnitCost | undefined;
  readonly distinct: Distinct;
  /** The newest whole weeks, the oldest first: calls, without what is shared out of projects. */
  readonly weeks: readonly UnitWeek[];
  readonly drift: Drift | undefined;
}

const WEEKS = 13;

function sumByWeek<T>(
  rows: readonly (T & { readonly day: Day })[],
  of: (row: T) => bigint,
): Map<Day, bigint> {
  const sums = new Map<Day, bigint>();
  for (const row of rows) {
    const week = startOfWeek(row.day);
    sums.set(week, (sums.get(week) ?? 0n) + of(row));
  }
  return sums;
}

/** The newest 13 whole weeks of a workflow before `today`. */
export async function listUnitWeeks(
  db: Db,
  args: { orgId: number; workflowId: number; today: Day },
): Promise<UnitWeek[]> {
  const end = startOfWeek(args.today);
  const period = { start: addDays(end, -7 * WEEKS), end };
  const costs = sumByWeek(await listWorkflowDays(db, { ...args, period }), ({ cost }) => cost);
  const successes = sumByWeek(
    await listSuccessDays(db, { ...args, period }),
    (row) => row.successes,
  );
  return Array.from({ length: WEEKS }, (_, index): UnitWeek => {
    const start = addDays(period.start, 7 * index);
    return { start, cost: costs.get(start) ?? 0n, successes: successes.get(start) ?? 0n };
  }).filter(({ cost, successes: count }) => cost > 0n || count > 0n);
}

export async function findUnitReport(
  db: Db,
  args: { orgId: number; workflowId: number; period: Period; before: Period; today: Day },
): Promise<UnitReport> {
  const { orgId, workflowId, period, today } = args;
  const now = await findUnitCost(db, { orgId, workflowId, period });
  const before = await findUnitCost(db, { orgId, workflowId, period: args.before });
  const weeks = await listUnitWeeks(db, { orgId, workflowId, today });
  const said = now && (await findOutcomeName(db, { orgId, workflowId, period }));
  return {
    now: now === undefined || said === undefined ? now : named(now, said),
    before,
    distinct: await countDistinct(db, { orgId, workflowId, period }),
    weeks,
    drift: findDrift(weeks),
  };
}

/** aispend.yaml has the last word on what a success is called. */
function named(unit: UnitCost, said: string): UnitCost {
  return unit.isNamed ? unit : { ...unit, outcome: said };
}
