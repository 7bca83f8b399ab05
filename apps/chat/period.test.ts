import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addDays, parseDay, periodDays } from "#core/time.ts";
import type { PeriodPhrase } from "./grammar/period-phrase.ts";
import { readPeriod } from "./grammar/read-period.ts";
import { wordsOf } from "./grammar/words.ts";
import { resolvePeriod, resolveVersus } from "./period.ts";

function phrase(text: string, today: string): PeriodPhrase {
  const read = readPeriod(wordsOf(text), 0, parseDay(today));
  if (read === undefined) throw new Error(`'${text}' is no period`);
  return read.phrase;
}

function said(text: string, today: string): [string, string] {
  const { said: period, beforeSaid } = resolvePeriod(phrase(text, today), parseDay(today));
  return [period, beforeSaid];
}

describe("a period and the like period before it", () => {
  it.each([
    ["this month", "2026-11-22", "1-22 Nov", "1-22 Oct"],
    ["last month", "2026-11-22", "October", "September"],
    ["2026-09", "2026-11-22", "September", "August"],
    ["2026-11", "2026-11-22", "1-22 Nov", "1-22 Oct"],
    ["this month", "2026-03-31", "March", "February"],
    ["this month", "2026-03-30", "1-30 Mar", "February"],
    ["this month", "2026-11-01", "Sun 1 Nov", "Thu 1 Oct"],
    ["this week", "2026-11-22", "16-22 Nov", "9-15 Nov"],
    ["this week", "2026-11-18", "16-18 Nov", "9-11 Nov"],
    ["last week", "2026-11-22", "9-15 Nov", "2-8 Nov"],
    ["last week", "2026-11-04", "26 Oct-1 Nov", "19-25 Oct"],
    ["today", "2026-11-22", "Sun 22 Nov", "Sun 15 Nov"],
    ["yesterday", "2026-11-22", "Sat 21 Nov", "Sat 14 Nov"],
    ["this quarter", "2026-11-22", "1 Oct-22 Nov", "1 Jul-22 Aug"],
    ["last quarter", "2026-11-22", "Q3 2026", "Q2 2026"],
    ["this year", "2026-11-22", "1 Jan-22 Nov", "1 Jan-22 Nov 2025"],
    ["2025", "2026-11-22", "2025", "2024"],
    ["last 14 days", "2026-11-22", "9-22 Nov", "26 Oct-8 Nov"],
    ["2026-09-01..2026-09-15", "2026-11-22", "1-15 Sep", "1-15 Aug"],
    ["2026-09-10..2026-09-19", "2026-11-22", "10-19 Sep", "31 Aug-9 Sep"],
    ["2026-08-01..2026-10-31", "2026-11-22", "1 Aug-31 Oct", "1 May-31 Jul"],
    ["2025-12-20..2026-01-05", "2026-11-22", "20 Dec 2025-5 Jan 2026", "3-19 Dec 2025"],
    ["2025-09", "2026-11-22", "September 2025", "August 2025"],
  ])("%s on %s is %s, after %s", (text, today, period, before) => {
    expect(said(text, today)).toEqual([period, before]);
  });

  it("counts the last day that a person names", () => {
    const today = parseDay("2026-11-22");
    const { period } = resolvePeriod(phrase("2026-09-01..2026-09-15", "2026-11-22"), today);
    expect(periodDays(period)).toBe(15);
  });

  it("knows how many days are over", () => {
    const at = (text: string) => {
      const { completeDays, running } = resolvePeriod(
        phrase(text, "2026-11-22"),
        parseDay("2026-11-22"),
      );
      return [completeDays, running];
    };
    expect(at("this month")).toEqual([21, true]);
    expect(at("today")).toEqual([0, true]);
    expect(at("yesterday")).toEqual([1, false]);
    expect(at("last month")).toEqual([31, false]);
  });

  it("refuses a period that has not begun", () => {
    const today = parseDay("2026-11-22");
    expect(() => resolvePeriod(phrase("2027-01", "2026-11-22"), today)).toThrow(
      "2027-01 has not begun yet",
    );
  });

  it("compares a running month with the same days when last month or last year is named", () => {
    const today = parseDay("2026-11-22");
    const asked = resolvePeriod(phrase("this month", "2026-11-22"), today);
    const versus = (text: string) => resolveVersus(asked, phrase(text, "2026-11-22"), today);
    expect(versus("last month")).toEqual({ start: "2026-10-01", end: "2026-10-23" });
    expect(versus("last year")).toEqual({ start: "2025-11-01", end: "2025-11-23" });
    expect(versus("2026-08")).toEqual({ start: "2026-08-01", end: "2026-09-01" });
  });

  it("compares with as many days wherever the calendar has them, and ends before it begins", () => {
    const texts = [
      "today",
      "yesterday",
      "this week",
      "last week",
      "this quarter",
      "last 14 days",
      "this month",
      "last month",
    ];
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.integer({ min: 0, max: 3000 }), (text, offset) => {
        const today = addDays(parseDay("2020-01-01"), offset);
        const asked = resolvePeriod(phrase(text, today), today);
        expect(asked.before.end <= asked.period.start).toBe(true);
        const difference = periodDays(asked.period) - periodDays(asked.before);
        expect(Math.abs(difference)).toBeLessThanOrEqual(text.includes("month") ? 3 : 2);
        expect(asked.period.end <= addDays(today, 1)).toBe(true);
      }),
    );
  });
});
