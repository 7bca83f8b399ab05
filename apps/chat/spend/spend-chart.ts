import type { Answer } from "#core/answers/schema.ts";
import type { Measures } from "#core/ledger/measures.ts";
import { type NanoUsd, nanoUsd, saidUsd } from "#core/money.ts";
import {
  addDays,
  addMonths,
  type Day,
  eachDay,
  type Period,
  periodDays,
  startOfMonth,
  startOfWeek,
} from "#core/time.ts";
import { saidDay, saidPeriod } from "../said/said-period.ts";

type Chart = NonNullable<Answer["chart"]>;
type Step = "day" | "week" | "month";

const DAYS_AT_MOST = 62;
const WEEKS_AT_MOST = 400;

function stepOf(period: Period): Step {
  const days = periodDays(period);
  return days <= DAYS_AT_MOST ? "day" : days <= WEEKS_AT_MOST ? "week" : "month";
}

function startOf(day: Day, step: Step): Day {
  return step === "day" ? day : step === "week" ? startOfWeek(day) : startOfMonth(day);
}

function endOf(start: Day, step: Step): Day {
  return step === "day"
    ? addDays(start, 1)
    : step === "week"
      ? addDays(start, 7)
      : addMonths(start, 1);
}

/** For drawing only: a float of dollars, exact to a hundredth of a cent. */
function drawn(cost: bigint): number {
  return Number(cost / 100_000n) / 10_000;
}

/**
 * Spend over the period in days, or in weeks or months where days would be too many to tell apart.
 * A step without entries cost nothing, and is drawn so. Undefined for less than two steps.
 */
export function spendChart(
  period: Period,
  days: readonly { day: Day; measures: Measures }[],
  today: Day,
): Chart | undefined {
  const step = stepOf(period);
  const steps = new Map<Day, NanoUsd>();
  for (const day of eachDay(period)) steps.set(startOf(day, step), nanoUsd(0n));
  for (const { day, measures } of days) {
    const start = startOf(day, step);
    steps.set(start, nanoUsd((steps.get(start) ?? 0n) + measures.cost));
  }
  if (steps.size < 2) return undefined;
  const named = [...steps].map(([start, cost]) => ({
    name:
      step === "month"
        ? saidPeriod({ start, end: endOf(start, step) }, today)
        : saidDay(start < period.start ? period.start : start),
    cost,
  }));
  return {
    kind: "bar",
    title: step === "day" ? "Cost a day" : step === "week" ? "Cost a week" : "Cost a month",
    unit: "USD",
    categories: named.map(({ name }) => name),
    series: [{ name: "Cost", values: named.map(({ cost }) => drawn(cost)) }],
    summary: summary(named, step),
  };
}

function summary(named: readonly { name: string; cost: NanoUsd }[], step: Step): string {
  const sorted = [...named].sort((a, b) => (a.cost < b.cost ? -1 : a.cost > b.cost ? 1 : 0));
  const [low] = sorted;
  const high = sorted.at(-1);
  if (low === undefined || high === undefined) return "No spend.";
  if (low.cost === high.cost) return `${saidUsd(low.cost)} every ${step}.`;
  const when = step === "week" ? "week of " : "";
  return (
    `Between ${saidUsd(low.cost)} (${when}${low.name}) and ${saidUsd(high.cost)} ` +
    `(${when}${high.name}) a ${step}.`
  );
}
