import type { Measures } from "#core/ledger/measures.ts";
import { type NanoUsd, saidUsd } from "#core/money.ts";

/** Whether more than 1% of the calls have no price: then a total is only a lower bound. */
export function isLowerBound(measures: Measures): boolean {
  return measures.unpricedRequests * 100n > measures.requests;
}

/** "$8,310", or "at least $8,310" where too many calls have no price. */
export function saidCost(measures: Measures, cost: NanoUsd = measures.cost): string {
  return isLowerBound(measures) ? `at least ${saidUsd(cost)}` : saidUsd(cost);
}
