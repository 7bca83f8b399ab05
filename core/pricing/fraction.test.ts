import fc from "fast-check";
import { expect, it } from "vitest";
import {
  add,
  compare,
  divide,
  fraction,
  fractionText,
  multiply,
  parseFraction,
} from "./fraction.ts";

const part = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n });
const nonZero = part.filter((value) => value !== 0n);
const any = fc.tuple(part, nonZero).map(([a, b]) => fraction(a, b));

it("is in lowest terms with a positive denominator", () => {
  expect(fraction(6n, -4n)).toEqual({ numerator: -3n, denominator: 2n });
  expect(fraction(0n, 7n)).toEqual({ numerator: 0n, denominator: 1n });
});

it("adds, multiplies and divides exactly", () => {
  fc.assert(
    fc.property(any, any, (a, b) => {
      expect(add(a, b)).toEqual(add(b, a));
      expect(multiply(a, b)).toEqual(multiply(b, a));
      if (b.numerator !== 0n) expect(multiply(divide(a, b), b)).toEqual(a);
      expect(Math.sign(compare(a, b))).toBe(-Math.sign(compare(b, a)) + 0);
    }),
  );
});

it("writes what it reads", () => {
  for (const text of ["0", "0.5", "2.125", "-0.0375", "1000000", "5/3", "0.000000000001"]) {
    const read = parseFraction(text);
    expect(read === undefined ? undefined : fractionText(read)).toBe(text);
  }
});

it("refuses what is no number", () => {
  for (const text of ["", "a", "1/0", "1/2/3", "1/-2", "/"]) {
    expect(parseFraction(text)).toBeUndefined();
  }
});
