import { expect, it } from "vitest";
import { firstDifference } from "./truth.ts";

const totals = {
  requests: 2,
  input_tokens: 10,
  cached_input_tokens: 4,
  output_tokens: 6,
  cost_usd: "1.250",
};

it("finds the first figure that differs, to the last digit and in both directions", () => {
  const found = (over: Partial<typeof totals>) => new Map([["all", { ...totals, ...over }]]);
  expect(firstDifference({ all: totals }, found({ cost_usd: "1.25" }))).toBeUndefined();
  expect(firstDifference({ all: totals }, found({ cost_usd: "1.250000001" }))).toBe(
    "all cost_usd: expected 1.250, found 1.250000001",
  );
  expect(firstDifference({ all: totals }, found({ output_tokens: 7 }))).toBe(
    "all output_tokens: expected 6, found 7",
  );
  expect(firstDifference({ all: totals }, new Map())).toBe("all is missing");
  expect(firstDifference({}, found({}))).toBe("all was found and is not expected");
});

it("refuses an expected amount that no ledger could hold exactly", () => {
  const finer = { ...totals, cost_usd: "0.0000000001" };
  expect(() => firstDifference({ all: finer }, new Map([["all", totals]]))).toThrow(/finer than/);
});
