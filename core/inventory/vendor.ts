import { parseUsd } from "../money.ts";
import type { InventoryPolicy } from "../org/inventory-policy-schema.ts";
import { addDays, type Day, parseDay, utcDay } from "../time.ts";
import type { VendorReview } from "./schema.ts";

/** A year of spend, up to today. */
export const YEAR_DAYS = 365;

export interface VendorFacts {
  /** In lower case. */
  readonly vendor: string;
  /** Oldest first, at most one a day. */
  readonly days: readonly {
    readonly day: Day;
    readonly cost: bigint;
    readonly unpriced?: bigint;
  }[];
  /** Oldest first. */
  readonly reviews: readonly VendorReview[];
}

export interface Due {
  readonly cause: VendorReview["cause"];
  /** Nano-USD a year; undefined where it is not for spend. */
  readonly threshold: bigint | undefined;
  readonly crossedOn: Day;
  readonly dueOn: Day;
}

/** How a vendor stands: what a year costs, and which review is due. Amounts are nano-USD. */
export interface Vendor {
  readonly vendor: string;
  readonly spend: bigint;
  /** Some of the year's calls have no price: the spend is a lower bound. */
  readonly isLowerBound: boolean;
  /** Lowest first; empty where none is set. */
  readonly thresholds: readonly bigint[];
  /** The review that waits for a decision. */
  readonly due: Due | undefined;
  readonly isOverdue: boolean;
  /** The last that was decided. */
  readonly decided: VendorReview | undefined;
  readonly reviews: readonly VendorReview[];
}

function thresholdsOf(vendor: string, policy: InventoryPolicy): bigint[] {
  const { spend_a_year, vendors } = policy.vendor_reviews;
  const own = vendors?.find((one) => one.vendor.toLowerCase() === vendor);
  const amounts: bigint[] = (own?.spend_a_year ?? spend_a_year ?? []).map((text) => parseUsd(text));
  return amounts.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Spend of the 365 days up to and with `until`. */
export function yearSpend(days: VendorFacts["days"], until: Day): bigint {
  const from = addDays(until, 1 - YEAR_DAYS);
  return days.reduce((sum, { day, cost }) => (day >= from && day <= until ? sum + cost : sum), 0n);
}

/** The first day after `after` on which the 365 days up to it come to the threshold. */
export function crossingDay(
  days: VendorFacts["days"],
  threshold: bigint,
  after: Day | undefined,
): Day | undefined {
  let sum = 0n;
  let oldest = 0;
  for (const { day, cost } of days) {
    sum += cost;
    const from = addDays(day, 1 - YEAR_DAYS);
    while (oldest < days.length && (days[oldest]?.day ?? day) < from) {
      sum -= days[oldest]?.cost ?? 0n;
      oldest += 1;
    }
    if (sum >= threshold && (after === undefined || day > after)) return day;
  }
  return undefined;
}

function dueOf(
  { days, reviews }: VendorFacts,
  thresholds: readonly bigint[],
  policy: InventoryPolicy["vendor_reviews"],
  today: Day,
): Due | undefined {
  const open = reviews.find(({ decidedAt }) => decidedAt === null);
  if (open !== undefined) {
    return {
      cause: open.cause,
      threshold: open.threshold ?? undefined,
      crossedOn: parseDay(open.crossedOn),
      dueOn: parseDay(open.dueOn),
    };
  }
  const decided = reviews.findLast(({ decidedAt }) => decidedAt !== null);
  const nextOn = decided?.nextOn == null ? undefined : parseDay(decided.nextOn);
  if (nextOn !== undefined && today >= addDays(nextOn, -policy.due_days)) {
    const crossedOn = addDays(nextOn, -policy.due_days);
    return { cause: "date", threshold: undefined, crossedOn, dueOn: nextOn };
  }
  const spend = yearSpend(days, today);
  const answered = decided?.spend ?? 0n;
  const threshold = thresholds.find((one) => one > answered && one <= spend);
  if (threshold === undefined) return undefined;
  const after = decided?.decidedAt == null ? undefined : utcDay(decided.decidedAt);
  const crossedOn = crossingDay(days, threshold, after) ?? today;
  return { cause: "spend", threshold, crossedOn, dueOn: addDays(crossedOn, policy.due_days) };
}

/**
 * A review is due when a year's spend has crossed a threshold that no decision answers yet, or so many
 * days before the next review that the last decision named. A decision answers every threshold up to
 * what a year cost then. One that is open stays as it was opened. Pure.
 */
export function judgeVendor(facts: VendorFacts, policy: InventoryPolicy, today: Day): Vendor {
  const { vendor, days, reviews } = facts;
  const thresholds = thresholdsOf(vendor, policy);
  const since = addDays(today, 1 - YEAR_DAYS);
  const due = dueOf(facts, thresholds, policy.vendor_reviews, today);
  return {
    vendor,
    spend: yearSpend(days, today),
    isLowerBound: days.some(({ day, unpriced = 0n }) => unpriced > 0n && day >= since),
    thresholds,
    due,
    isOverdue: due !== undefined && due.dueOn < today,
    decided: reviews.findLast(({ decidedAt }) => decidedAt !== null),
    reviews,
  };
}
