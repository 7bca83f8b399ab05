import {
  addMonths,
  type Day,
  daysBetween,
  type Period,
  periodDays,
  startOfMonth,
  startOfQuarter,
} from "../time.ts";
import { expectedPath, forecastRemainder, type Quantiles } from "./remainder.ts";
import type { ForecastSubject, Horizon } from "./schema.ts";
import { type History, historyOf, type SeriesTable, spentIn } from "./series.ts";

/** Days of history that a forecast reads; older ones tell nothing about the level. */
export const HISTORY_DAYS = 200;

/** The period that a forecast of the horizon is about. */
export function horizonAt(horizon: Horizon, today: Day): Period {
  const month = startOfMonth(today);
  switch (horizon) {
    case "month":
      return { start: month, end: addMonths(month, 1) };
    case "quarter": {
      const start = startOfQuarter(today);
      return { start, end: addMonths(start, 3) };
    }
    case "year":
      return { start: month, end: addMonths(month, 12) };
  }
}

/** What a period will come to. Amounts in nano-USD, or in tokens. */
export interface Prediction {
  readonly period: Period;
  /** So far, today's part included. */
  readonly spent: bigint;
  readonly p10: bigint;
  readonly p50: bigint;
  readonly p90: bigint;
  readonly p99: bigint;
  /** At the pace of the days that are over; undefined on the first day. */
  readonly runRate: bigint | undefined;
  readonly history: History;
  readonly historyDays: number;
  /** Of what is still to come, by when: cumulative shares from today to the last day. */
  readonly path: readonly number[];
}

/** Estimates are no exact amounts: they are kept to a cent, and tokens to one. */
function rounded(value: number, unit: "costs" | "tokens"): bigint {
  return unit === "costs"
    ? BigInt(Math.round(value / 1e7)) * 10_000_000n
    : BigInt(Math.round(value));
}

function larger(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}

/**
 * The total of a running period from the days that are over: what they spent, and the forecast of what
 * remains, today included. Never under what is spent already. Undefined without a day of history.
 */
export function predictPeriod(
  table: SeriesTable,
  subject: ForecastSubject,
  period: Period,
  today: Day,
  unit: "costs" | "tokens" = "costs",
): Prediction | undefined {
  const history = historyOf(table, subject, today, unit);
  if (history === undefined) return undefined;
  const days = daysBetween(today, period.end);
  const { daily, firstWeekday } = history;
  return laidOut(
    { table, subject, period, today, unit, history },
    forecastRemainder(daily, firstWeekday, days),
    expectedPath(daily, firstWeekday, days),
  );
}

export interface Laying {
  readonly table: SeriesTable;
  readonly subject: ForecastSubject;
  readonly period: Period;
  readonly today: Day;
  readonly unit: "costs" | "tokens";
  readonly history: History;
}

/** Adds the quantiles of the remainder to what is spent. */
export function laidOut(
  { table, subject, period, today, unit, history }: Laying,
  rest: Quantiles,
  path: readonly number[],
): Prediction {
  const over = { start: period.start, end: today };
  const complete = spentIn(table, subject, over, unit);
  const spent = spentIn(table, subject, period, unit);
  const total = (quantile: number) => larger(complete + rounded(quantile, unit), spent);
  const completeDays = periodDays(over);
  return {
    period,
    spent,
    p10: total(rest.p10),
    p50: total(rest.p50),
    p90: total(rest.p90),
    p99: total(rest.p99),
    runRate:
      completeDays <= 0
        ? undefined
        : (complete * BigInt(periodDays(period))) / BigInt(completeDays),
    history,
    historyDays: history.daily.length,
    path,
  };
}
