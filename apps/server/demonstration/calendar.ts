import { addDays, addMonths, type Day, startOfMonth, startOfWeek, utcDay } from "#core/time.ts";

const HOUR_MS = 3_600_000;
const DAYS = 90;

/** The days that the demonstration tells of, and when its stories happen. All in UTC. */
export interface Calendar {
  /** First hour, and the end of the last: the start of the hour of `now`. */
  readonly start: Date;
  readonly end: Date;
  /** The last full calendar month: the one that equals the itemized ledger. */
  readonly monthStart: Date;
  readonly monthEnd: Date;
  /** Tuesday of last week: the checkout agent's prompt grew. */
  readonly promptGrew: Date;
  /** The night to Thursday of last week: a CI job that retried. */
  readonly loopStart: Date;
  readonly loopEnd: Date;
  /** Prompt caching was switched on for the support copilot. */
  readonly cacheFrom: Date;
  /** The knowledge bot began to use another model. */
  readonly newModelFrom: Date;
}

export function calendarOf(now: Date): Calendar {
  const today = utcDay(now);
  const lastWeek = addDays(startOfWeek(today), -7);
  const month = addMonths(today, -1);
  return {
    start: at(addDays(today, -DAYS), 0),
    end: new Date(Math.floor(now.getTime() / HOUR_MS) * HOUR_MS),
    monthStart: at(month, 0),
    monthEnd: at(startOfMonth(today), 0),
    promptGrew: at(addDays(lastWeek, 1), 9),
    loopStart: at(addDays(lastWeek, 3), 2),
    loopEnd: at(addDays(lastWeek, 3), 5),
    cacheFrom: at(addDays(today, -17), 0),
    newModelFrom: at(addDays(today, -9), 12),
  };
}

function at(day: Day, hour: number): Date {
  return new Date(Date.parse(`${day}T00:00:00Z`) + hour * HOUR_MS);
}

export function isWithinMonth(calendar: Calendar, hour: Date): boolean {
  return hour >= calendar.monthStart && hour < calendar.monthEnd;
}

export function hoursOf({ start, end }: Calendar): Date[] {
  const count = Math.round((end.getTime() - start.getTime()) / HOUR_MS);
  return Array.from({ length: count }, (_, index) => new Date(start.getTime() + index * HOUR_MS));
}
