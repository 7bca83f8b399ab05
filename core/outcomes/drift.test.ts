import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addDays, parseDay } from "#core/time.ts";
import { findDrift, type UnitWeek } from "./drift.ts";
import { harnessByWorkflow } from "./harness.ts";

const CENT = 10_000_000n;
const START = parseDay("2026-08-24");

function weeks(prices: readonly number[], successes = 100n): UnitWeek[] {
  return prices.map((cents, index) => ({
    start: addDays(START, 7 * index),
    cost: BigInt(Math.round(cents * 100)) * (CENT / 100n) * successes,
    successes,
  }));
}

describe("drift of a unit cost", () => {
  it("is a rise over weeks: since when, how much, and what it cost so far", () => {
    const drift = findDrift(weeks([36, 35, 36, 37, 36, 38, 39, 41, 43, 45, 46, 47]));
    expect(drift).toMatchObject({
      before: 36n * CENT,
      now: 4_550n * (CENT / 100n),
      since: "2026-10-05",
    });
    expect(drift?.rise).toBeCloseTo(0.2639, 4);
    expect(drift?.excess).toBe((3n + 5n + 7n + 9n + 10n + 11n) * CENT * 100n);
    expect(drift?.lastWeek).toBe(11n * CENT * 100n);
  });

  it("is none of: one bad week, noise, a fall, few weeks, few successes", () => {
    expect(findDrift(weeks([36, 35, 36, 37, 36, 35, 36, 70]))).toBeUndefined();
    expect(findDrift(weeks([36, 40, 34, 41, 35, 39, 36, 40, 34, 41]))).toBeUndefined();
    expect(findDrift(weeks([50, 48, 46, 44, 42, 40, 38, 36]))).toBeUndefined();
    expect(findDrift(weeks([30, 35, 40, 45, 50]))).toBeUndefined();
    expect(findDrift(weeks([30, 32, 34, 36, 38, 40, 42], 9n))).toBeUndefined();
  });

  it("does not hang on the scale of the money", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), (scale) => {
        const prices = [36, 35, 36, 37, 36, 38, 39, 41, 43, 45, 46, 47];
        const drift = findDrift(weeks(prices.map((price) => price * scale)));
        expect(drift?.since).toBe("2026-10-05");
      }),
    );
  });
});

describe("harness cost", () => {
  const row = (workflowId: number, projectId: number, cost: bigint) => ({
    workflowId,
    projectId,
    cost,
    requests: 1n,
    inputCost: 0n,
    inputTokens: 0n,
    cacheReadTokens: 0n,
  });

  it("of a project is shared by what its workflows cost there, and the untagged keeps its part", () => {
    const found = harnessByWorkflow({
      harness: [
        { projectId: 7, workflowId: 0, cost: 100n },
        { projectId: 7, workflowId: 1, cost: 50n },
        { projectId: 0, workflowId: 0, cost: 999n },
      ],
      workflows: [row(1, 7, 650n), row(2, 7, 200n), row(2, 8, 4_000n)],
      projects: new Map([
        [7, 1_150n],
        [8, 4_000n],
      ]),
    });
    expect(found.get(1)).toEqual({ tagged: 50n, shared: 60n });
    expect(found.get(2)).toEqual({ tagged: 0n, shared: 20n });
  });

  it("never shares out more or less than there is", () => {
    const amount = fc.bigInt({ min: 0n, max: 10n ** 15n });
    fc.assert(
      fc.property(amount, fc.array(amount, { maxLength: 6 }), amount, (harness, costs, rest) => {
        const found = harnessByWorkflow({
          harness: [{ projectId: 7, workflowId: 0, cost: harness }],
          workflows: costs.map((cost, index) => row(index + 1, 7, cost)),
          projects: new Map([[7, costs.reduce((a, b) => a + b, 0n) + rest + harness]]),
        });
        const shared = [...found.values()].reduce((sum, one) => sum + one.shared, 0n);
        expect(shared).toBeLessThanOrEqual(harness);
        expect([...found.values()].every((one) => one.shared >= 0n)).toBe(true);
        if (rest === 0n && costs.some((cost) => cost > 0n)) expect(shared).toBe(harness);
      }),
    );
  });
});
