import { type NanoUsd, nanoUsd } from "#core/money.ts";
import { COST_COLUMNS, TOKEN_COLUMNS } from "./entry.ts";

/**
 * What every rollup adds up. Tokens as OpenTelemetry counts them (input with cache, output with
 * reasoning); amounts in nano-USD; `lastRecordedAt` undefined when there is no entry.
 */
export interface Measures {
  readonly requests: bigint;
  readonly errors: bigint;
  readonly inputTokens: bigint;
  readonly cacheReadTokens: bigint;
  readonly cacheWriteTokens: bigint;
  readonly outputTokens: bigint;
  readonly reasoningTokens: bigint;
  readonly inputCost: NanoUsd;
  readonly cacheReadCost: NanoUsd;
  readonly cacheWriteCost: NanoUsd;
  readonly outputCost: NanoUsd;
  readonly reasoningCost: NanoUsd;
  readonly otherCost: NanoUsd;
  readonly cost: NanoUsd;
  readonly listCost: NanoUsd;
  readonly reportedCost: NanoUsd;
  readonly reportedRequests: bigint;
  readonly unpricedRequests: bigint;
  readonly unpricedTokens: bigint;
  /** The parts of `cost` that a bill said, and that make the metered total equal a bill. */
  readonly billedCost: NanoUsd;
  readonly reconciliationCost: NanoUsd;
  /** The part of `cost` that calls came to: no seats, hours, fees, or bills that count no calls. */
  readonly callCost: NanoUsd;
  readonly lastRecordedAt: Date | undefined;
}

/** The summed columns of the rollup tables, in their order there. */
export const MEASURE_COLUMNS = [
  "requests",
  "errors",
  ...TOKEN_COLUMNS,
  ...COST_COLUMNS,
  "reported_requests",
  "unpriced_requests",
  "unpriced_tokens",
  "billed_cost",
  "reconciliation_cost",
] as const;
export type MeasureColumn = (typeof MEASURE_COLUMNS)[number];

/** How one ledger entry counts in each column; a rollup is the sum of these over its entries. */
export const ENTRY_EXPRESSIONS: Readonly<Record<MeasureColumn, string>> = {
  requests: "request_count",
  errors: "error_count",
  input_tokens: "coalesce(input_tokens, 0)",
  cache_read_tokens: "cache_read_tokens",
  cache_write_tokens: "cache_write_tokens",
  output_tokens: "coalesce(output_tokens, 0)",
  reasoning_tokens: "reasoning_tokens",
  input_cost: "input_cost",
  cache_read_cost: "cache_read_cost",
  cache_write_cost: "cache_write_cost",
  output_cost: "output_cost",
  reasoning_cost: "reasoning_cost",
  other_cost: "other_cost",
  cost: "cost",
  list_cost: "list_cost",
  reported_cost: "coalesce(reported_cost, 0)",
  reported_requests: "case when reported_cost is null then 0 else request_count end",
  unpriced_requests: "case when price_id = 0 then request_count else 0 end",
  unpriced_tokens:
    "case when price_id = 0 then coalesce(input_tokens, 0) + coalesce(output_tokens, 0) else 0 end",
  billed_cost: "case when basis = 'billed' then cost else 0 end",
  reconciliation_cost: "case when basis = 'reconciliation' then cost else 0 end",
};

/**
 * `callCost` of an entry and of a rollup's row `t`, where a model's calls never share a row with seats;
 * what was reconciled belongs to the calls that it corrects, and has no count of its own.
 */
export const CALL_COST = {
  entry: "case when request_count <> 0 or basis = 'reconciliation' then cost else 0 end",
  rollup: "case when t.requests <> 0 then t.cost else t.reconciliation_cost end",
} as const;

/** A row as selected with the columns above (int8 as bigint), `call_cost` and `last_recorded_at`. */
export type MeasureRow = Readonly<Record<MeasureColumn | "call_cost", bigint | null>> & {
  readonly last_recorded_at: Date | null;
};

export function measuresOf(row: MeasureRow): Measures {
  const of = (column: MeasureColumn | "call_cost") => row[column] ?? 0n;
  return {
    requests: of("requests"),
    errors: of("errors"),
    inputTokens: of("input_tokens"),
    cacheReadTokens: of("cache_read_tokens"),
    cacheWriteTokens: of("cache_write_tokens"),
    outputTokens: of("output_tokens"),
    reasoningTokens: of("reasoning_tokens"),
    inputCost: nanoUsd(of("input_cost")),
    cacheReadCost: nanoUsd(of("cache_read_cost")),
    cacheWriteCost: nanoUsd(of("cache_write_cost")),
    outputCost: nanoUsd(of("output_cost")),
    reasoningCost: nanoUsd(of("reasoning_cost")),
    otherCost: nanoUsd(of("other_cost")),
    cost: nanoUsd(of("cost")),
    listCost: nanoUsd(of("list_cost")),
    reportedCost: nanoUsd(of("reported_cost")),
    reportedRequests: of("reported_requests"),
    unpricedRequests: of("unpriced_requests"),
    unpricedTokens: of("unpriced_tokens"),
    billedCost: nanoUsd(of("billed_cost")),
    reconciliationCost: nanoUsd(of("reconciliation_cost")),
    callCost: nanoUsd(of("call_cost")),
    lastRecordedAt: row.last_recorded_at ?? undefined,
  };
}

export function subtractMeasures(left: Measures, right: Measures): Measures {
  return {
    requests: left.requests - right.requests,
    errors: left.errors - right.errors,
    inputTokens: left.inputTokens - right.inputTokens,
    cacheReadTokens: left.cacheReadTokens - right.cacheReadTokens,
    cacheWriteTokens: left.cacheWriteTokens - right.cacheWriteTokens,
    outputTokens: left.outputTokens - right.outputTokens,
    reasoningTokens: left.reasoningTokens - right.reasoningTokens,
    inputCost: nanoUsd(left.inputCost - right.inputCost),
    cacheReadCost: nanoUsd(left.cacheReadCost - right.cacheReadCost),
    cacheWriteCost: nanoUsd(left.cacheWriteCost - right.cacheWriteCost),
    outputCost: nanoUsd(left.outputCost - right.outputCost),
    reasoningCost: nanoUsd(left.reasoningCost - right.reasoningCost),
    otherCost: nanoUsd(left.otherCost - right.otherCost),
    cost: nanoUsd(left.cost - right.cost),
    listCost: nanoUsd(left.listCost - right.listCost),
    reportedCost: nanoUsd(left.reportedCost - right.reportedCost),
    reportedRequests: left.reportedRequests - right.reportedRequests,
    unpricedRequests: left.unpricedRequests - right.unpricedRequests,
    unpricedTokens: left.unpricedTokens - right.unpricedTokens,
    billedCost: nanoUsd(left.billedCost - right.billedCost),
    reconciliationCost: nanoUsd(left.reconciliationCost - right.reconciliationCost),
    callCost: nanoUsd(left.callCost - right.callCost),
    lastRecordedAt: left.lastRecordedAt,
  };
}

export function isEmpty(measures: Measures): boolean {
  return MEASURE_KEYS.every((key) => measures[key] === 0n);
}

const MEASURE_KEYS = [
  "requests",
  "errors",
  "inputTokens",
  "outputTokens",
  "cost",
  "listCost",
  "reportedCost",
] as const;
