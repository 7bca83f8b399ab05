import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NANO_PER_USD } from "../money.ts";
import { parseDay } from "../time.ts";
import { suggestBudget } from "./suggestion.ts";

const FIRST = parseDay("2026-09-01");

describe("a suggested budget", () => {
  it("is 110 to 120% of what a month of the measured days costs, shown with them", () => {
    const daily = new Array<bigint>(82).fill(100n * NANO_PER_USD);
    const found = suggestBudget(daily, FIRST, "payments");
    expect(found).toMatchObject({
      days: 60,
      baselineDays: { start: "2026-09-23", end: "2026-11-22" },
      baseline: 3_044n * NANO_PER_USD,
      proposed: 3_500n * NANO_PER_USD,
    });
    expect([found.low, found.high]).toEqual([3_348_400_000_000n, 3_652_800_000_000n]);
  });

  it("is refused politely under 30 days, with the day from which it is not", () => {
    const daily = new Array<bigint>(29).fill(1n);
    expect(() => suggestBudget(daily, FIRST, "payments")).toThrow(
      "payments has 29 whole days of spend; a budget is suggested from 30 on",
    );
    expect(() => suggestBudget(new Array<bigint>(30).fill(0n), FIRST, "payments")).toThrow(
      "payments spent nothing in 30 days",
    );
  });

  it("lies between 110 and 120% of the baseline, for any days", () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt(0n, 10n ** 15n), { minLength: 30, maxLength: 120 }),
        (daily) => {
          fc.pre(daily.slice(-60).some((one) => one > 1_000n));
          const { low, proposed, high, baseline } = suggestBudget(daily, FIRST, "payments");
          expect(low <= proposed && proposed <= high).toBe(true);
          expect(low * 100n >= baseline * 110n && high * 100n <= baseline * 120n).toBe(true);
        },
      ),
    );
  });
});
