import { absolute, divideHalfEven, formatUsd, NANO_PER_USD, usdDecimal } from "#core/money.ts";

const NANO_PER_CENT = NANO_PER_USD / 100n;

/** A change and its parts in one unit, so that what is printed adds up as it is printed. */
export interface PrintedParts {
  readonly before: string;
  readonly after: string;
  readonly change: string;
  readonly parts: readonly string[];
}

/**
 * The parts in whole units that add up to `total`: cut towards zero, the rest by largest remainder.
 * A part of 0 stays 0. `parts` must add up to within one unit of `total`.
 */
export function wholeParts(parts: readonly bigint[], unit: bigint, total: bigint): bigint[] {
  const whole = parts.map((part) => part / unit);
  let rest = total - whole.reduce((sum, part) => sum + part, 0n);
  const sign = rest < 0n ? -1n : 1n;
  const order = parts
    .map((part, index) => ({ index, towards: (part % unit) * sign, size: absolute(part) }))
    .filter(({ size }) => size > 0n)
    .sort((a, b) => {
      const left = a.towards === b.towards ? a.size : a.towards;
      const right = a.towards === b.towards ? b.size : b.towards;
      return left === right ? a.index - b.index : left < right ? 1 : -1;
    });
  for (const { index } of order) {
    if (rest === 0n) break;
    whole[index] = (whole[index] ?? 0n) + sign;
    rest -= sign;
  }
  return whole;
}

function signed(text: string, value: bigint): string {
  return value > 0n ? `+${text}` : text;
}

/**
 * Amounts as they stand in a decomposition: to the cent, and below a dollar exactly. Before plus all
 * parts is after, digit for digit.
 */
export function printedParts(
  before: bigint,
  after: bigint,
  parts: readonly bigint[],
): PrintedParts {
  const exact = absolute(before) < NANO_PER_USD && absolute(after) < NANO_PER_USD;
  const unit = exact ? 1n : NANO_PER_CENT;
  const from = divideHalfEven(before, unit);
  const to = divideHalfEven(after, unit);
  const said = (units: bigint) =>
    exact
      ? `${units < 0n ? "-" : ""}$${usdDecimal(absolute(units))}`
      : formatUsd(units * NANO_PER_CENT, 2);
  return {
    before: said(from),
    after: said(to),
    change: signed(said(to - from), to - from),
    parts: wholeParts(parts, unit, to - from).map((part) => signed(said(part), part)),
  };
}
