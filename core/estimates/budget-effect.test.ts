import { describe, expect, it } from "vitest";
import { parseUsd } from "#core/money.ts";
import { budgetEffect } from "./budget-effect.ts";
import type { BudgetState } from "./traffic-schema.ts";

/** Halfway through November, $4,260 spent of $12,000, evenly. */
const state: BudgetState = {
  label: "team payments",
  period: "month",
  limit: "12000",
  spent: "4260",
  complete: "4260",
  start: "2026-11-01",
  end: "2026-12-01",
  today: "2026-11-16",
  outlook: {
    p10: "8000",
    p50: "8520",
    p90: "9200",
    p99: "10000",
    historyDays: 60,
    path: Array.from({ length: 15 }, (_, index) => (index + 1) / 15),
  },
  accountable: { name: "Fin", github: null },
};
const added = (dollars: number, sure = dollars) => ({
  month: parseUsd(dollars),
  sure: parseUsd(sure),
});

describe("a budget after the merge", () => {
  it("goes from 71% to 108% of $12,000 by a whole month of the change", () => {
    expect(budgetEffect(state, added(4_440))).toMatchObject({
      forecastPercent: { from: 71, to: 108 },
      forecast: { from: "8520", to: "12960" },
      crosses: true,
      crossesSurely: true,
      accountable: { name: "Fin" },
    });
  });

  it("is crossed possibly where sure findings alone would not", () => {
    expect(budgetEffect(state, added(4_440, 1_000))).toMatchObject({
      crosses: true,
      crossesSurely: false,
    });
  });

  it("is used up earlier this month if it is merged today, and is not without it", () => {
    // $7,740 are left; 15 days of $284 and of 500 more a day: used up on the tenth.
    expect(budgetEffect(state, added(15_000)).exhaustion).toEqual({ from: null, to: "2026-11-25" });
    const tight = { ...state, limit: "8000" };
    expect(budgetEffect(tight, added(3_000)).exhaustion).toEqual({
      from: "2026-11-29",
      to: "2026-11-25",
    });
  });

  it("takes its share of another period, and crosses nothing that was crossed before", () => {
    const quarter = { ...state, period: "quarter" as const, end: "2027-01-30" };
    expect(budgetEffect(quarter, added(100)).forecast).toEqual({ from: "8520", to: "8820" });
    const over = { ...state, limit: "8000" };
    expect(budgetEffect(over, added(1_000))).toMatchObject({ crosses: false });
    expect(budgetEffect(state, added(-1_000)).forecast).toEqual({ from: "8520", to: "7520" });
  });

  it("has no forecast without a history, and says what is spent all the same", () => {
    expect(budgetEffect({ ...state, outlook: null }, added(100_000))).toMatchObject({
      forecast: null,
      forecastPercent: null,
      spent: "4260",
      crosses: false,
    });
  });
});
