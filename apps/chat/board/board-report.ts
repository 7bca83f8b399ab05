import type { Pool } from "pg";
import type { Accuracy } from "#core/forecasts/accuracy.ts";
import type { Prediction } from "#core/forecasts/prediction.ts";
import { findAccuracy, findForecast } from "#core/forecasts/service.ts";
import type { Measures } from "#core/ledger/measures.ts";
import { type SpendLine, spendBy, spendByDay, spendTotal } from "#core/ledger/spend.ts";
import type { Maturity } from "#core/maturity/schema.ts";
import { listMargins, type ProductMargin } from "#core/outcomes/margin.ts";
import { listUnitCosts, type UnitCost } from "#core/outcomes/unit-cost.ts";
import { addDays, addMonths, type Day, localDay, type Period, startOfMonth } from "#core/time.ts";
import type { OrgView } from "../org-view.ts";
import { loadKpis } from "../reviews/kpi-source.ts";

/** Everything that the board's page of a quarter rests on. */
export interface BoardReport {
  readonly orgName: string;
  readonly demonstration: boolean;
  /** First day of the quarter. */
  readonly quarter: Day;
  /** What of it is counted: up to today where it still runs. */
  readonly period: Period;
  readonly running: boolean;
  readonly before: Period;
  readonly today: Day;
  readonly now: Date;
  readonly timeZone: string;
  readonly total: Measures;
  readonly totalBefore: Measures;
  /** The twelve months up to the end of the quarter. */
  readonly months: readonly { readonly month: Day; readonly cost: bigint }[];
  /** The first day with an entry in those months. */
  readonly since: Day | undefined;
  readonly teams: readonly SpendLine[];
  /** The twelve months from the first of this one, as of today. */
  readonly year: Prediction | undefined;
  readonly accuracy: Accuracy;
  readonly units: readonly UnitCost[];
  readonly unitsBefore: readonly UnitCost[];
  readonly margins: readonly ProductMargin[];
  readonly maturity: Maturity | undefined;
}

const MONTHS = 12;

async function monthsOf(pool: Pool, orgId: number, end: Day) {
  const first = addMonths(end, -MONTHS);
  const days = await spendByDay(pool, orgId, {}, { start: first, end });
  const sums = new Map<Day, bigint>();
  for (let index = 0; index < MONTHS; index += 1) sums.set(addMonths(first, index), 0n);
  for (const { day, measures } of days) {
    const month = startOfMonth(day);
    sums.set(month, (sums.get(month) ?? 0n) + measures.cost);
  }
  const all = [...sums].map(([month, cost]) => ({ month, cost }));
  const known = all.findIndex(({ cost }) => cost !== 0n);
  // Months before the first entry are not known, and not zero.
  return { months: known < 0 ? [] : all.slice(known), since: days[0]?.day };
}

/** The board's page of the quarter that begins on the day, as of now. */
export async function loadBoard(
  { pool, org, now }: { pool: Pool; org: OrgView; now: Date },
  quarter: Day,
): Promise<BoardReport> {
  const orgId = org.id;
  const today = localDay(now, org.timeZone);
  const whole = { start: quarter, end: addMonths(quarter, 3) };
  const running = whole.end > today;
  const period = running ? { start: quarter, end: addDays(today, 1) } : whole;
  const before = { start: addMonths(quarter, -3), end: quarter };
  const subject = { kind: "scope", id: 0 } as const;
  const month = startOfMonth(addDays(period.end, -1));
  return {
    orgName: org.name,
    demonstration: org.demonstration,
    quarter,
    period,
    running,
    before,
    today,
    now,
    timeZone: org.timeZone,
    total: await spendTotal(pool, orgId, {}, period),
    totalBefore: await spendTotal(pool, orgId, {}, before),
    ...(await monthsOf(pool, orgId, addMonths(month, 1))),
    teams: await spendBy(pool, orgId, {}, period, "team", 1_000),
    year: await findForecast(pool, { orgId, subject, horizon: "year", today }),
    accuracy: await findAccuracy(pool, { orgId, subject, horizon: "month", today }),
    units: await listUnitCosts(pool, orgId, period),
    unitsBefore: await listUnitCosts(pool, orgId, before),
    margins: await listMargins(pool, orgId, period),
    maturity: (await loadKpis(pool, { orgId, month, now })).maturity,
  };
}
