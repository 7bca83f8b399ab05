import { MAD_TO_SIGMA, middle, rank } from "./quantile.ts";
import type { DayCost } from "./schema.ts";

/**
 * What came by the day for one agent, project, team, key or provider: bills, and files that arrive
 * long after their hours. Dollars are floats, for comparing.
 */
export interface BillDay {
  /** Days since 1970-01-01, as the organisation's calendar has them. */
  readonly day: number;
  readonly cost: number;
  /** 0 where the report counts none. */
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** The same tokens at list prices; undefined where a part of them has none. */
  readonly list: number | undefined;
}

const HISTORY_DAYS = 56;
const RECENT_DAYS = 28;
const WEEK = 7;
const FEWEST_DAYS = 14;
const FEWEST_ACTIVE = 7;
/** A day that stood out says nothing of what is usual until a week has passed: then it is the new usual. */
const LEARNT_DAYS = 7;
const LOWEST_WEEKDAY = 0.15;
const CHART_DAYS = 14;

/** What a day costs against the mean of all, by weekday. */
type Weekdays = readonly number[];

/** The days before one that say what is usual, oldest first; a day between them that is missing cost 0. */
export interface DayBaseline {
  readonly current: BillDay;
  /** Days with spend of the last four weeks. */
  readonly active: readonly BillDay[];
  /** What days of the same weekday cost in the last four weeks, where they did. */
  readonly alike: readonly number[];
  readonly weekdays: Weekdays;
}

/** 0 = Monday. */
function weekdayOf(day: number): number {
  return (((day + 3) % WEEK) + WEEK) % WEEK;
}

/**
 * Over eight weeks, drawn towards 1 by three weeks' worth of doubt; a single burst weighs no more than
 * 1.5 times the 95th percentile. Formula: as the forecaster's.
 */
function weekdaysOf(costs: ReadonlyMap<number, number>): Weekdays {
  const all = [...costs.values()];
  const cap = all.length >= 3 * WEEK ? 1.5 * rank(all, 0.95) : Number.POSITIVE_INFINITY;
  const capped = [...costs].map(([day, cost]) => ({ day, cost: Math.min(cost, cap) }));
  const mean = capped.reduce((sum, { cost }) => sum + cost, 0) / capped.length;
  if (!(mean > 0)) return Array.from({ length: WEEK }, () => 1);
  const raw = Array.from({ length: WEEK }, (_, weekday) => {
    const own = capped.filter(({ day }) => weekdayOf(day) === weekday);
    return (own.reduce((sum, { cost }) => sum + cost / mean, 0) + 3) / (own.length + 3);
  });
  const scale = raw.reduce((sum, one) => sum + one, 0) / WEEK;
  return raw.map((one) => Math.max(LOWEST_WEEKDAY, one / scale));
}

/** The costs of every day in [first, end); what is skipped is not known, what is missing is 0. */
function costsBetween(
  days: readonly BillDay[],
  first: number,
  end: number,
  isSkipped: (day: number) => boolean,
): Map<number, number> {
  const known = new Map(days.map(({ day, cost }) => [day, cost]));
  const costs = new Map<number, number>();
  for (let day = first; day < end; day += 1) {
    if (!isSkipped(day)) costs.set(day, known.get(day) ?? 0);
  }
  return costs;
}

/**
 * Of the day at `at` of ascending days; what lies after it is not looked at. Undefined with less than
 * two weeks of history, or a week of days with spend. `flagged`: earlier days that stood out.
 */
export function dayBaselineAt(
  days: readonly BillDay[],
  at: number,
  flagged: ReadonlySet<number>,
): DayBaseline | undefined {
  const current = days[at];
  const oldest = days[0];
  if (current === undefined || oldest === undefined) return undefined;
  const { day } = current;
  const first = Math.max(oldest.day, day - HISTORY_DAYS);
  if (day - first < FEWEST_DAYS) return undefined;
  const isSkipped = (of: number) => flagged.has(of) && day - of < LEARNT_DAYS;
  const active: BillDay[] = [];
  const alike: number[] = [];
  for (let back = at - 1; back >= 0; back -= 1) {
    const one = days[back];
    const away = day - (one?.day ?? 0);
    if (one === undefined || away > RECENT_DAYS) break;
    if (one.cost <= 0 || isSkipped(one.day)) continue;
    active.unshift(one);
    if (away % WEEK === 0) alike.unshift(one.cost);
  }
  if (active.length < FEWEST_ACTIVE) return undefined;
  let weekdays: Weekdays | undefined;
  return {
    current,
    active,
    alike,
    // Nearly every day is as usual, which its own weekday says: the rest is asked for by few.
    get weekdays() {
      weekdays ??= weekdaysOf(costsBetween(days.slice(0, at), first, day, isSkipped));
      return weekdays;
    },
  };
}

/** What the weekday of a day costs against the mean of all. */
export function weekdayFactor({ weekdays }: Pick<DayBaseline, "weekdays">, day: number): number {
  return weekdays[weekdayOf(day)] ?? 1;
}

/** What a day like this usually costs, the higher of four weeks and of the last one; spread of its log. */
export function usualCost(baseline: DayBaseline): { usual: number; spread: number } {
  const { active, current } = baseline;
  const logs = active.map(({ cost, day }) => Math.log(cost / weekdayFactor(baseline, day)));
  const centre = middle(logs);
  const spread = MAD_TO_SIGMA * middle(logs.map((value) => Math.abs(value - centre)));
  const level = Math.max(centre, middle(logs.slice(-WEEK)));
  return { usual: Math.exp(level) * weekdayFactor(baseline, current.day), spread };
}

export interface Ratio {
  readonly now: number;
  readonly usual: number;
}

/** A measure of the day and its median of four weeks; undefined where it is not known of enough days. */
export function against(
  { active, current }: DayBaseline,
  measure: (day: BillDay) => number | undefined,
): Ratio | undefined {
  const past = active.flatMap((day) => {
    const value = measure(day);
    return value !== undefined && value > 0 ? [value] : [];
  });
  const now = measure(current);
  if (now === undefined || now <= 0 || past.length < FEWEST_ACTIVE) return undefined;
  return { now, usual: middle(past) };
}

/** The last two weeks with the range that is usual on their weekday: P10 to P90 of eight weeks before. */
export function chartDays(days: readonly BillDay[], last: number): DayCost[] {
  const first = last - CHART_DAYS + 1;
  const oldest = days[0]?.day ?? first;
  const past = costsBetween(days, Math.min(oldest, first), first, () => false);
  const known = new Map(days.map(({ day, cost }) => [day, cost]));
  return Array.from({ length: CHART_DAYS }, (_, index) => {
    const day = first + index;
    const alike = Array.from({ length: 10 }, (__, weeks) => past.get(day - (weeks + 1) * WEEK));
    const usual = alike.filter((cost) => cost !== undefined).slice(0, HISTORY_DAYS / WEEK);
    const range = usual.length === 0 ? [0, 0] : [rank(usual, 0.1), rank(usual, 0.9)];
    return { day, cost: known.get(day) ?? 0, low: range[0] ?? 0, high: range[1] ?? 0 };
  });
}
