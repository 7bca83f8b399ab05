import fc from "fast-check";
import { expect, it } from "vitest";
import { parseUsd } from "#core/money.ts";
import {
  besideText,
  calibrationOf,
  comparisonText,
  isOffByTwo,
  publicComparisonText,
  rightPercent,
} from "./accuracy.ts";

const of = (predicted: number, measured: number) => ({
  predicted: parseUsd(predicted),
  measured: parseUsd(measured),
});

it("says how right a prediction was, as the owner's digest has it", () => {
  expect(comparisonText(of(1_240, 1_310))).toBe(
    "predicted +$1,240 a month; at measured volume +$1,310, 95% right",
  );
  expect(comparisonText(of(-500, -250))).toMatch(/-\$500 a month; .* -\$250, 50% right$/);
  expect(publicComparisonText(of(1_240, 1_310), 30)).toBe(
    "measured after 30 days: the estimate was 95% right",
  );
});

it("is 0 where the direction was wrong, and 100 for the very amount", () => {
  expect([of(100, -100), of(0, 50), of(50, 0)].map(rightPercent)).toEqual([0, 0, 0]);
  expect([of(0, 0), of(7, 7)].map(rightPercent)).toEqual([100, 100]);
});

it("is off by two only by more than $20 a month", () => {
  expect(isOffByTwo(of(100, 200))).toBe(true);
  expect(isOffByTwo(of(100, 199))).toBe(false);
  expect(isOffByTwo(of(5, 15))).toBe(false);
  expect(isOffByTwo(of(15, -15))).toBe(true);
});

it("counts what is within 15%, and nothing that is too small to tell", () => {
  const nine = Array.from({ length: 9 }, () => of(100, 110));
  expect(calibrationOf([...nine, of(100, 300), of(100, 50), of(1, 5)])).toEqual({
    within: 9,
    of: 11,
    percent: 15,
  });
  expect(calibrationOf([of(1, 2)])).toBeNull();
});

it("says what else happened in the time", () => {
  const row = {
    volumeChange: parseUsd(380),
    otherChange: parseUsd("-40"),
    callsBefore: 1_000n,
    callsAfter: 1_120n,
    days: 30,
    overlaps: 1,
  };
  expect(besideText(row)).toBe(
    "+12% calls: +$380 in 30 days; prices and other changes: -$40.00; " +
      "1 other change there in that time",
  );
  // Rounded, up and down alike.
  expect(besideText({ ...row, callsAfter: 1_128n })).toMatch(/^\+13% calls/);
  expect(besideText({ ...row, callsAfter: 872n })).toMatch(/^-13% calls/);
  expect(besideText({ ...row, volumeChange: 0n, otherChange: null, overlaps: 0 })).toBe("");
});

it("is between 0 and 100 and the same both ways", () => {
  const amount = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n });
  fc.assert(
    fc.property(amount, amount, (predicted, measured) => {
      const right = rightPercent({ predicted, measured });
      expect(right).toBeGreaterThanOrEqual(0);
      expect(right).toBeLessThanOrEqual(100);
      expect(rightPercent({ predicted: measured, measured: predicted })).toBe(right);
    }),
  );
});
