import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addDays, daysBetween, eachDay, parseDay } from "../time.ts";
import { type BurnInput, burnOf, type Outlook, usedPercent } from "./burn.ts";
import { budgetPeriodAt } from "./calendar.ts";

const NOVEMBER = { start: parseDay("2026-11-01"), end: parseDay("2026-12-01") };
const TODAY = parseDay("2026-11-11");
const EVEN: readonly number[] = Array.from({ length: 20 }, (_, index) => (index + 1) / 20);

function outlook(p10: bigint, p50: bigint, p90: bigint, p99 = p90): Outlook {
  return { p10, p50, p90, p99, historyDays: 60, path: EVEN };
}

function input(change: Partial<BurnInput> = {}): BurnInput {
  return {
    period: NOVEMBER,
    limit: 3_000n,
    today: TODAY,
    // $100 on each of ten days, and nothing yet today.
    daily: [...new Array<bigint>(10).fill(100n), 0n],
    outlook: outlook(2_600n, 3_000n, 4_000n),
    ...change,
  };
}

describe("the burn-down of a budget", () => {
  it("says what is left, and the day on which it is used up, with its range", () => {
    const burn = burnOf(input({ limit: 2_000n }));
    expect(burn).toMatchObject({
      spent: 1_000n,
      headroom: 1_000n,
      completeDays: 10,
      totalDays: 30,
    });
    // $100, $80 and $150 a day are left to come: 10, 13 and 7 days.
    expect(burn.exhaustion).toEqual({
      early: "2026-11-17",
      likely: "2026-11-20",
      late: "2026-11-23",
    });
  });

  it("has no day where it lasts, and only an early one where it may not", () => {
    expect(burnOf(input({ limit: 5_000n })).exhaustion).toEqual({
      early: undefined,
      likely: undefined,
      late: undefined,
    });
    expect(burnOf(input({ limit: 3_500n })).exhaustion).toMatchObject({
      early: "2026-11-27",
      likely: undefined,
    });
  });

  it("names the day it was used up, until a correction brings it back under", () => {
    const daily = [500n, 600n, 0n];
    expect(burnOf(input({ limit: 1_000n, daily })).exhaustedOn).toBe("2026-11-02");
    expect(burnOf(input({ limit: 1_000n, daily })).exhaustion).toBeUndefined();
    expect(burnOf(input({ limit: 1_000n, daily: [...daily, -200n] })).exhaustedOn).toBeUndefined();
  });

  it("knows no future without history", () => {
    const burn = burnOf(input({ outlook: undefined }));
    expect([burn.outlook, burn.exhaustion]).toEqual([undefined, undefined]);
  });

  it("rounds what is used down: 79.99% has not reached 80", () => {
    expect(usedPercent({ spent: 7_999n, limit: 10_000n })).toBe(79);
    expect(usedPercent({ spent: 8_000n, limit: 10_000n })).toBe(80);
    expect(usedPercent({ spent: -5n, limit: 10_000n })).toBe(0);
  });

  it("keeps early before likely before late, within the period, for any figures", () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt(0n, 10_000n), { minLength: 11, maxLength: 11 }),
        fc.bigInt(1n, 200_000n),
        fc.array(fc.bigInt(0n, 50_000n), { minLength: 3, maxLength: 3 }),
        (daily, limit, rest) => {
          const complete = daily.slice(0, 10).reduce((sum, one) => sum + one, 0n);
          const [a = 0n, b = 0n, c = 0n] = rest;
          const quantiles = outlook(complete + a, complete + a + b, complete + a + b + c);
          const burn = burnOf(input({ limit, daily, outlook: quantiles }));
          expect(burn.spent + burn.headroom).toBe(limit);
          const { early, likely, late } = burn.exhaustion ?? {};
          if (late !== undefined) expect(likely !== undefined && likely <= late).toBe(true);
          if (likely !== undefined) expect(early !== undefined && early <= likely).toBe(true);
          if (early !== undefined) {
            expect(daysBetween(TODAY, early)).toBeGreaterThanOrEqual(0);
            expect(early < NOVEMBER.end).toBe(true);
          }
          expect(burn.exhaustedOn === undefined).toBe(burn.spent < limit);
        },
      ),
    );
  });
});

describe("the period of a budget", () => {
  it.each([
    ["day", "2026-11-22", "2026-11-22", "2026-11-23"],
    ["week", "2026-11-22", "2026-11-16", "2026-11-23"],
    ["month", "2028-02-29", "2028-02-01", "2028-03-01"],
    ["quarter", "2026-12-31", "2026-10-01", "2027-01-01"],
    ["year", "2026-12-31", "2026-01-01", "2027-01-01"],
    ["year", "2026-01-01", "2026-01-01", "2027-01-01"],
  ] as const)("%s of %s is from %s to %s", (period, day, start, end) => {
    expect(budgetPeriodAt(period, parseDay(day))).toEqual({ start, end });
  });

  it("holds each day once, for every kind of period", () => {
    const days = eachDay({ start: parseDay("2027-12-20"), end: parseDay("2028-04-10") });
    for (const kind of ["day", "week", "month", "quarter", "year"] as const) {
      for (const day of days) {
        const { start, end } = budgetPeriodAt(kind, day);
        expect(start <= day && day < end).toBe(true);
        expect(budgetPeriodAt(kind, end).start).toBe(end);
        expect(budgetPeriodAt(kind, addDays(end, -1)).start).toBe(start);
      }
    }
  });
});
