import { describe, expect, it } from "vitest";
import { saidAsOf } from "./as-of.ts";
import { growthPercent, saidChange, saidDifference } from "./said-change.ts";
import { saidCount, saidCounted, saidRough } from "./said-count.ts";
import { percentOf, saidShare } from "./said-share.ts";

const USD = 1_000_000_000n;

describe("a change in words", () => {
  it.each([
    [7_908n * USD, 8_310n * USD, "up $402 (5%) on 1-22 Oct"],
    [8_310n * USD, 7_908n * USD, "down $402 (5%) on 1-22 Oct"],
    [100n * USD, 100n * USD, "unchanged from 1-22 Oct"],
    [0n, 5n * USD, "nothing in 1-22 Oct"],
    [0n, 0n, "as in 1-22 Oct"],
    [1_000n * USD, 1_001n * USD, "up $1.00 (under 1%) on 1-22 Oct"],
    [100n * USD, 450n * USD, "up $350 (4.5 times as much) on 1-22 Oct"],
    [1n * USD, 30n * USD, "up $29.00 (30 times as much) on 1-22 Oct"],
    [-5n * USD, 5n * USD, "up $10.00 on 1-22 Oct"],
    [5n * USD, 0n, "down $5.00 (100%) on 1-22 Oct"],
  ])("from %s to %s: %s", (before, after, words) => {
    expect(saidChange(before, after, "1-22 Oct")).toBe(words);
  });

  it("stands in a sentence", () => {
    expect(saidDifference(7_908n * USD, 8_310n * USD, "from 1 to 22 Oct")).toBe(
      "$402 (5%) more than from 1 to 22 Oct",
    );
    expect(saidDifference(100n * USD, 450n * USD, "in August")).toBe(
      "$350 more than in August, 4.5 times as much",
    );
    expect(saidDifference(0n, 5n, "in October")).toBe("against $0 in October");
  });

  it("has no growth without a base", () => {
    expect(growthPercent({ n: 0n, d: 1n }, { n: 5n, d: 1n })).toBeUndefined();
    expect(growthPercent({ n: 100n, d: 1n }, { n: 138n, d: 1n })).toBe(38n);
  });
});

describe("a share in words", () => {
  it.each([
    [1n, 3n, "33.3%"],
    [9_999_999n, 10_000_000n, "99.9%"],
    [1n, 10_000_000n, "under 0.1%"],
    [0n, 5n, "0%"],
    [5n, 5n, "100%"],
    [0n, 0n, "none"],
  ])("%s of %s is %s", (part, whole, words) => {
    expect(saidShare(part, whole)).toBe(words);
  });

  it("is unknown of nothing", () => {
    expect(percentOf(0n, 0n)).toBeUndefined();
  });
});

describe("a count in words", () => {
  it.each([
    [842n, "842", "842"],
    [1_204n, "1,204", "1.2K"],
    [31_500n, "31,500", "31.5K"],
    [999_499n, "999,499", "999K"],
    [999_999n, "999,999", "1M"],
    [1_200_000n, "1,200,000", "1.2M"],
    [2_886_000n, "2,886,000", "2.9M"],
    [123_456_789n, "123,456,789", "123M"],
  ])("%s in full and at a glance", (count, full, rough) => {
    expect([saidCount(count), saidRough(count)]).toEqual([full, rough]);
  });

  it("has one call and two calls", () => {
    expect(saidCounted(1n, "call")).toBe("1 call");
    expect(saidCounted(2n, "call")).toBe("2 calls");
  });
});

describe("as of", () => {
  const now = new Date("2026-11-22T12:00:00Z");
  it.each([
    ["2026-11-22T07:55:00Z", "Europe/Berlin", "Sun 08:55"],
    ["2026-11-16T23:30:00Z", "Asia/Kathmandu", "Tue 05:15"],
    ["2026-11-10T07:55:00Z", "UTC", "10 Nov 07:55"],
    ["2025-11-10T07:55:00Z", "UTC", "10 Nov 2025 07:55"],
  ])("%s in %s is %s", (instant, zone, words) => {
    expect(saidAsOf(new Date(instant), now, zone)).toBe(words);
  });
});
