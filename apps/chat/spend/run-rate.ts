import { divideHalfEven, type NanoUsd, nanoUsd, sumNano } from "#core/money.ts";
import { type Day, daysBetween } from "#core/time.ts";
import type { AskedPeriod } from "../period.ts";

export interface RunRate {
  readonly cost: NanoUsd;
  /** The whole days that it is the pace of. */
  readonly days: number;
  /** Their first, where it is not the first of the period: nothing was recorded before it. */
  readonly since: Day | undefined;
}

/** A pause of a week is a pause; a longer one at the start means that there was nothing yet. */
export const PAUSE_DAYS = 7;

/**
 * What the period comes to at the pace of its days that are over. A run rate, no forecast: it knows
 * neither weekends nor trends. Undefined when the period is over or no day of it is.
 */
export function runRate(
  asked: AskedPeriod,
  days: readonly { day: Day; measures: { cost: NanoUsd } }[],
  today: Day,
): RunRate | undefined {
  const goesOn = asked.whole.end > asked.period.end;
  const [first] = days;
  if (!goesOn || first === undefined) return undefined;
  const late = daysBetween(asked.period.start, first.day) > PAUSE_DAYS;
  const start = late ? first.day : asked.period.start;
  const complete = daysBetween(start, today);
  if (complete < 1) return undefined;
  const over = sumNano(days.filter(({ day }) => day < today).map(({ measures }) => measures.cost));
  const whole = daysBetween(start, asked.whole.end);
  return {
    cost: nanoUsd(divideHalfEven(over * BigInt(whole), BigInt(complete))),
    days: complete,
    since: late ? start : undefined,
  };
}

/** Fewer days say little: a Sunday alone would be taken for a month of Sundays. */
const TELLING_DAYS = 5;

/** "at this pace"; early on it says how little that is: "at the pace of 1 whole day". */
export function saidPace({ days }: Pick<RunRate, "days">): string {
  if (days >= TELLING_DAYS) return "at this pace";
  return `at the pace of ${days === 1 ? "1 whole day" : `${days} whole days`}`;
}
