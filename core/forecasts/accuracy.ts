import { absolute } from "#core/money.ts";

/** A forecast and what happened, in nano-USD. */
export interface Scored {
  readonly p10: bigint;
  readonly p50: bigint;
  readonly p90: bigint;
  readonly p99: bigint;
  readonly runRate: bigint | undefined;
  readonly actual: bigint;
}

/** The record of past forecasts; ratios of 1, undefined where nothing can be said. */
export interface Accuracy {
  readonly forecasts: number;
  /** Sum of absolute errors over the sum of what happened. */
  readonly error: number | undefined;
  /** The same of the run rate, over the forecasts that have one, and of them the forecast's own. */
  readonly runRateError: number | undefined;
  readonly errorBesideRunRate: number | undefined;
  /** Share of the actual totals at or under the quantile. */
  readonly underP10: number | undefined;
  readonly underP90: number | undefined;
  readonly underP99: number | undefined;
}

function ratio(part: bigint, whole: bigint): number | undefined {
  return whole <= 0n ? undefined : Number(part) / Number(whole);
}

function weighted(
  scored: readonly Scored[],
  of: (one: Scored) => bigint | undefined,
): number | undefined {
  let errors = 0n;
  let actual = 0n;
  for (const one of scored) {
    const forecast = of(one);
    if (forecast === undefined) continue;
    errors += absolute(one.actual - forecast);
    actual += one.actual;
  }
  return ratio(errors, actual);
}

function under(scored: readonly Scored[], of: (one: Scored) => bigint): number | undefined {
  if (scored.length === 0) return undefined;
  return scored.filter((one) => one.actual <= of(one)).length / scored.length;
}

/** How good forecasts were: what the KPI "forecast accuracy" and the line beside a forecast say. */
export function accuracyOf(scored: readonly Scored[]): Accuracy {
  const withRate = scored.filter(({ runRate }) => runRate !== undefined);
  return {
    forecasts: scored.length,
    error: weighted(scored, ({ p50 }) => p50),
    runRateError: weighted(withRate, ({ runRate }) => runRate),
    errorBesideRunRate: weighted(withRate, ({ p50 }) => p50),
    underP10: under(scored, ({ p10 }) => p10),
    underP90: under(scored, ({ p90 }) => p90),
    underP99: under(scored, ({ p99 }) => p99),
  };
}
