import { expect, it } from "vitest";
import { corpusCases } from "./corpus-cases.ts";
import { scoreCorpus } from "./score.ts";

it("holds at least 120 cases, at least 40 of them without a change to report", () => {
  const cases = corpusCases();
  expect(cases.length).toBeGreaterThanOrEqual(120);
  expect(cases.filter(({ expected }) => expected.length === 0).length).toBeGreaterThanOrEqual(40);
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
});

// Hundreds of cases in one figure: a slow machine with other work needs more than a test's usual time.
const LONG_MS = 120_000;

it(
  "finds the corpus's changes and nothing else, to the bars of each kind",
  () => {
    const { scores, misses } = scoreCorpus();
    const bars = { model: 0.97, params: 0.95, prompt: 0.95 } as const;
    for (const { kind, right, reported, expected } of scores) {
      expect(expected, kind).toBeGreaterThan(20);
      const said = JSON.stringify(misses.slice(0, 5));
      expect(right / reported, `precision of ${kind}: ${said}`).toBeGreaterThanOrEqual(bars[kind]);
      expect(right / expected, `recall of ${kind}: ${said}`).toBeGreaterThanOrEqual(bars[kind]);
    }
  },
  LONG_MS,
);
