import { divideHalfEven, type NanoUsd, nanoUsd } from "#core/money.ts";
import { type Fraction, parseFraction } from "./fraction.ts";
import type { PriceLine } from "./price-lines.ts";

/** Tokens by how they are charged; each counted once, output with reasoning. */
export interface Volume {
  readonly input: bigint;
  readonly cacheRead: bigint;
  readonly cacheWrite: bigint;
  readonly output: bigint;
}

type Line = Pick<PriceLine, "unit" | "price" | "above" | "hours">;

const UNIT_OF = {
  input: "input",
  cacheRead: "cacheRead",
  cacheWrite: "cacheWrite5m",
  output: "output",
} as const satisfies Record<keyof Volume, PriceLine["unit"]>;

const NANO_PER_MILLION = 1_000n;

/**
 * What the volume costs at these prices, in nano-USD, rounded once per class. Prices that hold above a
 * context size or in some hours are left out: which calls they concern is not in a sum of tokens.
 * Undefined where a class that was used has no price.
 */
export function costAt(lines: readonly Line[], volume: Volume): NanoUsd | undefined {
  let total = 0n;
  for (const [name, unit] of Object.entries(UNIT_OF) as [keyof Volume, PriceLine["unit"]][]) {
    if (volume[name] === 0n) continue;
    const price = priceOf(lines, unit);
    if (price === undefined) return undefined;
    // Dollars per million tokens: a thousand nano-dollars a token.
    const numerator = volume[name] * price.numerator * NANO_PER_MILLION;
    total += divideHalfEven(numerator, price.denominator);
  }
  return nanoUsd(total);
}

/** A class without a line of its own costs what fresh input does. */
function priceOf(lines: readonly Line[], unit: PriceLine["unit"]): Fraction | undefined {
  const plain = lines.filter(({ above, hours }) => above === undefined && hours === undefined);
  const own = plain.find((line) => line.unit === unit);
  const parent = unit === "output" ? undefined : plain.find((line) => line.unit === "input");
  const price = (own ?? parent)?.price;
  return price === undefined ? undefined : parseFraction(price);
}

/** What a change of price comes to for this volume; undefined where one of the two is not known. */
export function effectOf(
  before: readonly Line[],
  after: readonly Line[],
  volume: Volume,
): NanoUsd | undefined {
  const [old, fresh] = [costAt(before, volume), costAt(after, volume)];
  return old === undefined || fresh === undefined ? undefined : nanoUsd(fresh - old);
}

/** Whether two figures of one price differ by more than 1% of the smaller. */
export function disagree(ours: string, theirs: string): boolean {
  const [left, right] = [parseFraction(ours), parseFraction(theirs)];
  if (left === undefined || right === undefined) return ours !== theirs;
  const [a, b] = [left.numerator * right.denominator, right.numerator * left.denominator];
  const [low, high] = a < b ? [a, b] : [b, a];
  return (high - low) * 100n > low;
}
