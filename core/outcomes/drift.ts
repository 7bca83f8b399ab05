import type { Day } from "#core/time.ts";

/** A whole week of a workflow: nano-USD and successes. */
export interface UnitWeek {
  readonly start: Day;
  readonly cost: bigint;
  readonly successes: bigint;
}

export interface Drift {
  /** Medians of nano-USD per success: of the first third of the weeks, of the last. */
  readonly before: bigint;
  readonly now: bigint;
  /** now / before - 1. */
  readonly rise: number;
  /** The first week of those that stayed above what it was before. */
  readonly since: Day;
  /** Nano-USD beyond the former price of the successes since then, and of the newest week. */
  readonly excess: bigint;
  readonly lastWeek: bigint;
}

const MIN_WEEKS = 6;
const MAX_WEEKS = 13;
/** Fewer successes make a price that jumps by itself. */
const MIN_SUCCESSES = 10n;
/** domain.md section 4 speaks of 30-50% in months: half of it is early enough and no noise. */
const MIN_RISE = 0.15;
/** Share of all pairs of weeks in which the later one is dearer, less those in which it is not. */
const MIN_TREND = 0.5;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const at = (index: number) => sorted[index] ?? 0;
  return Number.isInteger(middle) ? (at(middle - 1) + at(middle)) / 2 : at(Math.floor(middle));
}

/** Kendall's tau of the series over time: 1 where each is above all before it. */
function trend(values: readonly number[]): number {
  let sum = 0;
  let pairs = 0;
  for (const [index, later] of values.entries()) {
    for (const earlier of values.slice(0, index)) {
      sum += Math.sign(later - earlier);
      pairs += 1;
    }
  }
  return pairs === 0 ? 0 : sum / pairs;
}

/**
 * A unit cost that creeps up: a trend over the weeks and not one bad week. From the newest 6 to 13 whole
 * weeks with 10 successes or more, the oldest first. Pure.
 */
export function findDrift(weeks: readonly UnitWeek[]): Drift | undefined {
  const usable = weeks.filter(({ successes }) => successes >= MIN_SUCCESSES).slice(-MAX_WEEKS);
  if (usable.length < MIN_WEEKS) return undefined;
  const prices = usable.map(({ cost, successes }) => Number(cost) / Number(successes));
  const third = Math.max(2, Math.floor(usable.length / 3));
  const before = median(prices.slice(0, third));
  const now = median(prices.slice(-third));
  if (before <= 0) return undefined;
  const rise = now / before - 1;
  if (rise < MIN_RISE || trend(prices) < MIN_TREND) return undefined;
  // The last week at or below the former price ends what was usual.
  const first = prices.findLastIndex((price) => price <= before * (1 + MIN_RISE / 2)) + 1;
  const above = usable.slice(first);
  const since = above[0] ?? usable.at(-1);
  const former = BigInt(Math.round(before));
  const beyond = ({ cost, successes }: UnitWeek) => cost - former * successes;
  const newest = usable.at(-1);
  if (since === undefined || newest === undefined) return undefined;
  return {
    before: former,
    now: BigInt(Math.round(now)),
    rise,
    since: since.start,
    excess: above.reduce((sum, week) => sum + beyond(week), 0n),
    lastWeek: beyond(newest),
  };
}
