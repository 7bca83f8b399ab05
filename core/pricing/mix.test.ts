import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { add, fraction, fractionText } from "./fraction.ts";
import { blend, blendTwoTiers, percentText } from "./mix.ts";

describe("a model mix", () => {
  it("with a tier 10x cheaper costs 46.0% at 40% frontier and 23.5% at 15%", () => {
    expect(percentText(blendTwoTiers("40", "10").costShare)).toBe("46.0%");
    expect(percentText(blendTwoTiers("15", "10").costShare)).toBe("23.5%");
    expect(percentText(blendTwoTiers("100", "10").costShare)).toBe("100.0%");
    expect(percentText(blendTwoTiers("0", "10").costShare)).toBe("10.0%");
  });

  it("never costs less than its frontier share, at whatever ratio", () => {
    expect(percentText(blendTwoTiers("15", "1000000").costShare)).toBe("15.0%");
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 1, max: 1000 }),
        (share, ratio) => {
          const { costShare } = blendTwoTiers(String(share), String(ratio));
          expect(costShare.numerator * 100n >= BigInt(share) * costShare.denominator).toBe(true);
          expect(costShare.numerator <= costShare.denominator).toBe(true);
        },
      ),
    );
  });

  it("weighs routes by their tokens, and says token and cost shares that add up", () => {
    const mix = blend([
      { name: "frontier", share: "20", price: "15", tokensPerQuery: "3" },
      { name: "middle", share: "30", price: "3" },
      { name: "small", share: "50", price: "0.6" },
    ]);
    expect(mix.parts.map(({ tokenShare }) => fractionText(tokenShare))).toEqual([
      "3/7",
      "3/14",
      "5/14",
    ]);
    const sum = mix.parts.reduce((total, { costShare }) => add(total, costShare), fraction(0n, 1n));
    expect(sum).toEqual(fraction(1n, 1n));
    expect(percentText(mix.costShare)).toBe("48.6%");
  });

  it.each([
    [[{ name: "a", share: "90", price: "1" }], /add up to 100/],
    [[{ name: "a", share: "100", price: "0" }], /price above 0/],
    [[{ name: "a", share: "x", price: "1" }], /share of a 'x' is not a number/],
    [[{ name: "a", share: "100", price: "-1" }], /price of a '-1'/],
    [[], /add up to 100/],
  ])("refuses %j", (parts, message) => {
    expect(() => blend(parts)).toThrow(message);
  });

  it("refuses a share above 100 and a ratio of 0", () => {
    expect(() => blendTwoTiers("101", "10")).toThrow(/is no mix/);
    expect(() => blendTwoTiers("40", "0")).toThrow(/is no mix/);
  });
});
