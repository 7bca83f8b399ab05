import { allocate } from "../money.ts";
import { addMonths, type Day, daysBetween, type Period, parseDay } from "../time.ts";

/** One month of an annual plan against what was spent. Nano-USD. */
export interface PlanMonth {
  readonly month: Day;
  readonly plan: bigint | undefined;
  readonly actual: bigint;
  /** Actual less plan; undefined while the month goes on, or without a plan. */
  readonly variance: bigint | undefined;
  readonly state: "over" | "running" | "to_come";
}

export interface PlanReport {
  readonly year: number;
  readonly months: readonly PlanMonth[];
  readonly planned: bigint;
  /** Of the months that are over and have a plan. */
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

/** Plan, actual and variance by month. `actualOf` gives what a half-open period cost. */
export function planReport(
  year: number,
  figures: ReadonlyMap<Day, bigint>,
  today: Day,
  actualOf: (period: Period) => bigint,
): PlanReport {
  const months = planMonths(year).map((month): PlanMonth => {
    const end = addMonths(month, 1);
    const plan = figures.get(month);
    const state = end <= today ? "over" : month <= today ? "running" : "to_come";
    const actual = state === "to_come" ? 0n : actualOf({ start: month, end });
    const variance = state === "over" && plan !== undefined ? actual - plan : undefined;
    return { month, plan, actual, variance, state };
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
