import type { Baseline, Signal } from "./detectors.ts";
import type { AgentHour } from "./hour.ts";
import { MAD_TO_SIGMA, middle, rank } from "./quantile.ts";
import type { Thresholds } from "./thresholds.ts";

/** Requests that say anything about a hit rate: of the newest hours, and of each hour of the past. */
const ENOUGH_REQUESTS = 20;
const ENOUGH_PAST_REQUESTS = 5;
const PAST_HOURS = 24;
const LOWEST = 0.03;

function hitRate(hour: Pick<AgentHour, "cacheReadTokens" | "inputTokens">): number {
  return hour.cacheReadTokens / hour.inputTokens;
}

/**
 * Input served from the cache falls far below what it was: a prefix changed. Our own, robust as the
 * others: the newest three hours are pooled until they hold 20 requests, the past is the last 14 days.
 * It fires when all hold, and says nothing where caching carries less than `cacheShare` of the input:
 * - below `cacheFactor` of the median, and below the lowest 3% of the past;
 * - further below than 4.5 robust deviations, and than 4 standard errors of a share of so few requests.
 */
export function cacheFall({ current, active }: Baseline, limits: Thresholds): Signal | undefined {
  const past = active.filter(
    (hour) => hour.requests >= ENOUGH_PAST_REQUESTS && hour.inputTokens > 0,
  );
  if (past.length < PAST_HOURS || current.requests < 3 || current.inputTokens <= 0)
    return undefined;
  const pooled = poolOf(current, active);
  if (pooled.requests < ENOUGH_REQUESTS) return undefined;
  const observed = hitRate(pooled);
  const rates = past.map(hitRate);
  // Were it among the lowest 3%, hardly any hour were below it.
  const below = rates.reduce((count, rate) => count + (rate <= observed ? 1 : 0), 0);
  if (below > LOWEST * rates.length + 1) return undefined;
  const usual = middle(rates);
  if (usual < limits.cacheShare) return undefined;
  const spread = MAD_TO_SIGMA * middle(rates.map((rate) => Math.abs(rate - usual)));
  const error = Math.sqrt((usual * (1 - usual)) / pooled.requests);
  const fires =
    observed < limits.cacheFactor * usual &&
    observed < rank(rates, LOWEST) &&
    usual - observed > Math.max(4.5 * Math.min(spread, 0.1), 4 * error);
  if (!fires) return undefined;
  const saving = savedPerToken(past);
  if (saving === undefined) return undefined;
  const lost = Math.max(0, usual - hitRate(current)) * current.inputTokens;
  return { kind: "cache_fall", hour: current.hour, excessUsd: lost * saving, observed, usual };
}

function poolOf(current: AgentHour, active: readonly AgentHour[]) {
  const pool = { requests: 0, inputTokens: 0, cacheReadTokens: 0 };
  const recent = [current, ...active.filter(({ hour }) => hour >= current.hour - 2).reverse()];
  for (const { requests, inputTokens, cacheReadTokens } of recent) {
    if (pool.requests >= ENOUGH_REQUESTS) break;
    pool.requests += requests;
    pool.inputTokens += inputTokens;
    pool.cacheReadTokens += cacheReadTokens;
  }
  return pool;
}

/** What a token read from the cache cost less than one that was not, as charged in the past. */
function savedPerToken(past: readonly AgentHour[]): number | undefined {
  let fresh = 0;
  let cached = 0;
  let freshCost = 0;
  let cachedCost = 0;
  for (const { inputTokens, cacheReadTokens, inputCost, cacheReadCost } of past) {
    fresh += inputTokens - cacheReadTokens;
    cached += cacheReadTokens;
    freshCost += inputCost;
    cachedCost += cacheReadCost;
  }
  if (fresh <= 0 || cached <= 0 || freshCost <= 0) return undefined;
  return Math.max(0, freshCost / fresh - cachedCost / cached);
}
