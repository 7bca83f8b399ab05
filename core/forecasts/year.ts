import { AispendError } from "../errors.ts";
import { addMonths, type Day, daysBetween, isoWeekday, type Period } from "../time.ts";
import { laidOut, type Prediction } from "./prediction.ts";
import { forecastRemainder, levelOf } from "./remainder.ts";
import type { ForecastSubject } from "./schema.ts";
import { historyOf, type SeriesTable } from "./series.ts";

/** What is assumed of twelve months: said beside the forecast, and kept with it. All in percent. */
export interface Assumptions {
  /** More calls each month than in the one before, compounding; from -50 to 100. */
  readonly adoptionPerMonth: number;
  /** Tokens per call against today's, from the next month on; from -90 to 900. */
  readonly tokens: number;
  /** Price per token against today's, by the model mix; from -95 to 900. */
  readonly mix: number;
}

export const NOTHING_CHANGES: Assumptions = { adoptionPerMonth: 0, tokens: 0, mix: 0 };

const BOUNDS = {
  adoptionPerMonth: [-50, 100, "growth a month"],
  tokens: [-90, 900, "change of tokens per call"],
  mix: [-95, 900, "change of price by the mix"],
} as const satisfies Record<keyof Assumptions, readonly [number, number, string]>;

/** Throws `assumption_invalid` for what is outside its bounds. */
export function requireAssumptions(assumptions: Assumptions): void {
  for (const name of ["adoptionPerMonth", "tokens", "mix"] as const) {
    const [low, high, said] = BOUNDS[name];
    const value = assumptions[name];
    if (Number.isFinite(value) && value >= low && value <= high) continue;
    throw new AispendError("assumption_invalid", `${said} of ${value}% is not possible`, {
      kind: "unprocessable",
      help: `Give a percentage from ${low} to ${high}.`,
    });
  }
}

/** How the assumptions name a stored forecast: "" for none. */
export function assumptionsKey({ adoptionPerMonth, tokens, mix }: Assumptions): string {
  return adoptionPerMonth === 0 && tokens === 0 && mix === 0
    ? ""
    : `adoption ${adoptionPerMonth}, tokens ${tokens}, mix ${mix}`;
}

/** Days of each month from `today` on up to the end of the period, this month first. */
function monthLengths(today: Day, period: Period): number[] {
  const lengths: number[] = [];
  for (let from = today; from < period.end; ) {
    const next = addMonths(from, 1);
    const until = next < period.end ? next : period.end;
    lengths.push(daysBetween(from, until));
    from = until;
  }
  return lengths;
}

/**
 * Twelve months from the first of this one: the level and the week that the history shows, without its
 * growth, times what is assumed. The spread is that of the forecast over as many days.
 */
export function predictYear(
  table: SeriesTable,
  subject: ForecastSubject,
  period: Period,
  today: Day,
  assumptions: Assumptions,
): Prediction | undefined {
  requireAssumptions(assumptions);
  const history = historyOf(table, subject, today);
  if (history === undefined) return undefined;
  const { perDay, factor } = levelOf(history.daily, history.firstWeekday);
  const days = daysBetween(today, period.end);
  const steady = (1 + assumptions.tokens / 100) * (1 + assumptions.mix / 100);
  // Counted on, as every scope has 365 days to come and a calendar is slow.
  let weekday = isoWeekday(today);
  let sum = 0;
  const path: number[] = [];
  for (const [months, length] of monthLengths(today, period).entries()) {
    const calls = (1 + assumptions.adoptionPerMonth / 100) ** months;
    const perCall = months === 0 ? 1 : steady;
    for (let day = 0; day < length; day += 1) {
      sum += perDay * factor(weekday) * calls * perCall;
      path.push(sum);
      weekday = (weekday % 7) + 1;
    }
  }
  const { p10, p50, p90, p99 } = forecastRemainder(history.daily, history.firstWeekday, days);
  const spread = (quantile: number) => (p50 === 0 ? sum : (sum * quantile) / p50);
  const rest = { p10: spread(p10), p50: sum, p90: spread(p90), p99: spread(p99) };
  const shares = path.map((share) => (sum === 0 ? 0 : share / sum));
  return laidOut({ table, subject, period, today, unit: "costs", history }, rest, shares);
}
