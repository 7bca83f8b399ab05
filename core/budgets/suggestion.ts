import { AispendError } from "../errors.ts";
import { addDays, type Day, type Period } from "../time.ts";

/** domain.md section 4: measure 30 to 60 days, then 110 to 120% of the baseline. */
const MIN_DAYS = 30;
const MAX_DAYS = 60;
/** Mean length of a month, in hundredths of a day. */
const MONTH_DAYS_HUNDREDTHS = 3_044n;

export interface Suggestion {
  /** The days measured: complete ones, the last 60 at most. */
  readonly baselineDays: Period;
  readonly days: number;
  /** What they spent, and the same a month of 30.44 days. */
  readonly spent: bigint;
  readonly baseline: bigint;
  /** 110% and 120% of the baseline. */
  readonly low: bigint;
  readonly high: bigint;
  /** What is proposed: 115%, rounded up to two leading digits where that stays within 120%. */
  readonly proposed: bigint;
}

/**
 * A budget a month from complete days, the oldest first, `firstDay` being that of the first. Throws
 * `baseline_too_short` under 30 days, `baseline_empty` where nothing was spent.
 */
export function suggestBudget(daily: readonly bigint[], firstDay: Day, said: string): Suggestion {
  if (daily.length < MIN_DAYS) {
    const days = daily.length === 1 ? "1 whole day" : `${daily.length} whole days`;
    throw new AispendError(
      "baseline_too_short",
      `${said} has ${days} of spend; a budget is suggested from ${MIN_DAYS} on`,
      {
        kind: "unprocessable",
        help: `Ask again from ${addDays(firstDay, MIN_DAYS)} on, or set an amount of your own.`,
      },
    );
  }
  const measured = daily.slice(-MAX_DAYS);
  const spent = measured.reduce((sum, amount) => sum + amount, 0n);
  if (spent <= 0n) {
    throw new AispendError("baseline_empty", `${said} spent nothing in ${measured.length} days`, {
      kind: "unprocessable",
      help: "Set an amount of your own.",
    });
  }
  const baseline = (spent * MONTH_DAYS_HUNDREDTHS) / (BigInt(measured.length) * 100n);
  const low = (baseline * 110n + 99n) / 100n;
  const high = (baseline * 120n) / 100n;
  const start = addDays(firstDay, daily.length - measured.length);
  return {
    baselineDays: { start, end: addDays(start, measured.length) },
    days: measured.length,
    spent,
    baseline,
    low,
    high,
    proposed: roundedWithin((baseline * 115n) / 100n, low, high),
  };
}

/** The roundest amount near `wanted` between the bounds: fewest digits that are not 0. */
function roundedWithin(wanted: bigint, low: bigint, high: bigint): bigint {
  for (let unit = 10n ** BigInt(wanted.toString().length); unit > 1n; unit /= 10n) {
    const up = ((wanted + unit / 2n) / unit) * unit;
    if (up >= low && up <= high) return up;
  }
  return wanted;
}
