import { NANO_PER_USD } from "../money.ts";
import {
  addDays,
  addMonths,
  type Day,
  type Period,
  startOfMonth,
  startOfQuarter,
  startOfWeek,
} from "../time.ts";
import type { BudgetPeriod, BudgetSlot, BudgetSubject } from "./schema.ts";

/** The period of a budget that a local day of the organisation lies in; it rolls at local midnight. */
export function budgetPeriodAt(period: BudgetPeriod, day: Day): Period {
  switch (period) {
    case "day":
      return { start: day, end: addDays(day, 1) };
    case "week": {
      const start = startOfWeek(day);
      return { start, end: addDays(start, 7) };
    }
    case "month": {
      const start = startOfMonth(day);
      return { start, end: addMonths(start, 1) };
    }
    case "quarter": {
      const start = startOfQuarter(day);
      return { start, end: addMonths(start, 3) };
    }
    case "year": {
      const start = addMonths(day, 1 - Number(day.slice(5, 7)));
      return { start, end: addMonths(start, 12) };
    }
  }
}

/** How many of the period make twelve months; weeks and days by a year of 365.25 days. */
const PER_YEAR: Readonly<Record<BudgetPeriod, readonly [bigint, bigint]>> = {
  day: [36_525n, 100n],
  week: [36_525n, 700n],
  month: [12n, 1n],
  quarter: [4n, 1n],
  year: [1n, 1n],
};

/** An amount a period as the same amount a month, rounded down. */
export function perMonth(amount: bigint, period: BudgetPeriod): bigint {
  const [count, of] = PER_YEAR[period];
  return (amount * count) / (of * 12n);
}

/** "scope:12", "workflow:5": as the audit log and message keys name a subject. */
export function subjectKey({ kind, id }: BudgetSubject): string {
  return `${kind}:${id}`;
}

export function slotKey({ subject, kind, period, unit }: BudgetSlot): string {
  return `${subjectKey(subject)}:${kind}:${period}:${unit}`;
}

/** Above this a month a second approver is asked where the organisation chose nothing else. */
export const SECOND_APPROVAL_ABOVE = 50_000n * NANO_PER_USD;
export const WARN_DAYS = 5;
