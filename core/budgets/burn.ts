import { addDays, type Day, daysBetween, type Period, periodDays } from "../time.ts";

/** What the running period of a budget is expected to come to; of the same unit as the budget. */
export interface Outlook {
  readonly p10: bigint;
  readonly p50: bigint;
  readonly p90: bigint;
  readonly p99: bigint;
  /** Whole days that it was forecast from. */
  readonly historyDays: number;
  /** Of what is still to come, from today on: cumulative shares by day, ascending to 1. */
  readonly path: readonly number[];
}

/** When the amount is used up; a bound is undefined where it lasts to the end of the period. */
export interface Exhaustion {
  /** One chance in ten before this day. */
  readonly early: Day | undefined;
  readonly likely: Day | undefined;
  /** Nine chances in ten up to this day. */
  readonly late: Day | undefined;
}

export interface Burn {
  readonly period: Period;
  /** Nano-USD or tokens. */
  readonly limit: bigint;
  readonly spent: bigint;
  /** What is left; negative when overspent. */
  readonly headroom: bigint;
  /** The days that are over, and all days. */
  readonly completeDays: number;
  readonly totalDays: number;
  /** The first day at whose end the amount was used up. */
  readonly exhaustedOn: Day | undefined;
  readonly outlook: Outlook | undefined;
  readonly exhaustion: Exhaustion | undefined;
}

export interface BurnInput {
  readonly period: Period;
  readonly limit: bigint;
  readonly today: Day;
  /** Exact amounts of the period's days up to today, the first day first. */
  readonly daily: readonly bigint[];
  readonly outlook: Outlook | undefined;
}

/** Where a budget stands in its running period, and when it will be used up at the forecast pace. */
export function burnOf(input: BurnInput): Burn {
  const { period, limit, today, daily, outlook } = input;
  const spent = daily.reduce((sum, amount) => sum + amount, 0n);
  const exhaustedOn = dayUsedUp(period, limit, daily);
  const complete = daily
    .slice(0, Math.max(0, daysBetween(period.start, today)))
    .reduce((sum, amount) => sum + amount, 0n);
  return {
    period,
    limit,
    spent,
    headroom: limit - spent,
    completeDays: daysBetween(period.start, today),
    totalDays: periodDays(period),
    exhaustedOn,
    outlook,
    exhaustion:
      outlook === undefined || exhaustedOn !== undefined
        ? undefined
        : exhaustionOf({ limit, complete, today, outlook }),
  };
}

function dayUsedUp(period: Period, limit: bigint, daily: readonly bigint[]): Day | undefined {
  let sum = 0n;
  let first: number | undefined;
  for (const [index, amount] of daily.entries()) {
    sum += amount;
    // A correction can bring it back under the amount: then it is not used up any more.
    if (sum < limit) first = undefined;
    else first ??= index;
  }
  return first === undefined ? undefined : addDays(period.start, first);
}

function exhaustionOf(args: {
  limit: bigint;
  complete: bigint;
  today: Day;
  outlook: Outlook;
}): Exhaustion {
  const { limit, complete, today, outlook } = args;
  const left = Number(limit - complete);
  const reached = (total: bigint): Day | undefined => {
    const rest = Number(total - complete);
    if (rest < left) return undefined;
    const index = outlook.path.findIndex((share) => rest * share >= left);
    return index < 0 ? undefined : addDays(today, index);
  };
  return {
    early: reached(outlook.p90),
    likely: reached(outlook.p50),
    late: reached(outlook.p10),
  };
}

/** Used share in whole percent, rounded down: 79.99% has not reached 80. */
export function usedPercent({ spent, limit }: Pick<Burn, "spent" | "limit">): number {
  if (spent <= 0n) return 0;
  return Number((spent * 100n) / limit);
}
