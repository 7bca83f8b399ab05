import { AispendError } from "./errors.ts";

/** The only source of "now". Wired in the mains, passed as a parameter everywhere else. */
export type Clock = () => Date;

/** A calendar day "YYYY-MM-DD", in a zone that the context says (UTC or the organisation's). */
export type Day = string & { readonly unit: "Day" };

/** Half-open range of days: start <= day < end. */
export interface Period {
  readonly start: Day;
  readonly end: Day;
}

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const MS_PER_DAY = 86_400_000;

/** Throws `day_invalid` for anything but a day of the calendar. */
export function parseDay(text: string): Day {
  const match = DAY.exec(text);
  const day = match === null ? undefined : new Date(`${text}T00:00:00Z`);
  if (day === undefined || Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== text) {
    throw new AispendError("day_invalid", `'${text}' is not a day`, { help: "Write YYYY-MM-DD." });
  }
  return text as Day;
}

const utcDays = new Map<number, Day>();
const CACHED_UTC_DAYS = 10_000;

/** From a cache: every row of an import asks, some times over. Throws for an invalid date. */
export function utcDay(instant: Date): Day {
  const number = Math.floor(instant.getTime() / MS_PER_DAY);
  const known = utcDays.get(number);
  if (known !== undefined) return known;
  const day = instant.toISOString().slice(0, 10) as Day;
  if (utcDays.size >= CACHED_UTC_DAYS) utcDays.clear();
  utcDays.set(number, day);
  return day;
}

function dayNumber(day: Day): number {
  return Date.parse(`${day}T00:00:00Z`) / MS_PER_DAY;
}

export function addDays(day: Day, count: number): Day {
  return utcDay(new Date((dayNumber(day) + count) * MS_PER_DAY));
}

/** Days from `from` to `to`; negative when `to` is earlier. */
export function daysBetween(from: Day, to: Day): number {
  return dayNumber(to) - dayNumber(from);
}

export function periodDays(period: Period): number {
  return daysBetween(period.start, period.end);
}

export function eachDay(period: Period): Day[] {
  return Array.from({ length: periodDays(period) }, (_, index) => addDays(period.start, index));
}

/** 1 = Monday ... 7 = Sunday (ISO 8601). */
export function isoWeekday(day: Day): number {
  return ((((dayNumber(day) + 3) % 7) + 7) % 7) + 1;
}

export function startOfWeek(day: Day): Day {
  return addDays(day, 1 - isoWeekday(day));
}

export function startOfMonth(day: Day): Day {
  return `${day.slice(0, 7)}-01` as Day;
}

/** The first of the month `count` months after the month of `day`. */
export function addMonths(day: Day, count: number): Day {
  const index = Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1 + count;
  const year = Math.floor(index / 12);
  return `${String(year).padStart(4, "0")}-${String((index % 12) + 1).padStart(2, "0")}-01` as Day;
}

export function startOfQuarter(day: Day): Day {
  const month = Math.floor((Number(day.slice(5, 7)) - 1) / 3) * 3 + 1;
  return `${day.slice(0, 4)}-${String(month).padStart(2, "0")}-01` as Day;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(timeZone: string): Intl.DateTimeFormat {
  let found = formatters.get(timeZone);
  if (found === undefined) {
    found = new Intl.DateTimeFormat("en-CA", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formatters.set(timeZone, found);
  }
  return found;
}

export function isTimeZone(name: string): boolean {
  try {
    formatter(name);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** "YYYY-MM-DD" and "HH:MM:SS" of an instant as a wall clock in the zone shows them. */
export function wallClock(instant: Date, timeZone: string): { day: Day; time: string } {
  const parts: Record<string, string> = {};
  for (const part of formatter(timeZone).formatToParts(instant)) parts[part.type] = part.value;
  return {
    day: `${(parts.year ?? "").padStart(4, "0")}-${parts.month}-${parts.day}` as Day,
    time: `${parts.hour}:${parts.minute}:${parts.second}`,
  };
}

/** The calendar day of an instant in a zone. */
export function localDay(instant: Date, timeZone: string): Day {
  return timeZone === "UTC" ? utcDay(instant) : wallClock(instant, timeZone).day;
}

function offsetMs(instant: Date, timeZone: string): number {
  const wall = wallClock(instant, timeZone);
  const whole = Math.floor(instant.getTime() / 1000) * 1000;
  return Date.parse(`${wall.day}T${wall.time}Z`) - whole;
}

/**
 * The first instant at which the zone's wall clock shows `day` `time` ("HH:MM"), or, where a change
 * of the clocks skips it, the first instant after the gap.
 */
export function instantOf(day: Day, time: string, timeZone: string): Date {
  const wall = Date.parse(`${day}T${time}:00Z`);
  const candidates = [-MS_PER_DAY, 0, MS_PER_DAY]
    .map((shift) => wall - offsetMs(new Date(wall + shift), timeZone))
    .filter((value) => value + offsetMs(new Date(value), timeZone) === wall);
  if (candidates.length > 0) return new Date(Math.min(...candidates));
  const before = offsetMs(new Date(wall - MS_PER_DAY), timeZone);
  const after = offsetMs(new Date(wall + MS_PER_DAY), timeZone);
  return new Date(gapEnd(wall - after, wall - before, after, timeZone));
}

/** Within [low, high] the offset changes once to `after`; finds that instant to the second. */
function gapEnd(low: number, high: number, after: number, timeZone: string): number {
  let from = low / 1000 - 1;
  let to = high / 1000;
  while (to - from > 1) {
    const middle = Math.floor((from + to) / 2);
    if (offsetMs(new Date(middle * 1000), timeZone) === after) to = middle;
    else from = middle;
  }
  return to * 1000;
}

/** Midnight of the day in the zone (or the first instant of the day where midnight is skipped). */
export function startOfDay(day: Day, timeZone: string): Date {
  return instantOf(day, "00:00", timeZone);
}

const MONTH_NAMES =
  "January February March April May June July August September October November December".split(
    " ",
  );

/** "November"; its first three letters where space is short: "Nov". */
export function monthName(day: Day): string {
  return MONTH_NAMES[Number(day.slice(5, 7)) - 1] ?? "";
}
