import { budgetPeriodAt } from "#core/budgets/calendar.ts";
import type { BudgetPeriod } from "#core/budgets/schema.ts";
import { type Day, localDay, monthName, type Period } from "#core/time.ts";
import type { ChainSubject } from "./holds.ts";

/** A cap as admission reads it: in force, with how it is spoken of. Amounts in nano-USD. */
export interface Cap {
  readonly subject: ChainSubject;
  readonly period: BudgetPeriod;
  readonly amount: bigint;
  /** A soft cap never refuses. */
  readonly isHard: boolean;
  readonly shadowUntil: Date | undefined;
  readonly raises: readonly {
    readonly amount: bigint;
    readonly from: Date;
    readonly until: Date;
  }[];
  /** "agent ticket-triage". */
  readonly name: string;
  readonly raisedBy: readonly string[];
  readonly command: string | undefined;
}

/** The amount that holds now: a raise counts while it is in force, where it is more. */
export function amountAt(cap: Cap, now: Date): bigint {
  let amount = cap.amount;
  for (const raise of cap.raises) {
    if (raise.from <= now && now < raise.until && raise.amount > amount) amount = raise.amount;
  }
  return amount;
}

/** What refuses; undefined for a soft cap, and for a hard one in its shadow days. */
export function limitAt(cap: Cap, now: Date): bigint | undefined {
  return cap.isHard && !isShadow(cap, now) ? amountAt(cap, now) : undefined;
}

export function isShadow({ isHard, shadowUntil }: Cap, now: Date): boolean {
  return isHard && shadowUntil !== undefined && now < shadowUntil;
}

export function periodOf(cap: Pick<Cap, "period">, day: Day): Period {
  return budgetPeriodAt(cap.period, day);
}

export function subjectName({ kind, id }: ChainSubject): string {
  return `${kind}:${id}`;
}

/** "1 Dec 2026, 00:00 Europe/Berlin": the first day that is not in the period any more. */
export function resetSaid(period: Period, timeZone: string): string {
  const { end } = period;
  const month = monthName(end).slice(0, 3);
  return `${Number(end.slice(8))} ${month} ${end.slice(0, 4)}, 00:00 ${timeZone}`;
}

export function dayAt(now: Date, timeZone: string): Day {
  return localDay(now, timeZone);
}
