import { invariant } from "../errors.ts";
import {
  addDays,
  addMonths,
  type Day,
  daysBetween,
  instantOf,
  isoWeekday,
  localDay,
  startOfMonth,
  wallClock,
} from "../time.ts";

/** When a job is due, on the wall clock of the organisation. Times are "HH:MM". */
export type Schedule =
  /** Every `count` minutes of the UTC hour; a divisor of 60. */
  | { readonly every: "minutes"; readonly count: number }
  | { readonly every: "hour"; readonly minute: number }
  | { readonly every: "day"; readonly at: string }
  /** 1 = Monday ... 7 = Sunday. */
  | { readonly every: "week"; readonly weekday: number; readonly at: string }
  /** The 31st is the last day of a shorter month. `months` (1 to 12) narrows to quarters or a year. */
  | {
      readonly every: "month";
      readonly day: number;
      readonly at: string;
      readonly months?: readonly number[];
    }
  /** The n-th day of the month that is Monday to Friday; public holidays are not known. */
  | {
      readonly every: "month_workday";
      readonly workday: number;
      readonly at: string;
      readonly months?: readonly number[];
    };

/** What is done about slots that passed while nobody ran: only the newest of them, or each. */
export type CatchUp = "last" | "all";

const MS_PER_MINUTE = 60_000;
const MS_PER_HOUR = 3_600_000;
const MS_PER_DAY = 86_400_000;

/**
 * The slots with `after` < slot <= `upTo`, ascending, at most the first `limit`. A wall time that
 * occurs twice when clocks go back is due once, at its first occurrence; one that is skipped when
 * they go forward is due at the end of the gap.
 */
export function slotsBetween(
  schedule: Schedule,
  timeZone: string,
  after: Date,
  upTo: Date,
  limit: number,
): Date[] {
  const slots: Date[] = [];
  for (const slot of ascending(schedule, timeZone, after, upTo)) {
    if (slot <= after) continue;
    if (slot > upTo || slots.length >= limit) break;
    slots.push(slot);
  }
  return slots;
}

/** The newest slot with `after` < slot <= `upTo`. */
export function lastSlot(
  schedule: Schedule,
  timeZone: string,
  after: Date,
  upTo: Date,
): Date | undefined {
  const start = new Date(Math.max(after.getTime(), upTo.getTime() - longestGapMs(schedule)));
  return slotsBetween(schedule, timeZone, start, upTo, Number.POSITIVE_INFINITY).at(-1);
}

/** The first slot after the instant. */
export function nextSlot(schedule: Schedule, timeZone: string, after: Date): Date {
  const end = new Date(after.getTime() + longestGapMs(schedule));
  const [next] = slotsBetween(schedule, timeZone, after, end, 1);
  invariant(next !== undefined, `a schedule without slots: ${JSON.stringify(schedule)}`);
  return next;
}

/** A stretch that holds at least one slot, whatever the calendar and the clocks do. */
function longestGapMs(schedule: Schedule): number {
  switch (schedule.every) {
    case "minutes":
    case "hour":
      return 3 * MS_PER_HOUR;
    case "day":
      return 3 * MS_PER_DAY;
    case "week":
      return 9 * MS_PER_DAY;
    case "month":
      return (schedule.months === undefined ? 33 : 368) * MS_PER_DAY;
    case "month_workday":
      // From the 1st of one month to the 3rd of the next.
      return (schedule.months === undefined ? 36 : 371) * MS_PER_DAY;
  }
}

function ascending(schedule: Schedule, timeZone: string, after: Date, upTo: Date): Iterable<Date> {
  switch (schedule.every) {
    case "minutes":
      return everyMinutes(schedule.count, after, upTo);
    case "hour":
      return everyHour(schedule.minute, timeZone, after, upTo);
    case "day":
    case "week":
    case "month":
    case "month_workday":
      return onDays(schedule, timeZone, after, upTo);
  }
}

function* everyMinutes(count: number, after: Date, upTo: Date): Iterable<Date> {
  const step = count * MS_PER_MINUTE;
  const first = Math.floor(after.getTime() / step) * step;
  for (let at = first; at <= upTo.getTime(); at += step) yield new Date(at);
}

/** The instants at which the local clock shows the minute; zones differ by quarters of an hour. */
function* everyHour(minute: number, timeZone: string, after: Date, upTo: Date): Iterable<Date> {
  const first = Math.floor(after.getTime() / MS_PER_HOUR) * MS_PER_HOUR;
  for (let hour = first; hour <= upTo.getTime(); hour += MS_PER_HOUR) {
    const shown = localMinute(new Date(hour), timeZone);
    const slot = new Date(hour + ((minute - shown + 60) % 60) * MS_PER_MINUTE);
    if (localMinute(slot, timeZone) === minute) yield slot;
  }
}

function localMinute(instant: Date, timeZone: string): number {
  return Number(wallClock(instant, timeZone).time.slice(3, 5));
}

type OnDays = Extract<Schedule, { every: "day" | "week" | "month" | "month_workday" }>;

function* onDays(schedule: OnDays, timeZone: string, after: Date, upTo: Date): Iterable<Date> {
  // A day to each side: a skipped midnight moves a slot into the next day.
  const end = addDays(localDay(upTo, timeZone), 1);
  for (let day = addDays(localDay(after, timeZone), -1); day <= end; day = addDays(day, 1)) {
    if (fallsOn(schedule, day)) yield instantOf(day, schedule.at, timeZone);
  }
}

function fallsOn(schedule: OnDays, day: Day): boolean {
  switch (schedule.every) {
    case "day":
      return true;
    case "week":
      return isoWeekday(day) === schedule.weekday;
    case "month": {
      const month = startOfMonth(day);
      const length = daysBetween(month, addMonths(month, 1));
      const inMonth = schedule.months?.includes(Number(day.slice(5, 7))) ?? true;
      return inMonth && daysBetween(month, day) + 1 === Math.min(schedule.day, length);
    }
    case "month_workday": {
      const inMonth = schedule.months?.includes(Number(day.slice(5, 7))) ?? true;
      return inMonth && isWorkday(day) && workdaysUpTo(day) === schedule.workday;
    }
  }
}

function isWorkday(day: Day): boolean {
  return isoWeekday(day) <= 5;
}

/** Working days of the month up to and including the day. */
function workdaysUpTo(day: Day): number {
  let count = 0;
  for (let one = startOfMonth(day); one <= day; one = addDays(one, 1)) {
    if (isWorkday(one)) count += 1;
  }
  return count;
}
