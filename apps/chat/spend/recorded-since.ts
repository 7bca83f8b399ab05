import type { Pool } from "pg";
import { firstDay } from "#core/ledger/spend.ts";
import type { SpendFilter } from "#core/ledger/spend-query.ts";
import { addDays, type Day, daysBetween, type Period } from "#core/time.ts";
import { saidDay } from "../said/said-period.ts";
import { PAUSE_DAYS } from "./run-rate.ts";

/** How far back spend is looked for that no question names. */
export const LOOK_BACK_DAYS = 400;

/**
 * The day of the first entry, where the records begin inside the period: then it is not the like of
 * another one, whatever its name says. Undefined where they begin before it, or within its first week.
 */
export async function recordedSince(
  pool: Pool,
  orgId: number,
  filter: SpendFilter,
  period: Period,
): Promise<Day | undefined> {
  const first = await firstDay(pool, orgId, filter, period);
  if (first === undefined || daysBetween(period.start, first) <= PAUSE_DAYS) return undefined;
  const past = { start: addDays(period.start, -LOOK_BACK_DAYS), end: period.start };
  const earlier = await firstDay(pool, orgId, filter, past);
  return earlier === undefined ? first : undefined;
}

/** " (recorded since 24 Aug)", after the name of the period. */
export function saidSince(since: Day | undefined): string {
  return since === undefined ? "" : ` (recorded since ${saidDay(since)})`;
}
