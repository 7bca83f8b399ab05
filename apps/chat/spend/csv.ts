import { csvLine } from "#core/csv.ts";
import type { Measures } from "#core/ledger/measures.ts";
import { usdDecimal } from "#core/money.ts";
import { addDays, type Period } from "#core/time.ts";

const COUNTS = [
  ["calls", "requests"],
  ["errors", "errors"],
  ["input_tokens", "inputTokens"],
  ["cache_read_tokens", "cacheReadTokens"],
  ["cache_write_tokens", "cacheWriteTokens"],
  ["output_tokens", "outputTokens"],
  ["reasoning_tokens", "reasoningTokens"],
] as const;
const AMOUNTS = [
  ["input_cost", "inputCost"],
  ["cache_read_cost", "cacheReadCost"],
  ["cache_write_cost", "cacheWriteCost"],
  ["output_cost", "outputCost"],
  ["reasoning_cost", "reasoningCost"],
  ["other_cost", "otherCost"],
  ["cost", "cost"],
  ["list_cost", "listCost"],
  ["reported_cost", "reportedCost"],
] as const;
const REST = [
  ["reported_calls", "reportedRequests"],
  ["unpriced_calls", "unpricedRequests"],
  ["unpriced_tokens", "unpricedTokens"],
] as const;

const HEADER = [
  "line",
  "name",
  "first_day",
  "last_day",
  ...[...COUNTS, ...AMOUNTS, ...REST].map(([column]) => column),
  "currency",
];

export interface CsvRow {
  /** "total", "compared", "day", or the dimension of the name. */
  readonly line: string;
  readonly name: string;
  readonly period: Period;
  readonly measures: Measures;
}

/** Rows of measures with exact decimals, amounts in US dollars. */
export function measuresCsv(rows: readonly CsvRow[]): string {
  const lines = rows.map(({ line, name, period, measures }) =>
    csvLine([
      line,
      name,
      period.start,
      addDays(period.end, -1),
      ...COUNTS.map(([, key]) => measures[key]),
      ...AMOUNTS.map(([, key]) => usdDecimal(measures[key])),
      ...REST.map(([, key]) => measures[key]),
      "USD",
    ]),
  );
  return [csvLine(HEADER), ...lines].join("");
}

/** "team-payments-2026-11-01-2026-11-22.csv". */
export function csvName(command: string, period: Period): string {
  const slug = command
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 80);
  return `${slug}-${period.start}-${addDays(period.end, -1)}.csv`;
}
