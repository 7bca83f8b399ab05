import { type Burn, burnOf, type Outlook } from "#core/budgets/burn.ts";
import { divideHalfEven, parseUsd, usdDecimal } from "#core/money.ts";
import { type Day, daysBetween, parseDay } from "#core/time.ts";
import { MONTH_DAYS } from "./profile.ts";
import type { BudgetEffect } from "./report-schema.ts";
import type { BudgetState } from "./traffic-schema.ts";

/** What the changes add in 30 days: in all, and by sure findings alone. Nano-USD. */
export interface Added {
  readonly month: bigint;
  readonly sure: bigint;
}

/**
 * What a whole period under the change makes of a budget, and when the running one is used up if it
 * is merged today. The forecast is the likely one.
 */
export function budgetEffect(state: BudgetState, { month, sure }: Added): BudgetEffect {
  const limit = parseUsd(state.limit);
  const days = BigInt(daysBetween(parseDay(state.start), parseDay(state.end)));
  const whole = (added: bigint): bigint => divideHalfEven(added * days, BigInt(MONTH_DAYS));
  const { label, period, spent, accountable, outlook } = state;
  const forecast = outlook === null ? undefined : parseUsd(outlook.p50);
  const after = forecast === undefined ? undefined : forecast + whole(month);
  const surely = forecast === undefined ? undefined : forecast + whole(sure);
  const crossed = (value: bigint | undefined): boolean =>
    forecast !== undefined && value !== undefined && forecast <= limit && value > limit;
  return {
    label,
    period,
    limit: state.limit,
    spent,
    forecast:
      forecast === undefined || after === undefined
        ? null
        : { from: usdDecimal(forecast), to: usdDecimal(after) },
    forecastPercent:
      forecast === undefined || after === undefined
        ? null
        : { from: shareOf(forecast, limit), to: shareOf(after, limit) },
    exhaustion: {
      from: exhaustedOn(burnAfter(state, 0n)) ?? null,
      to: exhaustedOn(burnAfter(state, month)) ?? null,
    },
    crosses: crossed(after),
    crossesSurely: crossed(surely),
    accountable,
  };
}

/** Whole percent, half to even. */
function shareOf(amount: bigint, limit: bigint): number {
  return Number(divideHalfEven(amount * 100n, limit));
}

function exhaustedOn({ exhaustedOn: done, exhaustion }: Burn): Day | undefined {
  return done ?? exhaustion?.likely;
}

/** The running period if so much a month is added from today on, evenly. */
function burnAfter(state: BudgetState, addedPerMonth: bigint): Burn {
  const period = { start: parseDay(state.start), end: parseDay(state.end) };
  const today = parseDay(state.today);
  const left = Math.max(1, daysBetween(today, period.end));
  const added = divideHalfEven(addedPerMonth * BigInt(left), BigInt(MONTH_DAYS));
  const complete = parseUsd(state.complete);
  const days = Math.max(0, daysBetween(period.start, today));
  // Only the sum of the days that are over is known here: it stands on the last of them.
  const daily = Array.from({ length: days + 1 }, () => 0n);
  if (days > 0) daily[days - 1] = complete;
  daily[days] = parseUsd(state.spent) - complete;
  const outlook = state.outlook === null ? undefined : outlookAfter(state.outlook, complete, added);
  return burnOf({ period, limit: parseUsd(state.limit), today, daily, outlook });
}

function outlookAfter(
  outlook: NonNullable<BudgetState["outlook"]>,
  complete: bigint,
  added: bigint,
): Outlook {
  const quantile = (text: string): bigint => parseUsd(text) + added;
  const p50 = quantile(outlook.p50);
  const rest = Number(parseUsd(outlook.p50) - complete);
  const all = Number(p50 - complete);
  const days = outlook.path.length;
  // What is there follows its own path, what is added comes evenly.
  const path = outlook.path.map((share, index) =>
    all <= 0 ? share : (share * rest + Number(added) * ((index + 1) / days)) / all,
  );
  return {
    p10: quantile(outlook.p10),
    p50,
    p90: quantile(outlook.p90),
    p99: quantile(outlook.p99),
    historyDays: outlook.historyDays,
    path,
  };
}
