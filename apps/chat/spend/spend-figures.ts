import type { Answer } from "#core/answers/schema.ts";
import type { Measures } from "#core/ledger/measures.ts";
import { type NanoUsd, usdDecimal } from "#core/money.ts";
import { percentOf } from "../said/said-share.ts";
import type { RunRate } from "./run-rate.ts";
import type { SpendReport } from "./spend-report.ts";

type Figures = Answer["figures"];

export function usd(amount: NanoUsd | bigint): { amount: string; unit: string } {
  return { amount: usdDecimal(amount), unit: "USD" };
}

export function counted(count: bigint, unit: string): { amount: string; unit: string } {
  return { amount: count.toString(), unit };
}

/** Exact figures of the total, named as FOCUS and OpenTelemetry would be read aloud. */
function totals(total: Measures): Figures {
  return {
    cost: usd(total.cost),
    list_cost: usd(total.listCost),
    calls: counted(total.requests, "calls"),
    errors: counted(total.errors, "calls"),
    input_tokens: counted(total.inputTokens, "tokens"),
    cache_read_tokens: counted(total.cacheReadTokens, "tokens"),
    cache_write_tokens: counted(total.cacheWriteTokens, "tokens"),
    output_tokens: counted(total.outputTokens, "tokens"),
    reasoning_tokens: counted(total.reasoningTokens, "tokens"),
    unpriced_calls: counted(total.unpricedRequests, "calls"),
    unpriced_tokens: counted(total.unpricedTokens, "tokens"),
    ...(total.reportedRequests === 0n
      ? {}
      : {
          reported_cost: usd(total.reportedCost),
          reported_calls: counted(total.reportedRequests, "calls"),
        }),
  };
}

export function spendFigures(report: SpendReport, rate: RunRate | undefined): Figures {
  const { total, before, coverage } = report;
  const share = (name: string, part: bigint, whole: bigint): Figures => {
    const amount = percentOf(part, whole);
    return amount === undefined ? {} : { [name]: { amount, unit: "percent" } };
  };
  return {
    ...totals(total),
    cost_before: usd(before.cost),
    change: usd(total.cost - before.cost),
    ...(rate === undefined ? {} : { run_rate: usd(rate.cost) }),
    ...share("unpriced_share", total.unpricedRequests, total.requests),
    ...share("team_coverage", coverage.teamCost, coverage.cost),
    ...share("workflow_coverage", coverage.workflowCost, coverage.cost),
    ...share("customer_coverage", coverage.customerCost, coverage.cost),
  };
}
