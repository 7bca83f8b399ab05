import type { Tokens } from "#core/ledger/schema.ts";
import { type NanoUsd, nanoUsd } from "#core/money.ts";
import { type Priced, priceUsage } from "#core/pricing/cost.ts";
import type { PriceBook } from "#core/pricing/price-book.ts";
import type { TrafficProfile } from "./schema.ts";

/** What a pull request does to each call of one call site. */
export interface CallEffect {
  /** The model after the change; absent if it stays. */
  readonly model?: string | undefined;
  /** Tokens that the prompts grow or shrink by. */
  readonly promptTokens: number;
  /** A new limit, which can only cut what is measured: how much a higher one adds is unknown. */
  readonly outputLimit?: number | undefined;
  /** The added text stands behind a cache marker and is read from the cache. */
  readonly cached?: boolean | undefined;
}

/** A price before and after at the same date and traffic, or why it is not known. */
export type PricePair =
  | {
      readonly state: "priced";
      readonly before: NanoUsd;
      readonly after: NanoUsd;
      readonly difference: NanoUsd;
    }
  | { readonly state: "unpriced"; readonly reason: string };

export interface CallPrice {
  readonly median: PricePair;
  readonly p90: PricePair;
  /** The period's calls as they were, at today's prices. No other month is made up. */
  readonly period: PricePair;
  readonly calls: number;
  readonly source: TrafficProfile["source"];
}

/** Tokens of `calls` calls after the change. A prompt never shrinks below nothing. */
function tokensAfter(tokens: Tokens, calls: number, effect: CallEffect): Tokens {
  const { promptTokens, outputLimit, cached = false } = effect;
  const added = Math.round(promptTokens) * calls;
  const after: Tokens = { ...tokens };
  if (tokens.input !== undefined) {
    const fixed = (tokens.cacheWrite5m ?? 0) + (tokens.cacheWrite1h ?? 0);
    after.input = Math.max(fixed, tokens.input + added);
    const read = (tokens.cacheRead ?? 0) + (cached && added > 0 ? added : 0);
    // What is no longer sent cannot have been cached.
    after.cacheRead = Math.min(read, after.input - fixed);
  }
  if (outputLimit !== undefined && tokens.output !== undefined) {
    after.output = Math.min(tokens.output, outputLimit * calls);
    if (tokens.reasoning !== undefined) after.reasoning = Math.min(tokens.reasoning, after.output);
  }
  return after;
}

interface Sent {
  readonly tokens: Tokens;
  readonly calls: number;
}

function pricePair(
  book: PriceBook,
  profile: TrafficProfile,
  { tokens, calls }: Sent,
  effect: CallEffect,
  at: Date,
): PricePair {
  const price = (model: string, provider: string | undefined, counted: Tokens): Priced =>
    priceUsage(book, {
      provider: provider ?? "",
      model,
      at,
      serviceTier: "standard",
      tokens: counted,
      requestCount: calls,
      contextTokens: profile.median.input,
    });
  const before = price(profile.model, profile.provider, tokens);
  const next = effect.model ?? profile.model;
  // Who serves a new model is said by its own name.
  const provider = effect.model === undefined ? profile.provider : undefined;
  const after = price(next, provider, tokensAfter(tokens, calls, effect));
  if (before.state === "unpriced") return before;
  if (after.state === "unpriced") return after;
  const difference = nanoUsd(after.cost - before.cost);
  return { state: "priced", before: before.cost, after: after.cost, difference };
}

/**
 * What a change does to the price of a call, on the traffic that its call site has. Median and P90,
 * since token use is heavy-tailed; the period is priced from its totals, never as median times calls.
 */
export function priceCalls(
  book: PriceBook,
  profile: TrafficProfile,
  effect: CallEffect,
  at: Date,
): CallPrice {
  const { calls, median, p90, total, source } = profile;
  const pair = (sent: Sent): PricePair => pricePair(book, profile, sent, effect, at);
  return {
    median: pair({ tokens: median, calls: 1 }),
    p90: pair({ tokens: p90, calls: 1 }),
    period: pair({ tokens: total, calls }),
    calls,
    source,
  };
}
