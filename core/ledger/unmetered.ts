import type { Pool } from "pg";
import { absolute, type NanoUsd, nanoUsd } from "#core/money.ts";
import { addDays, type Period } from "#core/time.ts";
import { reconcileOneDay } from "./reconcile-period.ts";
import { lastBilledDays, listDirectBills, listMeteredBy, sumEstimated } from "./reconcile-store.ts";

const CENT = 10_000_000n;

export interface UnmeteredQuestion {
  readonly orgId: number;
  /** Half-open UTC days; every provider must have a bill of the last of them, or a later one. */
  readonly period: Period;
  /** Whose calls were metered, and by which source. */
  readonly source: string;
  readonly providers: readonly string[];
}

/**
 * The most that these providers billed and nobody metered, in nano-USD; undefined where the bills
 * cannot say it: one is missing or may still grow, or more was metered than billed by more than
 * estimates explain, so that what is missing could hide behind what is too much.
 *
 * For a grouping of a bill: unmetered = billed - metered + what the meter has too much of it. The last
 * is at most what estimated entries cost, as the others are exact.
 */
export async function boundUnmetered(
  pool: Pool,
  question: UnmeteredQuestion,
): Promise<NanoUsd | undefined> {
  const { orgId, period, source } = question;
  const metered = await listMeteredBy(pool, { orgId, period, source });
  const providers = new Set([...question.providers, ...metered]);
  let missing = 0n;
  let tooMuch = 0n;
  for (let day = period.start; day < period.end; day = addDays(day, 1)) {
    for (const { result } of (await reconcileOneDay(pool, { orgId, period }, day)).days) {
      const groups = result.groups.filter(({ provider }) => providers.has(provider));
      if (groups.length > 0 && result.waiting) return undefined;
      for (const { difference } of groups) {
        if (difference > 0n) missing += difference;
        else tooMuch += absolute(difference);
      }
    }
  }
  // Days on which nothing was metered are charges as they were billed.
  for (const { provider, cost } of await listDirectBills(pool, orgId, period)) {
    if (providers.has(provider) && cost > 0n) missing += cost;
  }
  const last = await lastBilledDays(pool, orgId);
  const lastDay = addDays(period.end, -1);
  if ([...providers].some((provider) => (last.get(provider) ?? "") < lastDay)) return undefined;
  const estimated = await sumEstimated(pool, { orgId, period, providers: [...providers] });
  return tooMuch > estimated + CENT ? undefined : nanoUsd(missing + estimated);
}
