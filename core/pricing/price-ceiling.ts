import type { ServiceTier } from "#core/ledger/schema.ts";
import { type NanoUsd, nanoUsd } from "#core/money.ts";
import { intervalAt, type PriceBook, timelineOf } from "./price-book.ts";
import type { Rates, Tariff, Unit } from "./tariff.ts";
import type { DayTariff, Unpriced } from "./timeline.ts";

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

/**
 * The most that one request can cost, rounded up: the dearest class, hour, context tier that its input
 * can reach, and service tier. Undefined when a tier has no price: then nothing bounds the cost.
 */
export function ceilingCost(book: PriceBook, subject: CeilingSubject): NanoUsd | undefined {
  const { provider, model, at, region, tiers, inputTokens, outputTokens } = subject;
  let most: bigint | undefined;
  for (const tier of tiers) {
    const timeline = timelineOf(book, { provider, model, tier, region });
    const tariffs = tariffsOf(intervalAt(timeline, at.getTime())?.cost ?? { unpriced: "" });
    if (tariffs.length === 0) return undefined;
    for (const { above, rates } of tariffs.flatMap(({ steps }) => steps)) {
      if (above >= inputTokens) continue;
      if (rates === undefined) return undefined;
      const exact =
        dearest(rates, INPUT_UNITS) * BigInt(inputTokens) +
        dearest(rates, OUTPUT_UNITS) * BigInt(outputTokens) +
        (rates.requests ?? 0n);
      const cost = (exact + rates.denominator - 1n) / rates.denominator;
      if (most === undefined || cost > most) most = cost;
    }
  }
  return most === undefined ? undefined : nanoUsd(most);
}
