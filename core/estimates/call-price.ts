import type { ServiceTier, Tokens } from "#core/ledger/schema.ts";
import { absolute, divideHalfEven, type NanoUsd, nanoUsd, usdDecimal } from "#core/money.ts";
import { type Priced, priceUsage } from "#core/pricing/cost.ts";
import type { PriceBook } from "#core/pricing/price-book.ts";
import type { CallEffect } from "./call-effect.ts";
import { modelNamed } from "./detection/rate-change.ts";
import type { ClassDelta, Delta } from "./report-schema.ts";
import type { TrafficProfile } from "./schema.ts";

/** A price before and after at the same date and traffic, or why it is not known. */
export type PricePair =
  | {
      readonly state: "priced";
      readonly before: NanoUsd;
      readonly after: NanoUsd;
      readonly difference: NanoUsd;
      readonly classes: readonly ClassDelta[];
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

/**
 * Tokens of `calls` calls after the change. A prompt never shrinks below nothing. Text that is added
 * or taken is cached in the share in which the input is.
 */
export function tokensAfter(tokens: Tokens, calls: number, effect: CallEffect): Tokens {
  const { promptTokens, cached = false, cacheOff = false } = effect;
  const after: Tokens = { ...tokens };
  if (tokens.input !== undefined) {
    const added = Math.round(promptTokens) * calls;
    const fixed = (tokens.cacheWrite5m ?? 0) + (tokens.cacheWrite1h ?? 0);
    const read = tokens.cacheRead ?? 0;
    after.input = Math.max(fixed, tokens.input + added);
    const share = cached ? 1 : tokens.input === 0 ? 0 : read / tokens.input;
    // What is no longer sent cannot have been cached.
    const kept = Math.max(0, read + Math.round(added * share));
    after.cacheRead = Math.min(kept, after.input - fixed);
    if (cacheOff) Object.assign(after, { cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 });
  }
  if (tokens.output !== undefined) limitOutput(after, tokens.output, calls, effect);
  return after;
}

function limitOutput(after: Tokens, measured: number, calls: number, effect: CallEffect): void {
  const { outputLimit, reasoningLimit, completions } = effect;
  let output = measured;
  let reasoning = after.reasoning;
  if (reasoning !== undefined && reasoningLimit !== undefined) {
    const cut = Math.max(0, reasoning - reasoningLimit * calls);
    reasoning -= cut;
    output -= cut;
  }
  if (outputLimit !== undefined) output = Math.min(output, outputLimit * calls);
  if (completions !== undefined) {
    output = Math.round((output * completions.to) / completions.from);
    if (reasoning !== undefined) {
      reasoning = Math.round((reasoning * completions.to) / completions.from);
    }
  }
  after.output = output;
  if (reasoning !== undefined) after.reasoning = Math.min(reasoning, output);
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
  // The context tier of a single call is its own; of many, that of the median.
  const price = (
    model: string,
    provider: string | undefined,
    counted: Tokens,
    serviceTier: ServiceTier,
    median: Tokens,
  ): Priced =>
    priceUsage(book, {
      provider: provider ?? "",
      model,
      at,
      serviceTier,
      tokens: counted,
      requestCount: calls,
      contextTokens: calls === 1 ? counted.input : median.input,
    });
  const { serviceTier } = effect;
  const { median } = profile;
  const oldTier = serviceTier?.from ?? "standard";
  const before = price(profile.model, profile.provider, tokens, oldTier, median);
  const next = effect.model === undefined ? profile.model : modelNamed(book, effect.model);
  // Who serves a new model is said by its own name.
  const provider = effect.model === undefined ? profile.provider : undefined;
  const sent = tokensAfter(tokens, calls, effect);
  const newTier = serviceTier?.to ?? "standard";
  const after = price(next, provider, sent, newTier, tokensAfter(median, 1, effect));
  if (before.state === "unpriced") return before;
  if (after.state === "unpriced") return after;
  const difference = nanoUsd(after.cost - before.cost);
  const classes = classesOf({ tokens, price: before }, { tokens: sent, price: after });
  return { state: "priced", before: before.cost, after: after.cost, difference, classes };
}

interface Side {
  readonly tokens: Tokens;
  readonly price: Extract<Priced, { state: "priced" }>;
}

const CLASSES = [
  ["input", "input"],
  ["cache read", "cacheRead"],
  ["cache write", "cacheWrite"],
  ["output", "output"],
  ["reasoning", "reasoning"],
  ["other", "other"],
] as const;

function countsOf(tokens: Tokens): Record<(typeof CLASSES)[number][1], number> {
  const cacheRead = tokens.cacheRead ?? 0;
  const cacheWrite = (tokens.cacheWrite5m ?? 0) + (tokens.cacheWrite1h ?? 0);
  const reasoning = tokens.reasoning ?? 0;
  return {
    input: (tokens.input ?? 0) - cacheRead - cacheWrite,
    cacheRead,
    cacheWrite,
    output: (tokens.output ?? 0) - reasoning,
    reasoning,
    other: 0,
  };
}

/** Classes that stand on either side; their costs add up to the whole. */
function classesOf(before: Side, after: Side): ClassDelta[] {
  const old = countsOf(before.tokens);
  const next = countsOf(after.tokens);
  return CLASSES.flatMap(([tokenClass, name]): ClassDelta[] => {
    const from = before.price.classes[name];
    const to = after.price.classes[name];
    if (old[name] === 0 && next[name] === 0 && from === 0n && to === 0n) return [];
    return [
      {
        tokenClass,
        before: { tokens: old[name], cost: usdDecimal(from) },
        after: { tokens: next[name], cost: usdDecimal(to) },
      },
    ];
  });
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

/** Share of change in percent, one digit behind the point; null of nothing. */
export function percentOf(before: bigint, after: bigint): number | null {
  if (before === 0n) return null;
  return Number(divideHalfEven((after - before) * 1000n, absolute(before))) / 10;
}

export function deltaOf(pair: PricePair): Delta {
  if (pair.state === "unpriced") return pair;
  const { before, after, difference, classes } = pair;
  return {
    state: "priced",
    before: usdDecimal(before),
    after: usdDecimal(after),
    difference: usdDecimal(difference),
    percent: percentOf(before, after),
    classes: [...classes],
  };
}
