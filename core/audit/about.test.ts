import { expect, it } from "vitest";
import { auditChange } from "./about.ts";

const change = (before: object | null, after: object | null) =>
  auditChange({
    before: before && JSON.stringify(before),
    after: after && JSON.stringify(after),
  });

it("says amounts in dollars, before and after", () => {
  const [before, after] = [{ amount: "4500000000000" }, { amount: "5000500000000" }];
  expect(change(before, after)).toBe("amount $4,500.00 > $5,000.50");
  expect(change(null, { above: "50000000000000" })).toBe("above $50,000.00");
});

it("says every amount of a plan", () => {
  const after = { year: 2027, amounts: ["12000000000000", "12500000000000"] };
  expect(change(null, after)).toBe("amounts $12,000.00, $12,500.00; year 2027");
});

it("says tokens as tokens", () => {
  const after = { amount: "1500000", unit: "tokens" };
  expect(change(null, after)).toBe("amount 1500000 tokens; unit tokens");
});

it("names fields in words, and nothing as none", () => {
  expect(change({ costPerCall: null }, { costPerCall: "2500000000" })).toBe(
    "cost per call none > $2.50",
  );
});

it("says lists and what is inside of a value in words", () => {
  const after = {
    members: [],
    functions: { onCall: ["person:7", "person:8"] },
    selfApproval: true,
  };
  expect(change(null, after)).toBe("functions on call person:7, person:8; self approval true");
});
