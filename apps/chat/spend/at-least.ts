import type { Measures } from "#core/ledger/measures.ts";
import { saidUsd } from "#core/money.ts";

/** Whether more than 1% of the calls have no price: then a total is only a lower bound. */
export function isLowerBound(measures: Pick<Measures, "requests" | "unpricedRequests">): boolean {
  return measures.unpricedRequests * 100n > measures.requests;
}

/** What a figure, or a chance to be above one, is where only calls with a price are in it. */
export function leastOf(isBound: boolean): "at least " | "" {
  return isBound ? "at least " : "";
}

/** Why a forecast or a budget's use is only a lower bound, and where to look. */
export function boundNote(what: string, command: string): string {
  return (
    `More than 1% of the calls have no price, so ${what} is a lower bound. To see which: ` +
    `${command} by model`
  );
}

/** Whether calls were made of which none has a price: the cost is unknown, not zero. */
export function isUnpriced(measures: Pick<Measures, "cost" | "unpricedRequests">): boolean {
  return measures.cost === 0n && measures.unpricedRequests > 0n;
}

/** "$8,310", or "at least $8,310" where too many calls have no price. */
export function saidCost(
  measures: Pick<Measures, "cost" | "requests" | "unpricedRequests">,
): string {
  if (isUnpriced(measures)) return "no price known";
  return isLowerBound(measures) ? `at least ${saidUsd(measures.cost)}` : saidUsd(measures.cost);
}
