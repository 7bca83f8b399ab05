import type { Fact } from "#core/answers/schema.ts";
import type { Measures } from "#core/ledger/measures.ts";
import type { Coverage } from "#core/ledger/spend.ts";
import { type NanoUsd, saidUsd } from "#core/money.ts";
import type { Day } from "#core/time.ts";
import { periodDays } from "#core/time.ts";
import type { AskedPeriod } from "../period.ts";
import { saidChange } from "../said/said-change.ts";
import { saidCount, saidCounted, saidRough } from "../said/said-count.ts";
import { saidDay, saidWhole } from "../said/said-period.ts";
import { saidShare } from "../said/said-share.ts";
import { isLowerBound, leastOf, saidCost } from "./at-least.ts";
import type { RunRate } from "./run-rate.ts";
import { costPerCall } from "./spend-table.ts";

/** The amount compared with, and where the two periods do not have the same number of days, that. */
export function beforeFact(
  asked: AskedPeriod,
  compare: { start: Day; end: Day },
  compareSaid: string,
  before: Measures,
): Fact {
  const days = periodDays(asked.period);
  const daysBefore = periodDays(compare);
  const uneven = days === daysBefore ? "" : ` (${daysBefore} days against ${days})`;
  const said = before.lastRecordedAt === undefined ? "nothing recorded" : saidCost(before);
  return { label: "Compared with", value: `${compareSaid}: ${said}${uneven}` };
}

/** Of a total that is only a lower bound, the run rate is one too. */
export function saidRate(total: Measures, rate: RunRate): string {
  return `${leastOf(isLowerBound(total))}${saidUsd(rate.cost)}`;
}

export function runRateFact(asked: AskedPeriod, total: Measures, rate: RunRate, today: Day): Fact {
  const days = rate.days === 1 ? "1 whole day" : `${rate.days} whole days`;
  const since = rate.since === undefined ? "" : ` since ${saidDay(rate.since)}`;
  const pace = `at the pace of its ${days}${since}; not a forecast`;
  return {
    label: "Run rate",
    value: `${saidRate(total, rate)} for ${saidWhole(asked.whole, today)} ${pace}`,
  };
}

export function callsFact(total: Measures): Fact {
  const each = costPerCall(total);
  const priced = total.unpricedRequests === 0n ? "each" : "for each with a price";
  const price = each === undefined ? "" : `, ${each} ${priced}`;
  const errors =
    total.errors === 0n ? "" : `, ${saidShare(total.errors, total.requests)} with an error`;
  return {
    label: "Calls",
    value: `${saidCount(total.requests)}${price}${errors}`,
  };
}

export function tokensFact(total: Measures): Fact | undefined {
  if (total.inputTokens === 0n && total.outputTokens === 0n) return undefined;
  const cached =
    total.cacheReadTokens === 0n
      ? ""
      : ` (${saidShare(total.cacheReadTokens, total.inputTokens)} read from cache)`;
  return {
    label: "Tokens",
    value: `${saidRough(total.inputTokens)} in${cached}, ${saidRough(total.outputTokens)} out`,
  };
}

/** What no price is known for: it costs something, and no one can say what. */
export function unpricedFact(total: Measures): Fact | undefined {
  if (total.unpricedRequests === 0n && total.unpricedTokens === 0n) return undefined;
  const calls = saidCounted(total.unpricedRequests, "call");
  return {
    label: "Unpriced",
    value:
      `${calls} (${saidShare(total.unpricedRequests, total.requests)}), ` +
      `${saidRough(total.unpricedTokens)} tokens: no price is known, so they are not in the total`,
  };
}

/** What the sources say that it cost, where they say so; differences are shown, never averaged. */
export function reportedFact(total: Measures): Fact | undefined {
  if (total.reportedRequests === 0n) return undefined;
  const reported = saidUsd(total.reportedCost);
  if (total.reportedRequests < total.requests) {
    return {
      label: "Reported",
      value:
        `${reported} by the sources, for ${saidShare(total.reportedRequests, total.requests)} of ` +
        "the calls",
    };
  }
  const change = saidChange(total.cost, total.reportedCost, "our price");
  const same = total.cost === total.reportedCost;
  return {
    label: "Reported",
    value: `${reported} by the sources, ${same ? "the same as our price" : change}`,
  };
}

/** Share of spend that is tagged to a workflow, beside what resolves to a team and to a customer. */
export function coverageFact(coverage: Coverage): Fact | undefined {
  const { cost } = coverage;
  if (cost === 0n) return undefined;
  const share = (part: NanoUsd) => saidShare(part, cost);
  return {
    label: "Coverage",
    value:
      `${share(coverage.teamCost)} to a team, ${share(coverage.workflowCost)} to a workflow, ` +
      `${share(coverage.customerCost)} to a customer`,
  };
}
