import { findPrice } from "./find-price.ts";
import { type Fraction, fractionText, multiply, parseFraction } from "./fraction.ts";
import { LiteLlmPrices, ModelsDev } from "./other-lists-schema.ts";
import type { PriceBook } from "./price-book.ts";
import { disagree } from "./price-effect.ts";
import type { PriceDisagreement } from "./price-event.ts";
import type { PriceLine } from "./price-lines.ts";

/** A price of another published list, in exact dollars per million tokens. */
export interface ListedPrice {
  readonly provider: string;
  readonly model: string;
  readonly unit: PriceLine["unit"];
  readonly price: string;
}

const MILLION: Fraction = { numerator: 1_000_000n, denominator: 1n };

const LITELLM_UNITS = [
  ["input_cost_per_token", "input"],
  ["output_cost_per_token", "output"],
  ["cache_read_input_token_cost", "cacheRead"],
  ["cache_creation_input_token_cost", "cacheWrite5m"],
] as const;

const MODELS_DEV_UNITS = [
  ["input", "input"],
  ["output", "output"],
  ["cache_read", "cacheRead"],
  ["cache_write", "cacheWrite5m"],
] as const;

/** LiteLLM's model_prices_and_context_window.json: dollars per token. Throws where it is another file. */
export function readLiteLlmPrices(json: unknown): ListedPrice[] {
  return Object.entries(LiteLlmPrices.parse(json)).flatMap(([name, entry]) => {
    const provider = entry.litellm_provider;
    if (provider === undefined) return [];
    const model = name.startsWith(`${provider}/`) ? name.slice(provider.length + 1) : name;
    return LITELLM_UNITS.flatMap(([field, unit]) => {
      const value = entry[field];
      const price = value === undefined ? undefined : parseFraction(String(value));
      if (price === undefined) return [];
      return [{ provider, model, unit, price: fractionText(multiply(price, MILLION)) }];
    });
  });
}

/** models.dev's api.json: dollars per million tokens. Throws where it is another file. */
export function readModelsDev(json: unknown): ListedPrice[] {
  return Object.entries(ModelsDev.parse(json)).flatMap(([provider, { models }]) =>
    Object.entries(models).flatMap(([model, { cost }]) =>
      MODELS_DEV_UNITS.flatMap(([field, unit]) => {
        const value = cost?.[field];
        const price = value === undefined ? undefined : parseFraction(String(value));
        return price === undefined ? [] : [{ provider, model, unit, price: fractionText(price) }];
      }),
    ),
  );
}

/** What a comparison of lists came to. */
export interface ListCheck {
  /** Figures that both lists have. */
  readonly compared: number;
  /** Those that differ by more than 1%: flagged, and never taken for ours. */
  readonly found: readonly PriceDisagreement[];
}

/**
 * Compares another list with our list prices of a day. A price is believed where two sources agree
 * within 1%. A model that we do not know, and a class that one of the two has no line for, is not
 * compared.
 */
export function compareList(
  book: PriceBook,
  list: string,
  listed: readonly ListedPrice[],
  at: Date,
): ListCheck {
  let compared = 0;
  const found: PriceDisagreement[] = [];
  for (const { provider, model, unit, price } of listed) {
    const card = findPrice(book, provider, model, at);
    if (card.state !== "found" || card.provider !== provider) continue;
    const line = card.listLines.find(
      (one) => one.unit === unit && one.above === undefined && one.hours === undefined,
    );
    if (line === undefined) continue;
    compared += 1;
    if (!disagree(line.price, price)) continue;
    found.push({ provider, model, unit, list, ours: line.price, theirs: price });
  }
  return { compared, found };
}
