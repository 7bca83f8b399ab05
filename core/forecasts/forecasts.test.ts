import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NANO_PER_USD } from "../money.ts";
import { addDays, eachDay, isoWeekday, parseDay } from "../time.ts";
import { accuracyOf, type Scored } from "./accuracy.ts";
import { personDistribution, workloadDistribution } from "./population.ts";
import { horizonAt, predictPeriod } from "./prediction.ts";
import { expectedPath } from "./remainder.ts";
import type { SeriesTable } from "./series.ts";
import { assumptionsKey, NOTHING_CHANGES, predictYear } from "./year.ts";

const TODAY = parseDay("2026-11-22");
const SUBJECT = { kind: "scope", id: 7 } as const;

/** A series from its dollars a day; the last value is today so far. */
function tableOf(dollars: readonly number[], today = TODAY): SeriesTable {
  const start = addDays(today, 1 - dollars.length);
  const costs = BigInt64Array.from(dollars, (value) => BigInt(value) * NANO_PER_USD);
  return {
    period: { start, end: addDays(today, 1) },
    bySubject: new Map([["scope:7", { costs, tokens: costs }]]),
  };
}

const flat = (days: number, soFar = 0, today = TODAY) =>
  tableOf([...new Array<number>(days).fill(100), soFar], today);
const usd = (amount: bigint | undefined) => Number((amount ?? 0n) / 10_000_000n) / 100;

describe("the period of a forecast", () => {
  it.each([
    ["month", "2028-02-29", "2028-02-01", "2028-03-01"],
    ["month", "2026-12-31", "2026-12-01", "2027-01-01"],
    ["quarter", "2028-02-29", "2028-01-01", "2028-04-01"],
    ["quarter", "2026-10-01", "2026-10-01", "2027-01-01"],
    ["year", "2028-02-29", "2028-02-01", "2029-02-01"],
  ] as const)("%s on %s is from %s to %s", (horizon, day, start, end) => {
    expect(horizonAt(horizon, parseDay(day))).toEqual({ start, end });
  });

  it("leaves a day on the last of a month, and all of them on the first", () => {
    for (const [day, left] of [
      ["2028-02-29", 1],
      ["2028-02-01", 29],
      ["2027-02-01", 28],
      ["2026-10-25", 7],
    ] as const) {
      const today = parseDay(day);
      const table = flat(90, 0, today);
      const found = predictPeriod(table, SUBJECT, horizonAt("month", today), today);
      expect([day, found?.path.length]).toEqual([day, left]);
      expect(Math.abs(usd(found?.p50) - usd(found?.spent) - 100 * left)).toBeLessThan(3 * left);
    }
  });
});

describe("the forecast of a month", () => {
  it("of an even series is what is spent and the same for the rest", () => {
    const found = predictPeriod(flat(90), SUBJECT, horizonAt("month", TODAY), TODAY);
    expect(usd(found?.spent)).toBe(2_100);
    expect(Math.abs(usd(found?.p50) - 3_000)).toBeLessThan(60);
    expect(usd(found?.runRate)).toBe(3_000);
    expect(found?.path).toHaveLength(9);
    expect(found?.path.at(-1)).toBe(1);
  });

  it("is never under what is spent, whatever today brings", () => {
    const found = predictPeriod(flat(90, 5_000), SUBJECT, horizonAt("month", TODAY), TODAY);
    expect(usd(found?.p10)).toBe(7_100);
  });

  it("has nothing to say without a whole day of spend, and little with one", () => {
    const month = horizonAt("month", TODAY);
    expect(predictPeriod(tableOf([0, 0, 50]), SUBJECT, month, TODAY)).toBeUndefined();
    expect(predictPeriod(flat(90), { kind: "scope", id: 8 }, month, TODAY)).toBeUndefined();
    expect(predictPeriod(flat(1), SUBJECT, month, TODAY)?.history.daily).toHaveLength(1);
  });

  it("keeps its quantiles in order for any history and horizon", () => {
    const days = fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 2, maxLength: 120 });
    fc.assert(
      fc.property(days, fc.constantFrom("month", "quarter", "year"), (dollars, horizon) => {
        const period = horizonAt(horizon, TODAY);
        const table = tableOf(dollars);
        const found =
          horizon === "year"
            ? predictYear(table, SUBJECT, period, TODAY, NOTHING_CHANGES)
            : predictPeriod(table, SUBJECT, period, TODAY);
        if (found === undefined) return;
        const { spent, p10, p50, p90, p99 } = found;
        expect(spent <= p10 && p10 <= p50 && p50 <= p90 && p90 <= p99).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("lays a week out as its weekdays were", () => {
    const start = parseDay("2026-09-07");
    const week = eachDay({ start, end: addDays(start, 56) });
    const daily = week.map((day) => (isoWeekday(day) > 5 ? 0 : 100));
    const path = expectedPath(daily, 1, 7);
    const weekend = (path[6] ?? 0) - (path[4] ?? 0);
    expect(weekend).toBeLessThan(0.12);
    expect(path[6]).toBeCloseTo(1);
  });
});

describe("twelve months", () => {
  const period = horizonAt("year", TODAY);
  const year = (change: Partial<typeof NOTHING_CHANGES>) =>
    predictYear(flat(120), SUBJECT, period, TODAY, { ...NOTHING_CHANGES, ...change });

  it("without assumptions go on as they are", () => {
    expect(period).toEqual({ start: "2026-11-01", end: "2027-11-01" });
    expect(Math.abs(usd(year({})?.p50) - 36_500)).toBeLessThan(400);
  });

  it("multiply adoption, tokens and mix from the next month on", () => {
    const base = usd(year({})?.p50) - 3_000;
    const halved = usd(year({ mix: -50 })?.p50) - 3_000;
    expect(halved).toBeCloseTo(base / 2, -1);
    const both = usd(year({ tokens: 100, mix: -50 })?.p50) - 3_000;
    expect(both).toBeCloseTo(base, -1);
    const growing = usd(year({ adoptionPerMonth: 10 })?.p50) - 3_000;
    // December is the first month after this one, October of next year the eleventh.
    const expected = eachDay({ start: parseDay("2026-12-01"), end: period.end })
      .map((day) => 100 * 1.1 ** ((Number(day.slice(5, 7)) + 1) % 12))
      .reduce((sum, value) => sum + value, 0);
    expect(Math.abs(growing / expected - 1)).toBeLessThan(0.01);
  });

  it("refuse what cannot be assumed, and name a stored forecast by what is", () => {
    expect(() => year({ mix: -100 })).toThrow("change of price by the mix of -100%");
    expect(() => year({ adoptionPerMonth: Number.NaN })).toThrow("growth a month");
    expect(assumptionsKey(NOTHING_CHANGES)).toBe("");
    expect(assumptionsKey({ adoptionPerMonth: 5, tokens: 0, mix: -20 })).toBe(
      "adoption 5, tokens 0, mix -20",
    );
  });
});

describe("the accuracy of forecasts", () => {
  const one = (p50: bigint, actual: bigint, runRate?: bigint): Scored => ({
    p10: p50 / 2n,
    p50,
    p90: p50 * 2n,
    p99: p50 * 3n,
    runRate,
    actual,
  });

  it("is the sum of errors over the sum of what happened, beside the run rate's", () => {
    const found = accuracyOf([one(100n, 80n, 160n), one(100n, 120n, 120n), one(100n, 250n)]);
    expect(found).toMatchObject({ forecasts: 3, runRateError: 0.4, errorBesideRunRate: 0.2 });
    expect(found.error).toBeCloseTo(190 / 450);
    expect(found.underP90).toBeCloseTo(2 / 3);
    expect([found.underP10, found.underP99]).toEqual([0, 1]);
  });

  it("is unknown without a forecast, and of nothing", () => {
    expect(accuracyOf([])).toEqual({
      forecasts: 0,
      error: undefined,
      runRateError: undefined,
      errorBesideRunRate: undefined,
      underP10: undefined,
      underP90: undefined,
      underP99: undefined,
    });
    expect(accuracyOf([one(5n, 0n)]).error).toBeUndefined();
  });
});

describe("how spend is spread", () => {
  it("over people is said from five on, and never as the amount of one of them", () => {
    const amounts = [1n, 2n, 4n, 8n, 1_000n].map((dollars) => dollars * NANO_PER_USD);
    expect(personDistribution(amounts.slice(0, 4))).toBeUndefined();
    expect(personDistribution([...amounts.slice(0, 4), 0n])).toBeUndefined();
    const found = personDistribution(amounts);
    expect(found).toMatchObject({ count: 5, fitted: true, topTwentiethPercent: undefined });
    for (const quantile of [found?.p50, found?.p90, found?.p99]) {
      expect(amounts).not.toContain(quantile);
    }
  });

  it("over workloads is counted", () => {
    const amounts = Array.from({ length: 100 }, (_, index) => BigInt(index + 1) * NANO_PER_USD);
    const found = workloadDistribution(amounts);
    expect([usd(found?.p50), usd(found?.p90)]).toEqual([50.5, 90.1]);
    expect(found?.topTwentiethPercent).toBe(10);
    expect(workloadDistribution([0n])).toBeUndefined();
  });
});
