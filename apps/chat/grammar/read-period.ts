import { AispendError } from "#core/errors.ts";
import { addDays, addMonths, type Day, periodDays, startOfMonth } from "#core/time.ts";
import type { CalendarUnit, PeriodPhrase } from "./period-phrase.ts";
import { dayInvalid, isoDate, readDate } from "./read-date.ts";
import { matches, type Word } from "./words.ts";

export interface PeriodRead {
  readonly phrase: PeriodPhrase;
  readonly length: number;
}

const MAX_DAYS = 3_660;
const THIS = "this|current|present";
const LAST = "last|previous|past|prior";
const TO_DATE = new Map<string, CalendarUnit>([
  ["wtd", "week"],
  ["mtd", "month"],
  ["qtd", "quarter"],
  ["ytd", "year"],
]);

function unitOf(word: string | undefined): CalendarUnit | undefined {
  return word === "week" || word === "month" || word === "quarter" || word === "year"
    ? word
    : undefined;
}

function calendar(unit: CalendarUnit, offset: 0 | -1, length: number): PeriodRead {
  return { phrase: { kind: "calendar", unit, offset }, length };
}

/** "this month", "last week", "week to date", "mtd". */
function readCalendar(words: readonly Word[], at: number): PeriodRead | undefined {
  const first = words[at]?.lower ?? "";
  const toDate = TO_DATE.get(first);
  if (toDate !== undefined) return calendar(toDate, 0, 1);
  const now = matches(words, at, THIS);
  if (now || matches(words, at, LAST)) {
    const unit = unitOf(words[at + 1]?.lower);
    if (unit !== undefined) return calendar(unit, now ? 0 : -1, 2);
    if (words[at + 1]?.lower === "day") {
      return { phrase: { kind: "day", offset: now ? 0 : -1 }, length: 2 };
    }
  }
  const unit = unitOf(first);
  return unit !== undefined && matches(words, at + 1, "to date") ? calendar(unit, 0, 3) : undefined;
}

function trailing(days: number, length: number): PeriodRead {
  if (days < 1 || days > MAX_DAYS) {
    throw new AispendError("period_invalid", `'${days} days' is not between 1 and ${MAX_DAYS}`, {
      help: "Write for example: last 14 days.",
    });
  }
  return { phrase: { kind: "trailing", days }, length };
}

/** "last 14 days", "30 days", "14d", "past 2 weeks", "last 3 months" (whole ones). */
function readTrailing(words: readonly Word[], at: number, today: Day): PeriodRead | undefined {
  const led = matches(words, at, LAST);
  const start = led ? at + 1 : at;
  const first = words[start]?.lower ?? "";
  if (led && first === "fortnight") return trailing(14, 2);
  const compact = /^(\d{1,5})(d|w)$/.exec(first);
  if (compact !== null) {
    return trailing(Number(compact[1]) * (compact[2] === "w" ? 7 : 1), start - at + 1);
  }
  if (!/^\d{1,5}$/.test(first)) return undefined;
  const count = Number(first);
  const length = start - at + 2;
  if (matches(words, start + 1, "day|days")) return trailing(count, length);
  if (matches(words, start + 1, "week|weeks")) return trailing(count * 7, length);
  if (led && matches(words, start + 1, "month|months")) {
    if (count < 1 || count > 120) throw dayInvalid(`last ${count} months`);
    const end = startOfMonth(today);
    return { phrase: { kind: "range", start: addMonths(end, -count), end }, length };
  }
  return undefined;
}

function range(start: Day, end: Day, length: number, said: string): PeriodRead {
  if (end <= start) {
    throw new AispendError("period_invalid", `'${said}' ends before it begins`, {
      help: "Write the earlier day first, for example 2026-09-01..2026-09-15.",
    });
  }
  if (periodDays({ start, end }) > MAX_DAYS) {
    throw new AispendError("period_invalid", `'${said}' is longer than ${MAX_DAYS} days`);
  }
  return { phrase: { kind: "range", start, end }, length };
}

/** "2026-09-01..2026-09-15": the last day is meant, and counted. */
function readDotted(words: readonly Word[], at: number, today: Day): PeriodRead | undefined {
  const text = words[at]?.lower ?? "";
  const dots = /^(.*?)\.{2,3}(.*)$/.exec(text);
  if (dots === null) return undefined;
  const [, from = "", to = ""] = dots;
  const start = isoDate(from);
  const end = to === "" || to === "today" ? { end: addDays(today, 1) } : isoDate(to);
  if (start === undefined) return undefined;
  if (end === undefined) throw dayInvalid(to);
  return range(start.start, end.end, 1, text);
}

/** "1 Sep to 15 Sep", "from 2026-09-01 until today", "between Monday and Friday", "since Monday". */
function readSpan(words: readonly Word[], at: number, today: Day): PeriodRead | undefined {
  const since = matches(words, at, "since");
  const led = since || matches(words, at, "from|between");
  const first = readDate(words, led ? at + 1 : at, today);
  if (first === undefined) return undefined;
  const middle = at + (led ? 1 : 0) + first.length;
  const said = (end: number) =>
    words
      .slice(at, end)
      .map((word) => word.text)
      .join(" ");
  const joins = matches(words, at, "between") ? "and|to|-" : "to|until|till|through|thru|-";
  const second = matches(words, middle, joins) ? readDate(words, middle + 1, today) : undefined;
  if (second !== undefined) {
    const end = middle + 1 + second.length;
    return range(first.period.start, second.period.end, end - at, said(end));
  }
  if (since) return range(first.period.start, addDays(today, 1), middle - at, said(middle));
  return led ? undefined : range(first.period.start, first.period.end, first.length, said(middle));
}

/**
 * The period that begins at this word, if one does: the longest reading. Words such as "may" are
 * read as months here; whether a period can stand at this place is the caller's to say. Throws
 * `period_invalid` for what looks like a period and is none.
 */
export function readPeriod(words: readonly Word[], at: number, today: Day): PeriodRead | undefined {
  if (words[at] === undefined || words[at]?.quoted) return undefined;
  const span = readSpan(words, at, today);
  if (span !== undefined && span.length > 1) return span;
  if (matches(words, at, "today")) return { phrase: { kind: "day", offset: 0 }, length: 1 };
  if (matches(words, at, "yesterday")) return { phrase: { kind: "day", offset: -1 }, length: 1 };
  if (matches(words, at, "day before yesterday")) {
    const day = addDays(today, -2);
    return { phrase: { kind: "range", start: day, end: addDays(day, 1) }, length: 3 };
  }
  return (
    readCalendar(words, at) ??
    readTrailing(words, at, today) ??
    readDotted(words, at, today) ??
    span
  );
}
