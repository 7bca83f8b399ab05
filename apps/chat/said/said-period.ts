import {
  addDays,
  addMonths,
  type Day,
  isoWeekday,
  monthName,
  type Period,
  periodDays,
  startOfWeek,
} from "#core/time.ts";
import { wholeUnit } from "../grammar/period-phrase.ts";

const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

function monthIndex(day: Day): number {
  return Number(day.slice(5, 7)) - 1;
}

/** "22 Nov". */
export function saidDay(day: Day): string {
  return `${Number(day.slice(8))} ${monthName(day).slice(0, 3)}`;
}

/** "Mon", "Tue", ... */
export function saidWeekday(day: Day): string {
  return WEEKDAYS[isoWeekday(day) - 1] ?? "";
}

/**
 * A period as a person says it, its last day included: "Sat 21 Nov", "1-22 Nov", "September",
 * "28 Sep-4 Oct". A year is named when it is not today's.
 */
export function saidPeriod(period: Period, today: Day): string {
  const last = addDays(period.end, -1);
  const year = period.start.slice(0, 4);
  const lastYear = last.slice(0, 4);
  const suffix = lastYear === today.slice(0, 4) ? "" : ` ${lastYear}`;
  if (periodDays(period) === 1) return `${saidWeekday(last)} ${saidDay(last)}${suffix}`;
  switch (wholeUnit(period)) {
    case "month":
      return `${monthName(period.start)}${suffix}`;
    case "quarter":
      return `Q${(monthIndex(period.start) + 3) / 3} ${year}`;
    case "year":
      return year;
    default:
  }
  if (year !== lastYear) return `${saidDay(period.start)} ${year}-${saidDay(last)} ${lastYear}`;
  if (period.start.slice(0, 7) === last.slice(0, 7)) {
    return `${Number(period.start.slice(8))}-${saidDay(last)}${suffix}`;
  }
  return `${saidDay(period.start)}-${saidDay(last)}${suffix}`;
}

/** The same with its preposition: "on Sat 21 Nov", "in September", "from 1 to 22 Nov". */
export function saidWithin(period: Period, today: Day): string {
  if (periodDays(period) === 1) return `on ${saidPeriod(period, today)}`;
  if (wholeUnit(period) !== undefined) return `in ${saidPeriod(period, today)}`;
  const last = addDays(period.end, -1);
  const lastYear = last.slice(0, 4);
  const sameYear = period.start.slice(0, 4) === lastYear;
  const suffix = sameYear && lastYear === today.slice(0, 4) ? "" : ` ${lastYear}`;
  if (period.start.slice(0, 7) === last.slice(0, 7)) {
    return `from ${Number(period.start.slice(8))} to ${saidDay(last)}${suffix}`;
  }
  const startYear = sameYear ? "" : ` ${period.start.slice(0, 4)}`;
  return `from ${saidDay(period.start)}${startYear} to ${saidDay(last)}${suffix}`;
}

/** The unit that a running period will fill, as said: "November", "this week", "Q4 2026". */
export function saidWhole(whole: Period, today: Day): string {
  if (wholeUnit(whole) !== undefined) return saidPeriod(whole, today);
  const isWeek = periodDays(whole) === 7 && whole.start === startOfWeek(today);
  return isWeek ? "this week" : saidPeriod(whole, today);
}

/** "August to October" where both ends are whole months; otherwise undefined. */
export function monthsCovered(period: Period): number | undefined {
  for (let count = 1; count <= 120; count += 1) {
    const end = addMonths(period.start, count);
    if (end === period.end) return period.start.endsWith("-01") ? count : undefined;
    if (end > period.end) return undefined;
  }
  return undefined;
}
