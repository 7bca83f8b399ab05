import { describe, expect, it } from "vitest";
import { nanoUsd } from "#core/money.ts";
import { addDays, type Day, eachDay, parseDay } from "#core/time.ts";
import type { PeriodPhrase } from "../grammar/period-phrase.ts";
import { resolvePeriod } from "../period.ts";
import { runRate, saidPace } from "./run-rate.ts";

const MONTH: PeriodPhrase = { kind: "calendar", unit: "month", offset: 0 };

function days(from: string, until: string, cost: bigint) {
  const period = { start: parseDay(from), end: addDays(parseDay(until), 1) };
  return eachDay(period).map((day) => ({ day, measures: { cost: nanoUsd(cost) } }));
}

function rateOf(phrase: PeriodPhrase, today: string, spent: ReturnType<typeof days>) {
  const day: Day = parseDay(today);
  return runRate(resolvePeriod(phrase, day), spent, day);
}

describe("a run rate", () => {
  it("is the pace of the days that are over, today not among them", () => {
    const spent = [
      ...days("2026-11-01", "2026-11-21", 10n),
      ...days("2026-11-22", "2026-11-22", 3n),
    ];
    expect(rateOf(MONTH, "2026-11-22", spent)).toEqual({ cost: 300n, days: 21, since: undefined });
  });

  it("begins with the first entry where nothing was recorded for more than a week", () => {
    const spent = days("2026-11-12", "2026-11-21", 10n);
    expect(rateOf(MONTH, "2026-11-22", spent)).toEqual({
      cost: 190n,
      days: 10,
      since: "2026-11-12",
    });
    const pause = days("2026-11-03", "2026-11-21", 10n);
    expect(rateOf(MONTH, "2026-11-22", pause)).toMatchObject({ days: 21, since: undefined });
  });

  it("does not exist on the first day, for what is over, and for nothing", () => {
    expect(rateOf(MONTH, "2026-11-01", days("2026-11-01", "2026-11-01", 10n))).toBeUndefined();
    const october: PeriodPhrase = { kind: "calendar", unit: "month", offset: -1 };
    expect(rateOf(october, "2026-11-22", days("2026-10-01", "2026-10-31", 10n))).toBeUndefined();
    expect(rateOf(MONTH, "2026-11-22", [])).toBeUndefined();
  });

  it("says how few days it rests on, early in a period", () => {
    expect(saidPace({ days: 1 })).toBe("at the pace of 1 whole day");
    expect(saidPace({ days: 4 })).toBe("at the pace of 4 whole days");
    expect(saidPace({ days: 5 })).toBe("at this pace");
  });

  it("spans February of a leap year", () => {
    const spent = days("2028-02-01", "2028-02-10", 10n);
    expect(rateOf(MONTH, "2028-02-11", spent)?.cost).toBe(290n);
  });
});
