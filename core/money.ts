import { AispendError } from "./errors.ts";

/** An amount in billionths of a US dollar: $1 = 1_000_000_000n. */
export type NanoUsd = bigint & { readonly unit: "NanoUsd" };

export const NANO_PER_USD = 1_000_000_000n;

export function nanoUsd(value: bigint): NanoUsd {
  return value as NanoUsd;
}

/** An exact decimal: `digits` x 10^-`scale`, scale >= 0. */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;
const MAX_SCALE = 60;
/** Made once: a power is asked for with every amount that is read. */
const POWERS = Array.from({ length: MAX_SCALE + 10 }, (_, exponent) => 10n ** BigInt(exponent));

function tenTo(exponent: number): bigint {
  return POWERS[exponent] ?? 10n ** BigInt(exponent);
}

/**
 * Parses "1.5", "-0.0375", "6.5e-05". Undefined when the text is not a decimal of at most 60
 * places.
 */
export function parseDecimal(text: string): Decimal | undefined {
  return plainDecimal(text) ?? signedDecimal(text);
}

const EXACT_DIGITS = 15;

/** Digits and at most one point, as nearly every amount is written: a bill has them by the million. */
function plainDecimal(text: string): Decimal | undefined {
  if (text.length > EXACT_DIGITS) return undefined;
  let digits = 0;
  let count = 0;
  let point = -1;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code <= 57) {
      digits = digits * 10 + (code - 48);
      count += 1;
    } else if (code === 46 && point < 0) point = count;
    else return undefined;
  }
  if (count === 0) return undefined;
  return { digits: BigInt(digits), scale: point < 0 ? 0 : count - point };
}

function signedDecimal(text: string): Decimal | undefined {
  const match = DECIMAL.exec(text.trim());
  if (match === null) return undefined;
  const whole = match[2] ?? "";
  const fraction = match[3] ?? "";
  if (whole === "" && fraction === "") return undefined;
  const scale = fraction.length - Number(match[4] ?? "0");
  if (Math.abs(scale) > MAX_SCALE || whole.length + fraction.length > MAX_SCALE) return undefined;
  const magnitude = BigInt(whole + fraction);
  const digits = match[1] === "-" ? -magnitude : magnitude;
  return scale >= 0 ? { digits, scale } : { digits: digits * tenTo(-scale), scale: 0 };
}

/** A JSON number by its shortest decimal, so that 0.1 is one tenth and not its binary neighbour. */
export function decimalOf(value: string | number): Decimal | undefined {
  if (typeof value === "number" && !Number.isFinite(value)) return undefined;
  return parseDecimal(String(value));
}

/** The amount without its sign. */
export function absolute(amount: bigint): bigint {
  return amount < 0n ? -amount : amount;
}

/** n / d rounded half to even. d > 0. */
export function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const remainder = numerator % denominator;
  if (remainder === 0n) return quotient;
  const sign = numerator < 0n ? -1n : 1n;
  const twice = absolute(remainder) * 2n;
  if (twice < denominator || (twice === denominator && quotient % 2n === 0n)) return quotient;
  return quotient + sign;
}

/** Dollars to nano-dollars, half even beyond nine places. */
export function nanoFromDecimal(value: Decimal): NanoUsd {
  const shift = 9 - value.scale;
  return nanoUsd(
    shift >= 0 ? value.digits * tenTo(shift) : divideHalfEven(value.digits, tenTo(-shift)),
  );
}

/** Dollars as text or JSON number to nano-dollars. Throws `amount_invalid`. */
export function parseUsd(value: string | number): NanoUsd {
  const decimal = decimalOf(value);
  if (decimal === undefined) {
    throw new AispendError("amount_invalid", `'${value}' is not an amount in dollars`, {
      help: "Write a decimal such as 12.50.",
    });
  }
  return nanoFromDecimal(decimal);
}

/** Exact decimal dollars without trailing zeros: "0.0337", "-12", "0". For exports and JSON. */
export function usdDecimal(amount: bigint): string {
  const negative = amount < 0n;
  const magnitude = negative ? -amount : amount;
  const fraction = (magnitude % NANO_PER_USD).toString().padStart(9, "0").replace(/0+$/, "");
  const text = `${magnitude / NANO_PER_USD}${fraction === "" ? "" : `.${fraction}`}`;
  return negative && magnitude !== 0n ? `-${text}` : text;
}

/** Dollars with a fixed number of places (0-9), half even, grouped: "$1,234.50", "-$0.07". */
export function formatUsd(amount: bigint, places = 2): string {
  const unit = 10n ** BigInt(9 - places);
  const rounded = divideHalfEven(amount, unit);
  const magnitude = absolute(rounded);
  const scale = 10n ** BigInt(places);
  const whole = (magnitude / scale).toString().replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  const fraction = places === 0 ? "" : `.${(magnitude % scale).toString().padStart(places, "0")}`;
  return `${rounded < 0n ? "-" : ""}$${whole}${fraction}`;
}

/**
 * Dollars as a person says them in a message: "$2,914", "$41.20", "$0.0337"; below a cent four
 * significant places, so that no positive amount reads as zero.
 */
export function saidUsd(amount: bigint): string {
  const magnitude = absolute(amount);
  if (magnitude >= 100n * NANO_PER_USD) return formatUsd(amount, 0);
  if (magnitude === 0n) return "$0";
  if (magnitude >= NANO_PER_USD) return formatUsd(amount, 2);
  if (magnitude >= 1_000_000n) return formatUsd(amount, 4);
  return `${amount < 0n ? "-" : ""}$${usdDecimal(magnitude)}`;
}

/** The same with its sign always shown: "+$402", "-$28". */
export function saidUsdChange(amount: bigint): string {
  return amount >= 0n ? `+${saidUsd(amount)}` : saidUsd(amount);
}

export function sumNano(amounts: Iterable<bigint>): NanoUsd {
  let total = 0n;
  for (const amount of amounts) total += amount;
  return nanoUsd(total);
}

/**
 * Splits `total` in proportion to `weights` (>= 0) so that the parts add up to it exactly: floors
 * first, then one unit each to the largest remainders, ties to the earlier index. All weights zero:
 * the whole goes to the first part.
 */
export function allocate(total: bigint, weights: readonly bigint[]): bigint[] {
  if (weights.length === 0) return [];
  const sum = weights.reduce((left, right) => left + right, 0n);
  if (sum === 0n) return weights.map((_, index) => (index === 0 ? total : 0n));
  const sign = total < 0n ? -1n : 1n;
  const magnitude = total * sign;
  const parts = weights.map((weight) => (magnitude * weight) / sum);
  let left = magnitude - parts.reduce((a, b) => a + b, 0n);
  const order = weights
    .map((weight, index) => ({ index, remainder: (magnitude * weight) % sum }))
    .sort((a, b) =>
      a.remainder === b.remainder ? a.index - b.index : a.remainder < b.remainder ? 1 : -1,
    );
  for (const { index } of order) {
    if (left === 0n) break;
    parts[index] = (parts[index] ?? 0n) + 1n;
    left -= 1n;
  }
  return parts.map((part) => part * sign);
}
