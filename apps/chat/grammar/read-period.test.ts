import { describe, expect, it } from "vitest";
import { parseDay } from "#core/time.ts";
import { spellPeriod } from "./period-phrase.ts";
import { readPeriod } from "./read-period.ts";
import { wordsOf } from "./words.ts";

/** A Sunday. */
const TODAY = parseDay("2026-11-22");

function read(text: string): string | undefined {
  const words = wordsOf(text);
  const period = readPeriod(words, 0, TODAY);
  return period !== undefined && period.length === words.length
    ? spellPeriod(period.phrase)
    : undefined;
}

describe("reading a period", () => {
  it.each([
    ["today", "today"],
    ["Yesterday", "yesterday"],
    ["this day", "today"],
    ["last day", "yesterday"],
    ["day before yesterday", "2026-11-20"],
    ["this week", "this week"],
    ["last week", "last week"],
    ["previous month", "last month"],
    ["current quarter", "this quarter"],
    ["past year", "last year"],
    ["mtd", "this month"],
    ["month to date", "this month"],
    ["YTD", "this year"],
    ["last 14 days", "last 14 days"],
    ["past 1 day", "last 1 days"],
    ["30 days", "last 30 days"],
    ["14d", "last 14 days"],
    ["last 2w", "last 14 days"],
    ["last 2 weeks", "last 14 days"],
    ["last fortnight", "last 14 days"],
    ["last 3 months", "2026-08-01..2026-10-31"],
    ["last 1 month", "2026-10"],
    ["2026-09", "2026-09"],
    ["2026-9", "2026-09"],
    ["2026-09-15", "2026-09-15"],
    ["2026", "2026"],
    ["2026-Q3", "2026-Q3"],
    ["q3", "2026-Q3"],
    ["Q4", "2026-Q4"],
    ["q3 2025", "2025-Q3"],
    ["2026-09-01..2026-09-15", "2026-09-01..2026-09-15"],
    ["2026-09-01...2026-09-15", "2026-09-01..2026-09-15"],
    ["2026-08..2026-09", "2026-08-01..2026-09-30"],
    ["2026-09-01..", "2026-09-01..2026-11-22"],
    ["2026-09-01 to 2026-09-15", "2026-09-01..2026-09-15"],
    ["from 2026-09-01 until 2026-09-15", "2026-09-01..2026-09-15"],
    ["between 1 Sep and 15 Sep", "2026-09-01..2026-09-15"],
    ["1 Sep - 15 Sep", "2026-09-01..2026-09-15"],
    ["1-15 Sep", "2026-09-01..2026-09-15"],
    ["September", "2026-09"],
    ["sept 2025", "2025-09"],
    ["december", "2025-12"],
    ["last september", "2026-09"],
    ["15 September", "2026-09-15"],
    ["15th of September", "2026-09-15"],
    ["September 15th", "2026-09-15"],
    ["sep 15 2025", "2025-09-15"],
    ["may", "2026-05"],
    ["monday", "2026-11-16"],
    ["sunday", "2026-11-22"],
    ["last sunday", "2026-11-15"],
    ["since monday", "2026-11-16..2026-11-22"],
    ["since 2026-11-01", "2026-11-01..2026-11-22"],
    ["since yesterday", "2026-11-21..2026-11-22"],
  ])("%s is %s", (text, spelled) => {
    expect(read(text)).toBe(spelled);
  });

  it.each([
    "this month",
    "last quarter",
    "last 14 days",
    "2026-09",
    "2026-Q3",
    "2025",
    "2026-09-15",
    "2026-09-01..2026-09-15",
    "today",
    "yesterday",
  ])("the canonical spelling reads as itself: %s", (text) => {
    expect(read(text)).toBe(text);
  });

  it.each([
    "payments",
    "checkout-agent",
    "gpt-4o",
    "may I",
    "sun shine",
    "14",
    "week",
    "last",
    "1.5",
  ])("'%s' begins no period", (text) => {
    expect(readPeriod(wordsOf(text), 0, TODAY)).toBeUndefined();
  });

  it.each([
    ["2026-13", "'2026-13-01' is not a day or month of the calendar"],
    ["2026-02-30", "'2026-02-30' is not a day"],
    ["2026-09-15..2026-09-01", "ends before it begins"],
    ["2026-09-01..tuesday", "'tuesday' is not a day"],
    ["12/09/2026", "'12/09/2026' is not a day"],
    ["31 sep", "'2026-09-31' is not a day"],
    ["last 0 days", "not between 1 and 3660"],
    ["last 99999 days", "not between 1 and 3660"],
    ["1990-01-01..2026-01-01", "longer than 3660 days"],
  ])("refuses %s", (text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});
