import type { Answer } from "#core/answers/schema.ts";
import type { Progress } from "#core/budgets/progress.ts";
import { type Day, daysBetween, eachDay } from "#core/time.ts";
import { saidDay } from "../said/said-period.ts";
import { budgetLine, exhaustionSaid } from "./budget-lines.ts";

type Chart = NonNullable<Answer["chart"]>;

/** For drawing only: dollars to a hundredth of a cent, or tokens. */
function drawn(amount: bigint, unit: string): number {
  return unit === "usd" ? Number(amount / 100_000n) / 10_000 : Number(amount);
}

/**
 * What adds up over the period against its budget: spent so far, the likely course of the rest with its
 * P10-P90 band, and the amount as a line. Undefined for a day.
 */
export function burnChart(progress: Progress, today: Day): Chart | undefined {
  const { budget, burn, daily } = progress;
  const days = eachDay(burn.period);
  if (days.length < 2) return undefined;
  const at = daysBetween(burn.period.start, today);
  const value = (amount: bigint) => drawn(amount, budget.unit);
  let sum = 0n;
  const spent = days.map((_, index) => {
    if (index > at) return null;
    sum += daily[index] ?? 0n;
    return value(sum);
  });
  const complete = daily.slice(0, at).reduce((total, one) => total + one, 0n);
  const course = (quantile: bigint | undefined) =>
    days.map((_, index) => {
      const share = burn.outlook?.path[index - at];
      if (quantile === undefined || share === undefined || index < at) return null;
      return value(complete) + share * (value(quantile) - value(complete));
    });
  const { outlook } = burn;
  return {
    kind: "line",
    title: budget.unit === "usd" ? "Spent and likely, added up" : "Tokens, added up",
    unit: budget.unit === "usd" ? "USD" : "tokens",
    categories: days.map(saidDay),
    series: [
      { name: "Spent", values: spent },
      ...(outlook === undefined ? [] : [{ name: "Likely", values: course(outlook.p50) }]),
      { name: "Budget", values: days.map(() => value(burn.limit)) },
    ],
    ...(outlook === undefined
      ? {}
      : { band: { name: "8 chances in 10", low: course(outlook.p10), high: course(outlook.p90) } }),
    summary: [budgetLine(progress, today), exhaustionSaid(burn, today)]
      .filter((part) => part !== undefined)
      .join("; "),
  };
}
