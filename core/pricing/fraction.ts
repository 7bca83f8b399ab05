import { type Decimal, decimalOf } from "#core/money.ts";

/** An exact ratio, in lowest terms, denominator > 0. Prices are multiplied as fractions and never rounded. */
export interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

export const ONE: Fraction = { numerator: 1n, denominator: 1n };

export function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [left, right] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (right !== 0n) [left, right] = [right, left % right];
  return left;
}

export function fraction(numerator: bigint, denominator: bigint): Fraction {
  const sign = denominator < 0n ? -1n : 1n;
  const divisor = greatestCommonDivisor(numerator, denominator) * sign;
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

export function fromDecimal(value: Decimal): Fraction {
  return fraction(value.digits, 10n ** BigInt(value.scale));
}

/** "0.5", "1.8" or a ratio such as "5/3". Undefined when it is neither. */
export function parseFraction(text: string): Fraction | undefined {
  const [over, under, ...rest] = text.split("/");
  const numerator = decimalOf(over ?? "");
  if (numerator === undefined || rest.length > 0) return undefined;
  if (under === undefined) return fromDecimal(numerator);
  const denominator = decimalOf(under);
  if (denominator === undefined || denominator.digits <= 0n) return undefined;
  return divide(fromDecimal(numerator), fromDecimal(denominator));
}

export function multiply(left: Fraction, right: Fraction): Fraction {
  if (right === ONE) return left;
  return fraction(left.numerator * right.numerator, left.denominator * right.denominator);
}

/** right must not be zero. */
export function divide(left: Fraction, right: Fraction): Fraction {
  return fraction(left.numerator * right.denominator, left.denominator * right.numerator);
}

export function add(left: Fraction, right: Fraction): Fraction {
  return fraction(
    left.numerator * right.denominator + right.numerator * left.denominator,
    left.denominator * right.denominator,
  );
}

export function compare(left: Fraction, right: Fraction): number {
  const difference = left.numerator * right.denominator - right.numerator * left.denominator;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

const LONGEST_DECIMAL = 40;

/** The exact decimal without trailing zeros, or "5/3" where no decimal of 40 places is exact. */
export function fractionText(value: Fraction): string {
  for (let places = 0; places <= LONGEST_DECIMAL; places += 1) {
    const scaled = value.numerator * 10n ** BigInt(places);
    if (scaled % value.denominator === 0n) return placed(scaled / value.denominator, places);
  }
  return `${value.numerator}/${value.denominator}`;
}

function placed(digits: bigint, places: number): string {
  const magnitude = (digits < 0n ? -digits : digits).toString().padStart(places + 1, "0");
  const whole = magnitude.slice(0, magnitude.length - places);
  const rest = places === 0 ? "" : `.${magnitude.slice(-places)}`;
  return `${digits < 0n ? "-" : ""}${whole}${rest}`;
}
