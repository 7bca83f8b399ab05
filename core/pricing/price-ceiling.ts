import type { ServiceTier } from "#core/ledger/schema.ts";
import { type NanoUsd, nanoUsd } from "#core/money.ts";
import { intervalAt, type PriceBook, timelineOf } from "./price-book.ts";
import type { Rates, Tariff, Unit } from "./tariff.ts";
import type { DayTariff, Interval, Unpriced } from "./timeline.ts";

export interface CeilingSubject {
  readonly provider: string;
  readonly model: string;
  readonly at: Date;
  readonly region?: string | undefined;
  /** Tiers in which the request could be served and charged. */
  readonly tiers: readonly ServiceTier[];
  /** Upper bounds of one request's tokens. */
  readonly inputTokens: number;
  readonly outputTokens: number;
}

const INPUT_UNITS: readonly Unit[] = ["input", "cacheRead", "cacheWrite5m", "cacheWrite1h"];
const OUTPUT_UNITS: readonly Unit[] = ["output", "reasoning"];

function dearest(rates: Rates, units: readonly Unit[]): bigint {
  let most = 0n;
  for (const unit of units) {
    const rate = rates[unit];
    if (rate !== undefined && rate > most) most = rate;
  }
  return most;
}

function tariffsOf(day: DayTariff | Unpriced): readonly Tariff[] {
  return "unpriced" in day ? [] : [day.usual, ...day.windows.map(({ tariff }) => tariff)];
}

/** The dearest rates of one step, as numerators over a denominator. */
interface CeilingStep {
  readonly above: number;
  readonly input: bigint;
  readonly output: bigint;
  readonly requests: bigint;
  readonly denominator: bigint;
  readonly isPriced: boolean;
}

const plans = new WeakMap<Interval, readonly CeilingStep[]>();

/** The steps of an interval of the price; made once, as this stands in the path of every request. */
function stepsOf(interval: Interval): readonly CeilingStep[] {
  const known = plans.get(interval);
  if (known !== undefined) return known;
  const steps = tariffsOf(interval.cost).flatMap((tariff) =>
    tariff.steps.map(({ above, rates }): CeilingStep => {
      if (rates === undefined) return { above, ...NO_RATES, isPriced: false };
      const { requests = 0n, denominator } = rates;
      const input = dearest(rates, INPUT_UNITS);
      const output = dearest(rates, OUTPUT_UNITS);
      return { above, input, output, requests, denominator, isPriced: true };
    }),
  );
  plans.set(interval, steps);
  return steps;
}

const NO_RATES = { input: 0n, output: 0n, requests: 0n, denominator: 1n };

/**
 * The most that one request can cost, rounded up: the dearest class, hour, context tier that its input
 * can reach, and service tier. Undefined when a tier has no price: then nothing bounds the cost.
 */
export function ceilingCost(book: PriceBook, subject: CeilingSubject): NanoUsd | undefined {
  const { provider, model, at, region, tiers, inputTokens, outputTokens } = subject;
  const input = BigInt(inputTokens);
  const output = BigInt(outputTokens);
  let most: bigint | undefined;
  for (const tier of tiers) {
    const timeline = timelineOf(book, { provider, model, tier, region });
    const interval = intervalAt(timeline, at.getTime());
    const steps = interval === undefined ? [] : stepsOf(interval);
    if (steps.length === 0) return undefined;
    for (const step of steps) {
      if (step.above >= inputTokens) continue;
      if (!step.isPriced) return undefined;
      const exact = step.input * input + step.output * output + step.requests;
      const cost = (exact + step.denominator - 1n) / step.denominator;
      if (most === undefined || cost > most) most = cost;
    }
  }
  return most === undefined ? undefined : nanoUsd(most);
}
