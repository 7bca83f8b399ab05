import type { Tokens } from "#core/ledger/schema.ts";
import type { Seen } from "./usage.ts";

/** What is known of a request whose end was not seen. */
export interface Unfinished {
  readonly seen: Seen;
  readonly inputBound: number;
  readonly outputBound: number;
  /** Bytes of generated text that came. */
  readonly textBytes: number;
  /** Since the provider took the request. */
  readonly elapsedMs: number;
  /** No model behind this provider generates faster: what it thinks in silence is bounded by time. */
  readonly tokensPerSecond: number;
}

/**
 * Tokens of a request that was cut off, never fewer than were charged: the exact counts where they
 * were seen; else the bound of the input, and of the output the larger of the text that came and of
 * what could be generated in the time, at most the limit.
 */
export function estimateTokens(unfinished: Unfinished): Tokens {
  const { seen, inputBound, outputBound, textBytes, elapsedMs, tokensPerSecond } = unfinished;
  const inTime = Math.ceil((Math.max(elapsedMs, 1) * tokensPerSecond) / 1_000);
  const generated = Math.min(outputBound, Math.max(textBytes, inTime));
  const { reasoning: _reasoning, ...counted } = seen.tokens;
  return {
    ...counted,
    input: seen.tokens.input ?? inputBound,
    output: Math.max(seen.tokens.output ?? 0, generated),
  };
}
