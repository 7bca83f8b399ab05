import { expect, it } from "vitest";
import { marginPercent } from "./margin.ts";

it.each([
  [62_220n, 33_839n, "54.4"],
  [1_000n, -125n, "-12.5"],
  [3n, 2n, "66.7"],
  [0n, -5n, undefined],
])("of a revenue of %s, a margin of %s is %s percent", (revenue, margin, percent) => {
  const product = { product: "p", revenue, value: undefined, cost: revenue - margin, margin };
  expect(marginPercent(product)).toBe(percent);
});
