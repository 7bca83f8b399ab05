import { expect, it } from "vitest";
import { isWorthComment, type Thresholds } from "#action/worth.ts";
import type { EstimateReport } from "#core/estimates/report-schema.ts";
import { measured, model, parameter, report } from "./reports.ts";

const limits: Thresholds = { mode: "changes", monthly: "20", percent: 5, callPercent: 1 };
const month = (difference: string, percent: number): EstimateReport => ({
  ...measured,
  perCallPercent: percent,
  month: {
    state: "known",
    before: "1000",
    after: "1000",
    difference,
    percent,
    calls: 1,
    sources: ["measured"],
    missing: [],
  },
});
const worth = (one: EstimateReport): boolean => isWorthComment(one, limits);

it("is silent only where both the dollars and the percent are small, in both directions", () => {
  expect(worth(month("19.99", 4.9))).toBe(false);
  expect(worth(month("-19.99", -4.9))).toBe(false);
  expect(worth(month("20", 0.1))).toBe(true);
  expect(worth(month("0.5", 5))).toBe(true);
  expect(worth(month("-20", -0.1))).toBe(true);
});

it("goes by a call's percent where no volume is known", () => {
  expect(worth(report({ perCallPercent: 0.9 }))).toBe(false);
  expect(worth(report({ perCallPercent: -1 }))).toBe(true);
  expect(worth(report({ changes: [parameter], perCallPercent: null }))).toBe(true);
  const guess = { ...parameter, confidence: "possible" as const };
  expect(worth(report({ changes: [guess], perCallPercent: null }))).toBe(false);
});

it("speaks where something has no price, or a rule fires, however small it is", () => {
  const small = month("0", 0);
  expect(worth({ ...small, totals: { ...small.totals, unpriced: 1 } })).toBe(true);
  expect(worth({ ...small, policy: { verdict: "warned", rules: [], override: null } })).toBe(true);
  expect(worth({ ...small, policy: { verdict: "passed", rules: [], override: null } })).toBe(false);
});

it("looks at what a partly known month leaves out", () => {
  const partly = { ...month("1", 0.1), perCallPercent: 40 };
  expect(
    worth({ ...partly, month: { ...partly.month, state: "partly" } as EstimateReport["month"] }),
  ).toBe(true);
});

it("does as it is told: always, or never", () => {
  expect(isWorthComment(report({ changes: [] }), { ...limits, mode: "always" })).toBe(true);
  expect(isWorthComment(report({ changes: [model] }), { ...limits, mode: "never" })).toBe(false);
});
