import type { Measures } from "#core/ledger/measures.ts";
import type { Driver } from "#core/ledger/why.ts";
import { absolute } from "#core/money.ts";
import { growthPercent } from "../said/said-change.ts";
import { saidShare } from "../said/said-share.ts";

/** A driver's name in the table of a decomposition. */
export const DRIVER_LABELS: Readonly<Record<Driver, string>> = {
  requests: "Number of calls",
  model_mix: "Mix of models",
  input_per_request: "Input per call (cache included)",
  cache_share: "Share of input read from cache",
  cache_write: "Share of input written to cache",
  output_per_request: "Output per call",
  price_input: "Price of input",
  price_cache_read: "Price of cache reads",
  price_cache_write: "Price of cache writes",
  price_output: "Price of output",
  price_other: "Other charges per call",
  charges_without_calls: "Charges without calls",
};

export interface Sides {
  readonly before: Measures | undefined;
  readonly after: Measures | undefined;
}

type Part = (measures: Measures) => { n: bigint; d: bigint };

/** What a driver is measured by, where it is one ratio. */
const RATIOS: Partial<Readonly<Record<Driver, Part>>> = {
  requests: (measures) => ({ n: measures.requests, d: 1n }),
  input_per_request: (measures) => ({ n: measures.inputTokens, d: measures.requests }),
  output_per_request: (measures) => ({ n: measures.outputTokens, d: measures.requests }),
};

/** The words for more and for less of a driver. */
const WORDS: Readonly<Record<Driver, readonly [more: string, less: string]>> = {
  requests: ["more calls", "fewer calls"],
  model_mix: ["dearer mix of models", "cheaper mix of models"],
  input_per_request: ["input longer", "input shorter"],
  cache_share: ["less read from cache", "caching"],
  cache_write: ["more written to cache", "less written to cache"],
  output_per_request: ["output longer", "output shorter"],
  price_input: ["dearer input", "cheaper input"],
  price_cache_read: ["dearer cache reads", "cheaper cache reads"],
  price_cache_write: ["dearer cache writes", "cheaper cache writes"],
  price_output: ["dearer output", "cheaper output"],
  price_other: ["higher charges per call", "lower charges per call"],
  charges_without_calls: ["charges without calls", "fewer charges without calls"],
};

/** "38%" into "input 38% longer", where the ratio went the way the money did. */
function withPercent(words: string, percent: bigint | undefined, isMore: boolean): string {
  if (percent === undefined || percent === 0n || percent > 0n !== isMore) return words;
  const said = `${absolute(percent)}%`;
  const space = words.lastIndexOf(" ");
  return words.endsWith("calls")
    ? `${said} ${words}`
    : `${words.slice(0, space)} ${said}${words.slice(space)}`;
}

/** "input 38% longer", "fewer calls", "caching (34% to 41% of input)"; without sides the words alone. */
export function saidDriver(driver: Driver, isMore: boolean, sides?: Sides): string {
  const words = WORDS[driver][isMore ? 0 : 1];
  const { before, after } = sides ?? {};
  if (before === undefined || after === undefined) return words;
  if (driver === "cache_share") {
    const share = (side: Measures) => saidShare(side.cacheReadTokens, side.inputTokens);
    if (before.inputTokens === 0n || after.inputTokens === 0n) return words;
    return `${words} (${share(before)} to ${share(after)} of input)`;
  }
  const ratio = RATIOS[driver];
  if (ratio === undefined) return words;
  return withPercent(words, growthPercent(ratio(before), ratio(after)), isMore);
}
