import { AispendError } from "#core/errors.ts";
import {
  addDays,
  addMonths,
  type Day,
  daysBetween,
  type Period,
  periodDays,
  startOfMonth,
  startOfQuarter,
  startOfWeek,
} from "#core/time.ts";
import {
  type CalendarUnit,
  type PeriodPhrase,
  spellPeriod,
  wholeUnit,
} from "./grammar/period-phrase.ts";
import { monthsCovered, saidPeriod } from "./said/said-period.ts";

/** A period asked for, placed in the calendar of the organisation. */
export interface AskedPeriod {
  readonly phrase: PeriodPhrase;
  /** The days that are counted: what has begun, up to and including today. */
  readonly period: Period;
  /** The days it will have when it is over. */
  readonly whole: Period;
  /** Whether it goes on after today; then its last day counts so far. */
  readonly running: boolean;
  /** The days of it that are over. */
  readonly completeDays: number;
  /** The like period before it, over the same number of days where the calendar has them. */
  readonly before: Period;
  readonly said: string;
  readonly beforeSaid: string;
}

function calendarUnit(day: Day, unit: CalendarUnit, offset: number): Period {
  switch (unit) {
    case "week": {
      const start = addDays(startOfWeek(day), 7 * offset);
      return { start, end: addDays(start, 7) };
    }
    case "month": {
      const start = addMonths(day, offset);
      return { start, end: addMonths(start, 1) };
    }
    case "quarter": {
      const start = addMonths(startOfQuarter(day), 3 * offset);
      return { start, end: addMonths(start, 3) };
    }
    case "year": {
      const start = addMonths(`${day.slice(0, 4)}-01-01` as Day, 12 * offset);
      return { start, end: addMonths(start, 12) };
    }
  }
}

function wholePeriod(phrase: PeriodPhrase, today: Day): Period {
  switch (phrase.kind) {
    case "day": {
      const start = addDays(today, phrase.offset);
      return { start, end: addDays(start, 1) };
    }
    case "calendar":
      return calendarUnit(today, phrase.unit, phrase.offset);
    case "trailing":
      return { start: addDays(today, 1 - phrase.days), end: addDays(today, 1) };
    case "range":
      return { start: phrase.start, end: phrase.end };
  }
}

function earlier(left: Day, right: Day): Day {
  return left < right ? left : right;
}

/** The same days of the month before, as far as that month has them. */
function monthBefore(period: Period): Period {
  const start = addMonths(period.start, -1);
  const from = addDays(start, daysBetween(startOfMonth(period.start), period.start));
  return { start: from, end: earlier(addDays(from, periodDays(period)), addMonths(start, 1)) };
}

/** The same dates a year before; 29 February has the 28th for its like. */
export function yearBefore(period: Period): Period {
  const shifted = (day: Day) => {
    const month = addMonths(day, -12);
    return earlier(addDays(month, Number(day.slice(8)) - 1), addDays(addMonths(month, 1), -1));
  };
  return { start: shifted(period.start), end: addDays(shifted(addDays(period.end, -1)), 1) };
}

/** The like period before: a day has the same weekday of the week before, a month the month. */
function likeBefore(phrase: PeriodPhrase, whole: Period, period: Period): Period {
  const days = periodDays(period);
  const back = (count: number) => ({
    start: addDays(period.start, -count),
    end: addDays(period.end, -count),
  });
  if (periodDays(whole) === 1) return back(7);
  if (phrase.kind === "calendar" && phrase.unit === "week") return back(7);
  if (phrase.kind === "trailing") return back(days);
  if (wholeUnit(whole) === "year") return yearBefore(period);
  const months = monthsCovered(whole);
  if (months !== undefined) {
    const start = addMonths(whole.start, -months);
    if (period.end === whole.end) return { start, end: whole.start };
    return { start, end: earlier(addDays(start, days), whole.start) };
  }
  const oneMonth = period.start.slice(0, 7) === addDays(period.end, -1).slice(0, 7);
  return period.start.endsWith("-01") && oneMonth ? monthBefore(period) : back(days);
}

/** Throws `period_in_future` when none of its days has begun. */
export function resolvePeriod(phrase: PeriodPhrase, today: Day): AskedPeriod {
  const whole = wholePeriod(phrase, today);
  if (whole.start > today) {
    throw new AispendError("period_in_future", `${spellPeriod(phrase)} has not begun yet`, {
      help: "Ask for a period up to today, for example: this month",
    });
  }
  const period = { start: whole.start, end: earlier(whole.end, addDays(today, 1)) };
  const running = whole.end > today;
  const before = likeBefore(phrase, whole, period);
  return {
    phrase,
    period,
    whole,
    running,
    completeDays: periodDays(period) - (running ? 1 : 0),
    before,
    said: saidPeriod(period, today),
    beforeSaid: saidPeriod(before, today),
  };
}

/**
 * The period to compare with when one is named. "this month vs last month" means the same days of
 * last month, and "vs last year" the same dates a year ago: like is compared with like.
 */
export function resolveVersus(asked: AskedPeriod, versus: PeriodPhrase, today: Day): Period {
  const { phrase } = asked;
  if (versus.kind === "calendar" && versus.offset === -1) {
    const unit = phrase.kind === "calendar" && phrase.offset === 0 ? phrase.unit : undefined;
    if (unit === versus.unit) return asked.before;
    if (versus.unit === "year") return yearBefore(asked.period);
  }
  const { period } = resolvePeriod(versus, today);
  // "last 3 days vs previous 3 days": nothing is compared with itself.
  const isSame = period.start === asked.period.start && period.end === asked.period.end;
  return isSame ? asked.before : period;
}
