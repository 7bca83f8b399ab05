import type { Burn } from "#core/budgets/burn.ts";
import { usedPercent } from "#core/budgets/burn.ts";
import type { Progress } from "#core/budgets/progress.ts";
import type { Budget } from "#core/budgets/schema.ts";
import { addDays, type Day } from "#core/time.ts";
import { saidDay, saidWhole } from "../said/said-period.ts";
import { leastOf } from "../spend/at-least.ts";
import { saidAmount, saidUsed } from "./said-amount.ts";

/** "73% of November gone". */
export function goneSaid(burn: Burn, today: Day): string {
  const percent = Math.floor((burn.completeDays * 100) / burn.totalDays);
  return `${percent}% of ${saidWhole(burn.period, today)} gone`;
}

/**
 * "likely $11,200; 1 chance in 10 above $12,600": at most two figures, as messages.md has it.
 * `isBound`: calls without a price are not in them.
 */
export function likelySaid(
  { outlook }: Burn,
  unit: Budget["unit"],
  isBound = false,
): string | undefined {
  if (outlook === undefined) return undefined;
  const likely = saidAmount(outlook.p50, unit);
  const high = saidAmount(outlook.p90, unit);
  const least = leastOf(isBound && unit === "usd");
  const first = `likely ${least}${likely}`;
  return likely === high ? first : `${first}; ${least}1 chance in 10 above ${high}`;
}

/** When it is used up, in words; with the range where there is one. */
export function exhaustionSaid(burn: Burn, today: Day): string | undefined {
  if (burn.exhaustedOn !== undefined) return `used up on ${saidDay(burn.exhaustedOn)}`;
  const { exhaustion } = burn;
  if (exhaustion === undefined) return undefined;
  const { early, likely, late } = exhaustion;
  const end = saidDay(addDays(burn.period.end, -1));
  if (likely === undefined) {
    return early === undefined
      ? `lasts to ${end}`
      : `likely lasts to ${end}; 1 chance in 10 that it is used up by ${saidDay(early)}`;
  }
  const from = early === undefined ? "" : saidDay(early);
  const to = late === undefined ? `after ${end}` : saidDay(late);
  const range = from === to ? "" : ` (8 chances in 10: ${from} to ${to})`;
  return `at this rate used up on ${saidDay(likely)}${range}${likely === today ? ", today" : ""}`;
}

/** The line of a spend answer and of the weekly: "$8,310 of $12,000 (69%), 73% of November gone". */
export function budgetLine({ budget, burn }: Progress, today: Day, isBound = false): string {
  const used = saidUsed(burn.spent, burn.limit);
  const { unit } = budget;
  return (
    `${leastOf(isBound && unit === "usd")}${saidAmount(burn.spent, unit)} of ` +
    `${saidAmount(burn.limit, unit)} (${used}), ` +
    goneSaid(burn, today)
  );
}

export function headroomSaid(burn: Burn, unit: Budget["unit"]): string {
  return burn.headroom >= 0n
    ? `${saidAmount(burn.headroom, unit)} left`
    : `${saidAmount(-burn.headroom, unit)} over`;
}

/** For lists: what stands out first. */
export function byUse(left: Progress, right: Progress): number {
  return usedPercent(right.burn) - usedPercent(left.burn);
}
