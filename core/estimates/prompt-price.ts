import { type NanoUsd, nanoUsd } from "#core/money.ts";
import { priceUsage } from "#core/pricing/cost.ts";
import { deltaOf } from "./call-price.ts";
import { modelNamed } from "./detection/rate-change.ts";
import type { Pricing } from "./effects.ts";
import type { Delta } from "./report-schema.ts";
import type { PromptTokens } from "./schema.ts";

/** What a prompt's own tokens cost a call at the input price: the least that can be said of it. */
export function promptDelta({ book, at }: Pricing, model: string, tokens: PromptTokens): Delta {
  const cost = (input: number): NanoUsd | string => {
    const priced = priceUsage(book, {
      provider: "",
      model: modelNamed(book, model),
      at,
      serviceTier: "standard",
      tokens: { input, output: 0 },
      requestCount: 1,
    });
    return priced.state === "priced" ? nanoUsd(priced.classes.input) : priced.reason;
  };
  const before = cost(tokens.from ?? 0);
  const after = cost(tokens.to ?? 0);
  if (typeof before === "string") return { state: "unpriced", reason: before };
  if (typeof after === "string") return { state: "unpriced", reason: after };
  const difference = nanoUsd(after - before);
  return deltaOf({ state: "priced", before, after, difference, classes: [] });
}
