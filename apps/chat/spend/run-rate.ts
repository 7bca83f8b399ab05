import { divideHalfEven, type NanoUsd, nanoUsd, sumNano } from "#core/money.ts";
import { type Day, periodDays } from "#core/time.ts";
import type { AskedPeriod } from "../period.ts";

/**
 * What the whole period costs at the pace of its days that are over. A run rate, no forecast: it
 * knows neither weekends nor trends. Undefined when the period is over or no day of it is.
 */
export function runRate(
  asked: AskedPeriod,
  days: readonly { day: Day; measures: { cost: NanoUsd } }[],
  today: Day,
): NanoUsd | undefined {
  const goesOn = asked.whole.end > asked.period.end;
  if (!goesOn || asked.completeDays === 0) return undefined;
  const over = sumNano(days.filter(({ day }) => day < today).map(({ measures }) => measures.cost));
  return nanoUsd(
    divideHalfEven(over * BigInt(periodDays(asked.whole)), BigInt(asked.completeDays)),
  );
}
