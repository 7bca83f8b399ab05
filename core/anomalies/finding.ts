import type { Finding, FindingClass, FindingState, FindingSubject, Suppression } from "./schema.ts";

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24n;
/** messages.md: nothing is pushed below max($25 a day, 1% of the scope's monthly budget). */
const FLOOR_PER_DAY = 25_000_000_000n;
const FLOOR_BUDGET_PERCENT = 1n;
/** Ten times the floor concerns also whoever is Accountable for the budget. */
const WEIGHTY_FACTOR = 10n;
/** An expected pattern that costs this many times more is another one. */
const EXPECTED_FACTOR = 3n;
/** Judged hours without the condition after which a finding is resolved. */
const NORMAL_HOURS = 2;
/** When it comes back within this time it is the same finding, and nobody is told anew. */
const SILENCE_HOURS = 12;

/** Nano-USD a day that a finding must project to before people are told. */
export function pushFloor(monthlyBudget: bigint | undefined): bigint {
  const share = ((monthlyBudget ?? 0n) * FLOOR_BUDGET_PERCENT) / 100n;
  return share > FLOOR_PER_DAY ? share : FLOOR_PER_DAY;
}

/** `rate` in nano-USD per hour. */
export function projectedPerDay(rate: bigint): bigint {
  return rate * DAY_HOURS;
}

export function isAboveFloor(rate: bigint, monthlyBudget: bigint | undefined): boolean {
  return projectedPerDay(rate) >= pushFloor(monthlyBudget);
}

export interface Sighted {
  /** Nano-USD per hour in the newest hour, and beyond the usual so far. */
  readonly rate: bigint;
  readonly excess: bigint;
  /** A jump of requests, and nothing else. */
  readonly isJump: boolean;
  /** It was seen in one of the three hours before as well. */
  readonly goesOn: boolean;
}

/**
 * Whether people are told of what a detector found: it projects to the floor of a day, and a mere jump
 * of requests also goes on for a second hour, or has cost a day's floor already. Bursts of an hour are
 * what most jumps are: on the development feed this leaves a quarter of them.
 */
export function isWorthTelling(of: Sighted, monthlyBudget: bigint | undefined): boolean {
  if (!isAboveFloor(of.rate, monthlyBudget)) return false;
  return !of.isJump || of.goesOn || of.excess >= pushFloor(monthlyBudget);
}

const GOES_ON_HOURS = 3;

/** Whether one of the sightings lies shortly before the hour. */
export function goesOn(sightings: readonly { readonly hour: number }[], hour: number): boolean {
  return sightings.some((one) => one.hour < hour && one.hour >= hour - GOES_ON_HOURS);
}

/** Whether it concerns also whoever is Accountable for the budget. */
export function isWeighty(finding: Pick<Finding, "rate">, budget: bigint | undefined): boolean {
  return projectedPerDay(finding.rate) >= WEIGHTY_FACTOR * pushFloor(budget);
}

export function subjectKey(of: { class: FindingClass; subject: FindingSubject }): string {
  return `${of.class} ${of.subject.kind}:${of.subject.key}`;
}

/** Above this excess an hour an expected pattern is found all the same. */
export function expectedLimit(rate: bigint): bigint {
  return EXPECTED_FACTOR * (rate > 0n ? rate : 1_000_000_000n);
}

export function isSuppressed(
  of: { class: FindingClass; subject: FindingSubject; rate: bigint },
  suppressions: readonly Suppression[],
): boolean {
  const key = subjectKey(of);
  return suppressions.some((one) => subjectKey(one) === key && of.rate <= one.rateLimit);
}

/** Which states a press leads out of; from any other one it changes nothing. */
export const LEADS_FROM = {
  acknowledge: ["open", "snoozed"],
  snooze: ["open", "acknowledged"],
  expect: ["open", "acknowledged", "snoozed"],
  resolve: ["open", "acknowledged", "snoozed", "expected"],
} as const satisfies Record<string, readonly FindingState[]>;

/** What was last seen before this instant is over; `judgedUntil` ends the newest judged hour. */
export function normalSince(judgedUntil: Date): Date {
  return new Date(judgedUntil.getTime() - NORMAL_HOURS * HOUR_MS);
}

/** A finding last seen at or after this instant is taken up again by the same at `seenAt`. */
export function sameSince(seenAt: Date, silenceHours = SILENCE_HOURS): Date {
  return new Date(seenAt.getTime() - silenceHours * HOUR_MS);
}
