import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printedParts, wholeParts } from "./cents.ts";

const amount = fc.bigInt({ min: -1_000_000_000_000_000n, max: 1_000_000_000_000_000n });

function cents(text: string): bigint {
  return BigInt(text.replace(/[$+,.]/g, ""));
}

describe("a decomposition as it is printed", () => {
  it("adds up to the cent, whatever was rounded", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1_000_000_000n, max: 1_000_000_000_000_000n }),
        fc.array(amount, { minLength: 1, maxLength: 12 }),
        (before, parts) => {
          const after = before + parts.reduce((sum, part) => sum + part, 0n);
          const printed = printedParts(before, after, parts);
          const sum = printed.parts.reduce((total, part) => total + cents(part), 0n);
          expect(cents(printed.before) + sum).toBe(cents(printed.after));
        },
      ),
    );
  });

  it("leaves a part of nothing at nothing", () => {
    expect(wholeParts([0n, 5n, 0n, 5n], 10n, 1n)).toEqual([0n, 1n, 0n, 0n]);
  });

  it("prints below a dollar every digit", () => {
    expect(printedParts(0n, 337_000n, [337_000n])).toEqual({
      before: "$0",
      after: "$0.000337",
      change: "+$0.000337",
      parts: ["+$0.000337"],
    });
  });
});
