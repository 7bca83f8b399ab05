import type { BudgetPeriod, BudgetUnit } from "#core/budgets/schema.ts";
import { divideHalfEven, NANO_PER_USD, parseDecimal, saidUsd, usdDecimal } from "#core/money.ts";
import { saidRough } from "../said/said-count.ts";

/** "$12,000", "1.2M tokens". */
export function saidAmount(amount: bigint, unit: BudgetUnit): string {
  return unit === "usd" ? saidUsd(amount) : `${saidRough(amount)} tokens`;
}

/** For machines: exact. */
export function amountFigure(amount: bigint, unit: BudgetUnit): { amount: string; unit: string } {
  return unit === "usd"
    ? { amount: usdDecimal(amount), unit: "USD" }
    : { amount: amount.toString(), unit: "tokens" };
}

/** "a month", "a day". */
export function perPeriod(period: BudgetPeriod): string {
  return `a ${period}`;
}

/** "69%", rounded down as alerts are; "under 1%" of something. */
export function saidUsed(spent: bigint, limit: bigint): string {
  if (spent <= 0n) return "0%";
  const percent = (spent * 100n) / limit;
  return percent === 0n ? "under 1%" : `${percent}%`;
}

const TYPED = /^\$?(\d[\d,]*(?:\.\d+)?)([km])?$/i;

/** Whether a word can be an amount: "12000", "$12,000", "12k", "1.5m". */
export function isAmount(typed: string): boolean {
  return TYPED.test(typed);
}

/** Nano-USD or tokens of a typed amount; undefined when it is none. */
export function readAmount(typed: string, unit: BudgetUnit): bigint | undefined {
  const match = TYPED.exec(typed.trim());
  const decimal = match === null ? undefined : parseDecimal((match[1] ?? "").replaceAll(",", ""));
  if (decimal === undefined) return undefined;
  const times = { k: 1_000n, m: 1_000_000n }[(match?.[2] ?? "").toLowerCase()] ?? 1n;
  const size = times * (unit === "usd" ? NANO_PER_USD : 1n);
  return divideHalfEven(decimal.digits * size, 10n ** BigInt(decimal.scale));
}

/** An amount as it is typed again in a command: "12000", "1200000". */
export function typedAmount(amount: bigint, unit: BudgetUnit): string {
  return unit === "usd" ? usdDecimal(amount) : amount.toString();
}
