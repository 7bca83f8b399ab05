import type { Measures } from "#core/ledger/measures.ts";
import { usdDecimal } from "#core/money.ts";
import { addDays, type Period } from "#core/time.ts";

/** What a spreadsheet would run as a formula; a name from a tag must not. */
const FORMULA = /^[=+\-@\t\r]/;

/** One cell of text, quoted where needed. */
export function csvText(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

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
].join(",");

export interface CsvRow {
  /** "total", "compared", "day", or the dimension of the name. */
  readonly line: string;
  readonly name: string;
  readonly period: Period;
  readonly measures: Measures;
}

/** Rows of measures with exact decimals, amounts in US dollars; lines end with a line feed. */
export function measuresCsv(rows: readonly CsvRow[]): string {
  const lines = rows.map(({ line, name, period, measures }) =>
    [
      csvText(line),
      csvText(name),
      period.start,
      addDays(period.end, -1),
      ...COUNTS.map(([, key]) => measures[key].toString()),
      ...AMOUNTS.map(([, key]) => usdDecimal(measures[key])),
      ...REST.map(([, key]) => measures[key].toString()),
      "USD",
    ].join(","),
  );
  return `${[HEADER, ...lines].join("\n")}\n`;
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
