import { allocate } from "../money.ts";
import { addMonths, type Day, daysBetween, type Period, parseDay } from "../time.ts";

/** One month of an annual plan against what was spent. Nano-USD. */
export interface PlanMonth {
  readonly month: Day;
  readonly plan: bigint | undefined;
  readonly actual: bigint;
  /** Actual less plan; undefined while the month goes on, without a plan, or not recorded as a whole. */
  readonly variance: bigint | undefined;
  /** `unrecorded`: the records begin after it; what it cost is not known, which is not $0. */
  readonly state: "over" | "running" | "to_come" | "unrecorded";
  /** The day on which the records begin, where that is inside the month. */
  readonly since: Day | undefined;
}

export interface PlanReport {
  readonly year: number;
  readonly months: readonly PlanMonth[];
  readonly planned: bigint;
  /** Of the months that are over, recorded as a whole, and have a plan. */
  readonly plannedSoFar: bigint;
  readonly actualSoFar: bigint;
}

export function planMonths(year: number): Day[] {
  const first = parseDay(`${year}-01-01`);
  return Array.from({ length: 12 }, (_, index) => addMonths(first, index));
}

/**
 * The figures of a year: twelve as given, or one for the year by the days of its months, to the nano.
 */
export function planFigures(
  year: number,
  amounts: readonly bigint[],
): { month: Day; amount: bigint }[] {
  const months = planMonths(year);
  const [whole = 0n] = amounts;
  const parts =
    amounts.length === months.length
      ? amounts
      : allocate(
          whole,
          months.map((month) => BigInt(daysBetween(month, addMonths(month, 1)))),
        );
  return months.map((month, index) => ({ month, amount: parts[index] ?? 0n }));
}

/** What a plan is measured by: what a half-open period cost, and when the records of the year begin. */
interface PlanActuals {
  readonly of: (period: Period) => bigint;
  /** The organisation's first recorded day; undefined where nothing is recorded up to now. */
  readonly recordedFrom: Day | undefined;
}

/** Records that begin within a week of the month's first day make it no other month. */
const START_DAYS_IGNORED = 7;

function stateOf(month: Day, today: Day, recordedFrom: Day | undefined): PlanMonth["state"] {
  if (month > today) return "to_come";
  const end = addMonths(month, 1);
  if (recordedFrom === undefined || recordedFrom >= end) return "unrecorded";
  return end <= today ? "over" : "running";
}

/** Plan, actual and variance by month; a month that is recorded in part is compared with nothing. */
export function planReport(
  year: number,
  figures: ReadonlyMap<Day, bigint>,
  today: Day,
  { of, recordedFrom }: PlanActuals,
): PlanReport {
  const months = planMonths(year).map((month): PlanMonth => {
    const end = addMonths(month, 1);
    const plan = figures.get(month);
    const state = stateOf(month, today, recordedFrom);
    const isKnown = state === "over" || state === "running";
    const actual = isKnown ? of({ start: month, end }) : 0n;
    const isLate =
      recordedFrom !== undefined && daysBetween(month, recordedFrom) > START_DAYS_IGNORED;
    const since = isKnown && isLate ? recordedFrom : undefined;
    const isWhole = state === "over" && since === undefined;
    return {
      month,
      plan,
      actual,
      variance: isWhole && plan !== undefined ? actual - plan : undefined,
      state,
      since,
    };
  });
  const compared = months.filter(({ variance }) => variance !== undefined);
  const sum = (of: readonly PlanMonth[], value: (one: PlanMonth) => bigint) =>
    of.reduce((total, one) => total + value(one), 0n);
  return {
    year,
    months,
    planned: sum(months, ({ plan }) => plan ?? 0n),
    plannedSoFar: sum(compared, ({ plan }) => plan ?? 0n),
    actualSoFar: sum(compared, ({ actual }) => actual),
  };
}
