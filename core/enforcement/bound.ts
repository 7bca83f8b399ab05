import { type NanoUsd, nanoUsd } from "#core/money.ts";
import type { PriceBook } from "#core/pricing/price-book.ts";
import { ceilingCost } from "#core/pricing/price-ceiling.ts";
import type { RequestFacts } from "./request.ts";

/** What a request is bounded with beside its own facts. */
export interface BoundSubject {
  readonly facts: RequestFacts;
  /** UTF-8 bytes of the body: no tokenizer makes more tokens of a text than it has bytes. */
  readonly bodyBytes: number;
  readonly provider: string;
  readonly at: Date;
}

/** Most input tokens that the request can have. */
export function inputBound({
  facts,
  bodyBytes,
}: Pick<BoundSubject, "facts" | "bodyBytes">): number {
  return bodyBytes + facts.extraInputTokens;
}

/** Most output tokens that it can be charged for with this limit on each choice. */
export function outputBound(facts: RequestFacts, limit: number): number {
  return limit * facts.choices + facts.extraOutputTokens;
}

/**
 * The most that the request can cost with this limit on its output, rounded up; undefined when its
 * model, tier or region has no price, which then bounds nothing.
 */
export function holdOf(book: PriceBook, subject: BoundSubject, limit: number): NanoUsd | undefined {
  const { facts, provider, at } = subject;
  const { model, region } = facts;
  const inputTokens = inputBound(subject);
  const outputTokens = outputBound(facts, limit);
  let most: NanoUsd | undefined;
  for (const [index, tier] of facts.tiers.entries()) {
    const tiers = [tier];
    const cost = ceilingCost(book, {
      provider,
      model,
      at,
      region,
      tiers,
      inputTokens,
      outputTokens,
    });
    // The others are tiers that it may be moved up to, where the provider sells them at all.
    if (index === 0 && cost === undefined) return undefined;
    if (cost !== undefined && (most === undefined || cost > most)) most = cost;
  }
  return most;
}

/** An answer shorter than this is of little use: rather refuse than cut so far. */
export const LEAST_CLAMPED_TOKENS = 1_024;

export interface Clamped {
  readonly limit: number;
  readonly hold: NanoUsd;
}

/**
 * The largest output limit, at most the one asked for, with which the request fits into `room`;
 * undefined when that would be below 1,024 tokens (or below what was asked for, where that is less).
 * The limit is lowered and the hold follows: a hold is never made smaller than what it stands for.
 */
export function clampToRoom(
  book: PriceBook,
  subject: BoundSubject,
  asked: number,
  room: bigint,
): Clamped | undefined {
  const least = Math.max(Math.min(asked, LEAST_CLAMPED_TOKENS), subject.facts.leastOutput);
  let low = least;
  let high = asked;
  let found: Clamped | undefined;
  while (low <= high) {
    const limit = Math.floor((low + high) / 2);
    const hold = holdOf(book, subject, limit);
    if (hold === undefined) return undefined;
    if (hold <= room) {
      found = { limit, hold: nanoUsd(hold) };
      low = limit + 1;
    } else high = limit - 1;
  }
  return found;
}
