import { mean } from "d3-array";
import { cacheFall } from "./cache-fall.ts";
import type { AgentHour } from "./hour.ts";
import { least, MAD_TO_SIGMA, middle, rank } from "./quantile.ts";
import type { Thresholds } from "./thresholds.ts";

export type AnomalyKind =
  | "price_change"
  | "model_mix"
  | "token_bloat"
  | "request_spike"
  | "cache_fall";

/** One detector's finding in one hour: what it costs beyond the baseline, in dollars per hour. */
export interface Signal {
  readonly kind: AnomalyKind;
  readonly hour: number;
  readonly excessUsd: number;
  /** Observed and usual, in the detector's own unit (ratio, dollars per Mtok, tokens, requests). */
  readonly observed: number;
  readonly usual: number;
}

// Every detector first asks what is cheap: nearly every hour is as usual, and sorting is what costs.
const WEEK_HOURS = 168;
export const BASELINE_HOURS = 336;

/** What all detectors of an hour read: the trailing 14 days, only active hours, oldest first. */
export interface Baseline {
  readonly current: AgentHour;
  readonly active: readonly AgentHour[];
  readonly week: readonly AgentHour[];
}

/**
 * Of the hour at `index` of ascending hours: what lies after it is not looked at, so that no verdict
 * depends on what came later.
 */
export function baselineAt(hours: readonly AgentHour[], index: number): Baseline | undefined {
  const current = hours[index];
  if (current === undefined) return undefined;
  let first = index;
  while (first > 0 && (hours[first - 1]?.hour ?? 0) >= current.hour - BASELINE_HOURS) first -= 1;
  const active = hours.slice(first, index).filter((hour) => hour.requests > 0);
  const week = active.filter((hour) => hour.hour >= current.hour - WEEK_HOURS);
  return { current, active, week };
}

function isDefined<T>(value: T | undefined): value is T {
  return value !== undefined;
}

/** What was charged over the list cost of the same tokens, by our book or by the source's word. */
function overList(hour: AgentHour, by: "cost" | "reported"): number | undefined {
  const charged = hour[by];
  if (charged === undefined || hour.list === undefined || hour.list <= 0) return undefined;
  return charged / hour.list;
}

/**
 * What was charged against the list cost of the same tokens: a price changed, the usage did not. Our
 * book and what the source reports are two series; each is held against its own past.
 */
export function priceChange(baseline: Baseline, limits: Thresholds): Signal | undefined {
  return priceMove(baseline, limits, "cost") ?? priceMove(baseline, limits, "reported");
}

function priceMove(
  { current, active }: Baseline,
  limits: Thresholds,
  by: "cost" | "reported",
): Signal | undefined {
  const charged = current[by];
  if (active.length < 6 || current.list === undefined || charged === undefined) return undefined;
  const observed = overList(current, by);
  const past = active
    .slice(-72)
    .map((hour) => overList(hour, by))
    .filter(isDefined);
  if (observed === undefined || past.length < 6) return undefined;
  if (observed <= limits.priceFactor * least(past)) return undefined;
  const usual = middle(past);
  if (observed <= limits.priceFactor * usual) return undefined;
  const excessUsd = charged - current.list * usual;
  return { kind: "price_change", hour: current.hour, excessUsd, observed, usual };
}

function listPerMillion(hour: AgentHour): number | undefined {
  const tokens = hour.inputTokens + hour.outputTokens;
  return hour.list === undefined || tokens <= 0 ? undefined : (hour.list / tokens) * 1e6;
}

/** A model that was rare takes a large part of a now dearer hour. */
export function modelMix({ current, week }: Baseline, limits: Thresholds): Signal | undefined {
  const observed = listPerMillion(current);
  const past = week.map(listPerMillion).filter(isDefined);
  if (observed === undefined || current.list === undefined) return undefined;
  if (past.length === 0 || current.requests < 8 || current.cost <= 0) return undefined;
  if (observed <= limits.mixFactor * least(past)) return undefined;
  const usual = middle(past);
  if (observed <= limits.mixFactor * usual) return undefined;
  const spent = week.reduce((sum, hour) => sum + hour.cost, 0);
  const takesOver = current.models.some((model) => {
    const before = week.reduce((sum, hour) => sum + costOf(hour, model.model), 0);
    const isRare = spent <= 0 || before / spent < limits.rareModelShare;
    return isRare && model.cost / current.cost > limits.newModelShare;
  });
  if (!takesOver) return undefined;
  const excessUsd = current.list * (1 - usual / observed);
  return { kind: "model_mix", hour: current.hour, excessUsd, observed, usual };
}

function costOf(hour: AgentHour, model: string | number): number {
  return hour.models.find((one) => one.model === model)?.cost ?? 0;
}

/** Input tokens per request far above what the agent's requests carried before. */
export function tokenBloat({ current, active }: Baseline, limits: Thresholds): Signal | undefined {
  const pooled = [...active.filter((hour) => hour.hour >= current.hour - 2), current];
  const requests = pooled.reduce((sum, hour) => sum + hour.requests, 0);
  if (requests < 8 || current.requests < 3 || active.length === 0) return undefined;
  if (requests < 0.3 * middle(active.map((hour) => hour.requests))) return undefined;
  const past = active.filter((hour) => hour.requests >= 3 && hour.inputTokens > 0).map(perRequest);
  if (past.length < 12) return undefined;
  const observed =
    current.requests >= 8
      ? perRequest(current)
      : pooled.reduce((sum, hour) => sum + hour.inputTokens, 0) / requests;
  if (observed <= limits.bloatFactor * middle(past.slice(-24))) return undefined;
  const logs = past.map(Math.log);
  const centre = middle(logs);
  const spread = MAD_TO_SIGMA * middle(logs.map((value) => Math.abs(value - centre)));
  const threshold = centre + Math.max(Math.log(limits.bloatFactor), 4.5 * Math.min(spread, 0.35));
  const fires = Math.log(observed) > threshold && observed > 1.15 * rank(past, 0.97);
  if (!fires) return undefined;
  const usual = Math.exp(centre);
  const inputShare = current.inputTokens / (current.inputTokens + current.outputTokens);
  const excessUsd = (1 - usual / observed) * inputShare * current.cost;
  return { kind: "token_bloat", hour: current.hour, excessUsd, observed, usual };
}

function perRequest(hour: AgentHour): number {
  return hour.inputTokens / hour.requests;
}

/** Requests far above the same hours of the last 14 days, the week's mean and the usual hour. */
export function requestSpike(
  { current, active, week }: Baseline,
  limits: Thresholds,
): Signal | undefined {
  const observed = current.requests;
  const weekMean = week.reduce((sum, hour) => sum + hour.requests, 0) / WEEK_HOURS;
  if (observed <= limits.spikeFactor * weekMean) return undefined;
  const sameHour = active.filter((hour) => isSameHour(hour.hour, current.hour));
  if (sameHour.length < 9) return undefined;
  const usual = Math.max(
    rank(
      sameHour.map((hour) => hour.requests),
      0.9,
    ),
    weekMean,
    rank(
      active.map((hour) => hour.requests),
      0.75,
    ),
  );
  const fires =
    observed > limits.spikeFactor * usual &&
    observed >
      1.25 *
        rank(
          active.map((hour) => hour.requests),
          0.99,
        ) &&
    observed > usual + 6 * Math.sqrt(usual + 1);
  if (!fires) return undefined;
  const excessUsd = current.cost * (1 - usual / observed);
  return { kind: "request_spike", hour: current.hour, excessUsd, observed, usual };
}

/** Within an hour of the same hour of the day. */
function isSameHour(hour: number, reference: number): boolean {
  const distance = (((hour - reference) % 24) + 24) % 24;
  return distance <= 1 || distance === 23;
}

/** All signals of the hour that are worth more than the floor. */
export function detect(baseline: Baseline, limits: Thresholds): Signal[] {
  if (baseline.current.requests <= 0) return [];
  const floor = Math.max(limits.floorUsdPerHour, limits.floorShareOfMeanHour * meanHour(baseline));
  return [priceChange, modelMix, tokenBloat, requestSpike, cacheFall]
    .map((detector) => detector(baseline, limits))
    .filter(isDefined)
    .filter((signal) => signal.excessUsd >= floor);
}

/** Dollars of a usual active hour. */
function meanHour({ week }: Baseline): number {
  return mean(week, (hour) => hour.cost) ?? 0;
}
