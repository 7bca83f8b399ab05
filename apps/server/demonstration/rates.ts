import { priceUsage } from "#core/pricing/cost.ts";
import type { PriceBook } from "#core/pricing/price-book.ts";
import { utcDay } from "#core/time.ts";
import type { Shape } from "./shape.ts";

/** Nano-dollars per token. */
export interface Rate {
  readonly input: bigint;
  readonly cached: bigint;
  readonly output: bigint;
}

const MILLION = 1_000_000;

/** The price book's own rates for the model on the day: the ledger will price the usage alike. */
export function rates(book: PriceBook): (shape: Pick<Shape, "model" | "hour">) => Rate {
  const known = new Map<string, Rate>();
  return ({ model, hour }) => {
    const key = `${model.model} ${model.tier} ${utcDay(hour)}`;
    const found = known.get(key) ?? rateOf(book, model, hour);
    known.set(key, found);
    return found;
  };
}

function rateOf(book: PriceBook, model: Shape["model"], at: Date): Rate {
  const priced = priceUsage(book, {
    provider: model.provider,
    model: model.model,
    serviceTier: model.tier,
    at,
    tokens: { input: 2 * MILLION, cacheRead: MILLION, output: MILLION },
    requestCount: 2,
    // What most calls pay: none of the demonstration is long.
    contextTokens: 0,
  });
  if (priced.state === "unpriced") throw new Error(`${model.model}: ${priced.reason}`);
  const { input, cacheRead, output } = priced.classes;
  return { input: perToken(input), cached: perToken(cacheRead), output: perToken(output) };
}

function perToken(perMillion: bigint): bigint {
  const million = BigInt(MILLION);
  if (perMillion % million !== 0n) throw new Error("a rate is no whole number of nano-dollars");
  return perMillion / million;
}
