import type { Baseline, Signal } from "./detectors.ts";
import type { AgentHour } from "./hour.ts";
import { least, middle } from "./quantile.ts";
import type { Thresholds } from "./thresholds.ts";

const DAY = 24;
const WEEK = 168;
/** Active hours that make a day, and the week before it, worth comparing. */
const ACTIVE_OF_DAY = 6;
const ACTIVE_OF_WEEK = 30;
const ENOUGH_REQUESTS = 8;

interface Rate {
  readonly cost: number;
  readonly tokens: number;
  readonly list: number | undefined;
}

function rateOf(hours: readonly AgentHour[], length: number): Rate {
  let cost = 0;
  let tokens = 0;
  let list: number | undefined = 0;
  for (const hour of hours) {
    cost += hour.cost;
    tokens += hour.inputTokens + hour.outputTokens;
    list = list === undefined || hour.list === undefined ? undefined : list + hour.list;
  }
  return { cost: cost / length, tokens: tokens / length, list: list && list / length };
}

/** The day's cost rate is 30% over the week's before it, at a flat volume of tokens. */
function costRate({ current, active }: Baseline, limits: Thresholds): Signal | undefined {
  const dayHours = [...active.filter(({ hour }) => hour > current.hour - DAY), current];
  const weekHours = active.filter(
    ({ hour }) => hour <= current.hour - DAY && hour > current.hour - DAY - WEEK,
  );
  if (dayHours.length < ACTIVE_OF_DAY || weekHours.length < ACTIVE_OF_WEEK) return undefined;
  const day = rateOf(dayHours, DAY);
  const week = rateOf(weekHours, WEEK);
  if (week.cost <= 0 || week.tokens <= 0) return undefined;
  const isFlat = Math.abs(day.tokens / week.tokens - 1) <= limits.flatTokens;
  if (!isFlat || day.cost <= limits.listedCostFactor * week.cost) return undefined;
  // The list cost of a token moves with the mix of models and not with a price that we are charged.
  const mix =
    day.list !== undefined && week.list !== undefined && week.list > 0
      ? day.list / day.tokens / (week.list / week.tokens)
      : 1;
  const kind = mix > 1 + limits.flatTokens ? "model_mix" : "price_change";
  const [observed, usual] = [day.cost, week.cost];
  return { kind, hour: current.hour, excessUsd: observed - usual, observed, usual };
}

/** Input tokens per request are three times their median. */
function bloat({ current, active }: Baseline, limits: Thresholds): Signal | undefined {
  const past = active.filter(({ requests, inputTokens }) => requests >= 3 && inputTokens > 0);
  if (past.length < 12 || current.requests < ENOUGH_REQUESTS) return undefined;
  const observed = current.inputTokens / current.requests;
  const each = past.map(({ inputTokens, requests }) => inputTokens / requests);
  if (observed < limits.listedBloatFactor * least(each)) return undefined;
  const usual = middle(each);
  if (observed < limits.listedBloatFactor * usual) return undefined;
  const inputShare = current.inputTokens / (current.inputTokens + current.outputTokens);
  const excessUsd = (1 - usual / observed) * inputShare * current.cost;
  return { kind: "token_bloat", hour: current.hour, excessUsd, observed, usual };
}

/** What crosses the published 30% and 3x: it is listed, whether the detectors fire or not. */
export function listedSignals(baseline: Baseline, limits: Thresholds): Signal[] {
  if (baseline.current.requests <= 0) return [];
  return [costRate(baseline, limits), bloat(baseline, limits)].flatMap((signal) =>
    signal !== undefined && signal.excessUsd >= limits.listedFloorUsdPerHour ? [signal] : [],
  );
}
