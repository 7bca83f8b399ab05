import { AispendError } from "#core/errors.ts";
import { addDays, addMonths, type Day, isoWeekday, type Period, parseDay } from "#core/time.ts";
import type { Word } from "./words.ts";

/** A date or a named stretch of the calendar found in a question, and how many words it took. */
export interface DateRead {
  readonly period: Period;
  readonly length: number;
}

const MONTHS = [
  ["january", "jan"],
  ["february", "feb"],
  ["march", "mar"],
  ["april", "apr"],
  ["may"],
  ["june", "jun"],
  ["july", "jul"],
  ["august", "aug"],
  ["september", "sep", "sept"],
  ["october", "oct"],
  ["november", "nov"],
  ["december", "dec"],
];
const WEEKDAYS = [
  ["monday", "mon"],
  ["tuesday", "tue", "tues"],
  ["wednesday", "wed"],
  ["thursday", "thu", "thurs"],
  ["friday", "fri"],
  ["saturday", "sat"],
  ["sunday", "sun"],
];
const ISO = /^\d{4}-\d{1,2}(?:-\d{1,2})?$/;
const YEAR = /^(?:19|20)\d\d$/;
const DAY_OF_MONTH = /^(\d{1,2})(?:st|nd|rd|th)?$/;
const DAYS_OF_MONTH = /^(\d{1,2})-(\d{1,2})$/;
/** As much of Europe writes it; the order of a slashed one nobody can tell. */
const DOTTED = /^(\d{1,2})\.(\d{1,2})\.((?:19|20)\d\d)$/;
const SLASHED = /^\d{1,4}\/\d{1,2}\/\d{1,4}$/;

/** Words of everyday English too: a date only at the end or after one of the words below. */
const AMBIGUOUS = new Set(["may", "march", "mar", "mon", "wed", "sat", "sun"]);
const BEFORE_DATES = new Set(
  "in for during of on since from between and to until till through last this vs versus".split(" "),
);

/** Whether an everyday word stands where only a date would. */
function isDateHere(words: readonly Word[], at: number): boolean {
  if (!AMBIGUOUS.has(words[at]?.lower ?? "")) return true;
  const next = words[at + 1]?.lower;
  return (
    next === undefined ||
    YEAR.test(next) ||
    daysOf(next) !== undefined ||
    BEFORE_DATES.has(words[at - 1]?.lower ?? "")
  );
}

function monthOf(word: string): number {
  return MONTHS.findIndex((names) => names.includes(word)) + 1;
}

export function dayInvalid(text: string): AispendError {
  return new AispendError("period_invalid", `'${text}' is not a day or month of the calendar`, {
    help: "Write a period such as yesterday, last week, 2026-09 or 2026-09-01..2026-09-15.",
  });
}

function checkedDay(text: string): Day {
  try {
    return parseDay(text);
  } catch (error) {
    if (error instanceof AispendError) throw dayInvalid(text);
    throw error;
  }
}

function dayOf(year: number, month: number, day: number): Day {
  return checkedDay(`${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`);
}

function single(day: Day): Period {
  return { start: day, end: addDays(day, 1) };
}

/** "2026-09-15", "2026-09", "2026-Q3", "2026"; undefined for what does not look like one. */
export function isoDate(text: string): Period | undefined {
  const quarter = /^(\d{4})-?q([1-4])$/.exec(text);
  if (quarter !== null) return quarterOf(Number(quarter[1]), Number(quarter[2]));
  if (YEAR.test(text)) {
    const start = checkedDay(`${text}-01-01`);
    return { start, end: addMonths(start, 12) };
  }
  if (!ISO.test(text)) return undefined;
  const [year, month, day] = text.split("-").map(Number);
  if (day !== undefined) return single(dayOf(year ?? 0, month ?? 0, day));
  const start = dayOf(year ?? 0, month ?? 0, 1);
  return { start, end: addMonths(start, 1) };
}

function quarterOf(year: number, quarter: number): Period {
  const start = dayOf(year, quarter * 3 - 2, 1);
  return { start, end: addMonths(start, 3) };
}

/** The latest year in which the stretch has begun by today. */
function latest(today: Day, inYear: (year: number) => Period): Period {
  const year = Number(today.slice(0, 4));
  const period = inYear(year);
  return period.start <= today ? period : inYear(year - 1);
}

/** The stretch in the year that a word names, else in the latest year where it has begun. */
function yearly(
  words: readonly Word[],
  at: number,
  today: Day,
  inYear: (year: number) => Period,
): { period: Period; length: number } {
  const word = words[at]?.lower ?? "";
  return YEAR.test(word)
    ? { period: inYear(Number(word)), length: 1 }
    : { period: latest(today, inYear), length: 0 };
}

/** "September", "sep 2026", "sep 15", "15 sep", "15th of September 2026", "1-15 sep". */
function namedMonth(words: readonly Word[], at: number, today: Day): DateRead | undefined {
  const first = words[at]?.lower ?? "";
  const month = monthOf(first);
  if (month > 0) {
    const days = daysOf(words[at + 1]?.lower ?? "");
    const used = days === undefined ? 1 : 2;
    const year = yearly(words, at + used, today, (y) => within(y, month, days));
    return { period: year.period, length: used + year.length };
  }
  const days = daysOf(first);
  if (days === undefined) return undefined;
  const skip = words[at + 1]?.lower === "of" ? 2 : 1;
  const after = monthOf(words[at + skip]?.lower ?? "");
  if (after === 0) return undefined;
  const year = yearly(words, at + skip + 1, today, (y) => within(y, after, days));
  return { period: year.period, length: skip + 1 + year.length };
}

function daysOf(word: string): { first: number; last: number } | undefined {
  const one = DAY_OF_MONTH.exec(word);
  if (one !== null) return { first: Number(one[1]), last: Number(one[1]) };
  const two = DAYS_OF_MONTH.exec(word);
  return two === null ? undefined : { first: Number(two[1]), last: Number(two[2]) };
}

function within(
  year: number,
  month: number,
  days: { first: number; last: number } | undefined,
): Period {
  if (days === undefined) {
    const start = dayOf(year, month, 1);
    return { start, end: addMonths(start, 1) };
  }
  return { start: dayOf(year, month, days.first), end: addDays(dayOf(year, month, days.last), 1) };
}

/** The most recent such weekday, today included; with "last" before it, today is not meant. */
function weekday(words: readonly Word[], at: number, today: Day): DateRead | undefined {
  const last = words[at]?.lower === "last";
  const word = words[last ? at + 1 : at]?.lower ?? "";
  const day = WEEKDAYS.findIndex((names) => names.includes(word)) + 1;
  if (day === 0) return undefined;
  const back = (isoWeekday(today) - day + 7) % 7;
  const start = addDays(today, last && back === 0 ? -7 : -back);
  return { period: single(start), length: last ? 2 : 1 };
}

/**
 * A date at this place of the question; years are filled in as the latest that has begun. Throws
 * `period_invalid` for what looks like a date and is none.
 */
export function readDate(words: readonly Word[], at: number, today: Day): DateRead | undefined {
  const word = words[at];
  if (word === undefined || word.quoted) return undefined;
  if (SLASHED.test(word.lower)) throw dayInvalid(word.text);
  const [, day, month, year] = DOTTED.exec(word.lower) ?? [];
  if (year !== undefined) {
    return { period: single(dayOf(Number(year), Number(month), Number(day))), length: 1 };
  }
  if (word.lower === "today") return { period: single(today), length: 1 };
  if (word.lower === "yesterday") return { period: single(addDays(today, -1)), length: 1 };
  const iso = isoDate(word.lower);
  if (iso !== undefined) return { period: iso, length: 1 };
  const quarter = /^q([1-4])$/.exec(word.lower);
  if (quarter !== null) {
    const year = yearly(words, at + 1, today, (y) => quarterOf(y, Number(quarter[1])));
    return { period: year.period, length: 1 + year.length };
  }
  if (!isDateHere(words, at)) return undefined;
  if (word.lower === "last" && monthOf(words[at + 1]?.lower ?? "") > 0) {
    const named = namedMonth(words, at + 1, today);
    return named === undefined ? undefined : { ...named, length: named.length + 1 };
  }
  return namedMonth(words, at, today) ?? weekday(words, at, today);
}
