import { NANO_PER_USD } from "../money.ts";
import { type Day, daysBetween } from "../time.ts";
import { type Burn, usedPercent } from "./burn.ts";
import { perMonth } from "./calendar.ts";
import type { BudgetPeriod, BudgetUnit } from "./schema.ts";

/** What is told of a budget: a percentage of it is used, or it will be used up within days. */
export type Signal = `used:${number}` | "exhaustion";

/** A signal that was told in this period, of the amount that it was measured against. */
export interface ToldSignal {
  readonly signal: Signal;
  readonly amount: bigint;
  readonly resolved: boolean;
}

export interface SignalChanges {
  /** Not told in this period yet; the percentages ascending, the exhaustion last. */
  readonly crossed: readonly Signal[];
  /** Of the crossed ones the one to tell: the others are contained in it. */
  readonly announced: Signal | undefined;
  /** Told, and no longer true. */
  readonly resolved: readonly ToldSignal[];
  /** Told, resolved, and true again: the message is edited, nobody is told twice. */
  readonly reopened: readonly ToldSignal[];
}

export interface SignalInput {
  readonly burn: Burn;
  readonly thresholds: readonly number[];
  readonly unit: BudgetUnit;
  readonly period: BudgetPeriod;
  readonly warnDays: number;
  readonly told: readonly ToldSignal[];
  readonly today: Day;
}

const FIRM_DAYS = 7;
const FLOOR_PER_DAY = 25n * NANO_PER_USD;

/**
 * Whether the projected overrun is worth a message: max($25 a day, 1% of the monthly budget), as
 * messages.md has it. Tokens have no price here, and 1% of the amount alone decides.
 */
export function isAboveFloor(burn: Burn, unit: BudgetUnit, period: BudgetPeriod): boolean {
  const { outlook, limit } = burn;
  const likely = burn.exhaustion?.likely;
  if (outlook === undefined || likely === undefined) return false;
  const excess = outlook.p50 - limit;
  if (unit === "tokens") return excess * 100n >= limit;
  const days = BigInt(Math.max(1, daysBetween(likely, burn.period.end)));
  const onePercent = perMonth(limit, period) / 100n;
  const floor = onePercent > FLOOR_PER_DAY ? onePercent : FLOOR_PER_DAY;
  return excess >= floor * days;
}

/** What is true of a budget now. Pure of what was told. */
export function signalsOf(input: Omit<SignalInput, "told">): Signal[] {
  const { burn, thresholds, unit, period, warnDays, today } = input;
  const used = usedPercent(burn);
  const signals: Signal[] = thresholds
    .filter((percent) => used >= percent)
    .map((percent): Signal => `used:${percent}`);
  const likely = burn.exhaustion?.likely;
  // A forecast from a few days is shown where it is asked for; nobody is woken by it.
  const isFirm = (burn.outlook?.historyDays ?? 0) >= FIRM_DAYS;
  const near = isFirm && likely !== undefined && daysBetween(today, likely) <= warnDays;
  if (near && isAboveFloor(burn, unit, period)) signals.push("exhaustion");
  return signals;
}

/**
 * What is to be told now, and what no longer holds. Each signal is told once a period; under another
 * amount it is another fact, unless the old one still stands.
 */
export function changesOf(input: SignalInput): SignalChanges {
  const now = signalsOf(input);
  const { told, burn } = input;
  const known = (signal: Signal) =>
    told.some((one) => one.signal === signal && (one.amount === burn.limit || !one.resolved));
  const crossed = now.filter((signal) => !known(signal));
  return {
    crossed,
    announced: weightiest(crossed),
    resolved: told.filter((one) => !one.resolved && !now.includes(one.signal)),
    reopened: told.filter(
      (one) =>
        one.resolved &&
        one.amount === burn.limit &&
        now.includes(one.signal) &&
        !told.some((other) => other.signal === one.signal && !other.resolved),
    ),
  };
}

/** What comes first in a message: that it will be used up goes before how much is, until it is. */
export function weightOf(signal: Signal): number {
  return signal === "exhaustion" ? 99.5 : Number(signal.slice("used:".length));
}

function weightiest(signals: readonly Signal[]): Signal | undefined {
  return [...signals].sort((a, b) => weightOf(a) - weightOf(b)).at(-1);
}
