import { clip, mean, quantile, variation, weightedMean } from "./statistics.ts";

/** What is still to come, at quantiles; in the unit of the daily values. */
export interface Quantiles {
  readonly p10: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** How a series repeats over the week, and the level and growth it stands at. */
interface Fit {
  readonly weekdays: readonly number[];
  readonly level: number;
  readonly growthPerDay: number;
  /** A base under which no forecast falls, per day. */
  readonly floor: number;
}

const WEEK = 7;
const MIN_DAYS_FOR_WEEKDAYS = 21;
const MIN_DAYS_FOR_GROWTH = 56;

/** Weekday of value `index` when value 0 falls on `first` (1 = Monday ... 7 = Sunday), from 0. */
function weekdayOf(index: number, first: number): number {
  return (((index + first - 1) % WEEK) + WEEK) % WEEK;
}

function weekdayFactors(daily: Float64Array, first: number): number[] {
  const flat = new Array<number>(WEEK).fill(1);
  if (daily.length < MIN_DAYS_FOR_WEEKDAYS) return flat;
  const start = Math.max(0, daily.length - 8 * WEEK);
  const recent = daily.subarray(start);
  const cap = 1.5 * quantile(recent, 0.95);
  const capped = recent.map((value) => Math.min(value, cap));
  const overall = mean(capped);
  if (overall <= 0) return flat;
  const sums = new Array<number>(WEEK).fill(0);
  const counts = new Array<number>(WEEK).fill(0);
  for (let index = 0; index < capped.length; index += 1) {
    const day = weekdayOf(start + index, first);
    sums[day] = (sums[day] ?? 0) + (capped[index] ?? 0) / overall;
    counts[day] = (counts[day] ?? 0) + 1;
  }
  const factors = sums.map((sum, day) => (sum + 3) / ((counts[day] ?? 0) + 3));
  const scale = mean(factors);
  return factors.map((factor) => factor / scale);
}

function growthPerDay(daily: Float64Array): number {
  if (daily.length < MIN_DAYS_FOR_GROWTH) return 0;
  const last = mean(daily.subarray(-28));
  const previous = mean(daily.subarray(-56, -28));
  if (last <= 0 || previous <= 0) return 0;
  return clip((clip(Math.log(last / previous), -0.7, 0.7) * 0.35) / 28, -0.02, 0.02);
}

function fitSeries(daily: Float64Array, first: number): Fit {
  const weekdays = weekdayFactors(daily, first);
  const deseasonalised = daily.map(
    (value, index) => value / Math.max(weekdays[weekdayOf(index, first)] ?? 1, 0.15),
  );
  const ceiling = quantile(deseasonalised.subarray(-60), 0.97);
  const level =
    0.35 * weightedMean(deseasonalised, 8) +
    0.25 * weightedMean(deseasonalised, 20) +
    0.2 * mean(deseasonalised.subarray(-28).map((value) => Math.min(value, ceiling))) +
    0.2 * mean(deseasonalised.subarray(-WEEK));
  return { weekdays, level, growthPerDay: growthPerDay(daily), floor: 0.02 * mean(daily) };
}

function point(fitted: Fit, from: number, first: number, days: number): number {
  let weekdays = 0;
  let growth = 0;
  let weekday = weekdayOf(from, first);
  const perDay = Math.exp(fitted.growthPerDay);
  let grown = 1;
  for (let ahead = 0; ahead < days; ahead += 1) {
    weekdays += fitted.weekdays[weekday] ?? 1;
    weekday = (weekday + 1) % WEEK;
    grown *= perDay;
    growth += grown;
  }
  return Math.max(fitted.level * weekdays * (growth / days), fitted.floor * days);
}

interface Errors {
  /** Weighted mean square of the log errors, their weighted mean, and how many they are worth. */
  readonly square: number;
  readonly bias: number;
  readonly worth: number;
}

const ORIGIN_STEP = 2;
const ORIGIN_SPAN = 120;
const FIRST_ORIGIN = 14;
const ERROR_HALF_LIFE = 45;

/**
 * Errors of the same forecast made at earlier days of the series, each with what was known then.
 */
function pastErrors(daily: Float64Array, first: number, days: number): Errors {
  let weights = 0;
  let squaredWeights = 0;
  let square = 0;
  let bias = 0;
  const count = daily.length;
  for (let origin = count - days; origin >= FIRST_ORIGIN; origin -= ORIGIN_STEP) {
    if (count - origin > ORIGIN_SPAN) break;
    const known = daily.subarray(0, origin);
    const actual = mean(daily.subarray(origin, origin + days)) * days;
    const offset = 0.02 * mean(known) * days;
    const forecast = point(fitSeries(known, first), origin, first, days);
    if (forecast + offset <= 0) continue;
    const error = Math.log((actual + offset) / (forecast + offset));
    if (!Number.isFinite(error)) continue;
    const weight = 0.5 ** ((count - days - origin) / ERROR_HALF_LIFE);
    weights += weight;
    squaredWeights += weight * weight;
    square += weight * Math.min(error * error, 2);
    bias += weight * clip(error, -1, 1);
  }
  if (weights === 0) return { square: 0, bias: 0, worth: 0 };
  const independent = (weights * weights) / squaredWeights / Math.max(1, days / 2);
  return { square: square / weights, bias: bias / weights, worth: independent };
}

const PRIOR_WORTH = 6;

/**
 * The sum of the next `days` (1-400) daily values, from complete days oldest first;
 * `firstWeekday` is that of the first value (1 = Monday). Level from four means, weekday factors,
 * damped growth; the spread is log-normal, its scale from the same forecast's own past errors
 * shrunk to a prior. Without history or days the remainder is 0.
 */
export function forecastRemainder(
  daily: readonly number[],
  firstWeekday: number,
  days: number,
): Quantiles {
  if (daily.length === 0 || days <= 0) return { p10: 0, p50: 0, p90: 0, p99: 0 };
  const series = Float64Array.from(daily);
  const expected = point(fitSeries(series, firstWeekday), daily.length, firstWeekday, days);
  const errors = pastErrors(series, firstWeekday, days);
  const cv = variation(daily.slice(-56));
  const prior = Math.min(
    0.9,
    Math.sqrt((2 * cv * cv) / days + 0.1 ** 2 + (0.045 * Math.sqrt(days) * Math.min(cv, 1.5)) ** 2),
  );
  const spread = Math.sqrt(
    (errors.worth * errors.square + PRIOR_WORTH * prior * prior) / (errors.worth + PRIOR_WORTH),
  );
  const bias = clip((errors.bias * errors.worth) / (errors.worth + 12), -0.2, 0.2);
  const p50 = expected * Math.exp(bias / 2);
  return {
    p10: p50 * Math.exp(-1.1 * spread),
    p50,
    p90: p50 * Math.exp(1.25 * spread),
    p99: p50 * Math.exp(2.6 * spread),
  };
}

/**
 * How the expected remainder adds up over the next `days`: cumulative shares, ascending to 1. By it a
 * total is laid out over the days.
 */
export function expectedPath(
  daily: readonly number[],
  firstWeekday: number,
  days: number,
): number[] {
  const { weekdays, growthPerDay } = fitSeries(Float64Array.from(daily), firstWeekday);
  const shares: number[] = [];
  let sum = 0;
  for (let ahead = 0; ahead < days; ahead += 1) {
    const weekday = weekdays[weekdayOf(daily.length + ahead, firstWeekday)] ?? 1;
    sum += weekday * Math.exp(growthPerDay * (ahead + 1));
    shares.push(sum);
  }
  return shares.map((share) => share / sum);
}

/**
 * The level at which a series stands, per day and by weekday (1 = Monday), without its growth: what
 * assumptions about the coming months are laid upon.
 */
export function levelOf(
  daily: readonly number[],
  firstWeekday: number,
): { perDay: number; factor: (weekday: number) => number } {
  const { weekdays, level, floor } = fitSeries(Float64Array.from(daily), firstWeekday);
  return { perDay: Math.max(level, floor), factor: (weekday) => weekdays[weekday - 1] ?? 1 };
}
