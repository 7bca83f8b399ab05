import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  allocate,
  divideHalfEven,
  formatUsd,
  nanoFromDecimal,
  parseDecimal,
  parseUsd,
  saidUsd,
  usdDecimal,
} from "./money.ts";

describe("money", () => {
  it("parses decimals with exponents exactly", () => {
    expect(parseUsd("6.5e-05")).toBe(65_000n);
    expect(parseUsd(0.1)).toBe(100_000_000n);
    expect(parseUsd("-12.000000001")).toBe(-12_000_000_001n);
    expect(parseUsd("1e3")).toBe(1_000_000_000_000n);
  });

  it("refuses what is not a decimal, naming it", () => {
    for (const text of ["", "abc", "1,000", "0x10", "NaN", "1e99999", "."]) {
      expect(() => parseUsd(text)).toThrow(/is not an amount/);
    }
  });

  it("rounds half to even, for both signs", () => {
    expect([5n, 15n, 25n, -5n, -15n, 26n].map((n) => divideHalfEven(n, 10n))).toEqual([
      0n,
      2n,
      2n,
      0n,
      -2n,
      3n,
    ]);
  });

  it("writes and reads the same amount", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), (amount) => {
        const decimal = parseDecimal(usdDecimal(amount));
        expect(decimal && nanoFromDecimal(decimal)).toBe(amount);
      }),
    );
  });

  it("reads the same with a sign, which is read another way, and without", () => {
    const digits = fc.stringMatching(/^\d{0,10}$/);
    fc.assert(
      fc.property(digits, digits, fc.constantFrom("", "."), (whole, fraction, point) => {
        const text = `${whole}${point}${fraction}`;
        expect(parseDecimal(text)).toEqual(parseDecimal(`+${text}`));
      }),
    );
  });

  it("allocates the whole, each part within one unit of its share", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
        fc.array(fc.bigInt({ min: 0n, max: 10n ** 9n }), { minLength: 1, maxLength: 12 }),
        (total, weights) => {
          const parts = allocate(total, weights);
          expect(parts.reduce((a, b) => a + b, 0n)).toBe(total);
          const sum = weights.reduce((a, b) => a + b, 0n);
          if (sum === 0n) return;
          for (const [index, part] of parts.entries()) {
            const error = part * sum - total * (weights[index] ?? 0n);
            expect(error <= sum && error >= -sum).toBe(true);
          }
        },
      ),
    );
  });

  it("says amounts so that none positive reads as zero", () => {
    expect(saidUsd(2_914_000_000_000n)).toBe("$2,914");
    expect(saidUsd(41_200_000_000n)).toBe("$41.20");
    expect(saidUsd(33_700_000n)).toBe("$0.0337");
    expect(saidUsd(375n)).toBe("$0.000000375");
    expect(saidUsd(0n)).toBe("$0");
    expect(formatUsd(-75_000_000n)).toBe("-$0.08");
  });
});
