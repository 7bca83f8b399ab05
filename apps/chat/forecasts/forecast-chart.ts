import type { Answer } from "#core/answers/schema.ts";
import type { Prediction } from "#core/forecasts/prediction.ts";
import { saidUsd } from "#core/money.ts";
import { type Day, daysBetween, eachDay } from "#core/time.ts";
import { saidDay } from "../said/said-period.ts";

type Chart = NonNullable<Answer["chart"]>;

const POINTS_AT_MOST = 92;

/** For drawing only. */
function drawn(amount: bigint): number {
  return Number(amount / 100_000n) / 10_000;
}

/** What is spent, added up, and the likely course of the rest with its P10-P90 band. */
export function forecastChart(prediction: Prediction, daily: readonly bigint[], today: Day): Chart {
  const { p10, p50, p90, path, period } = prediction;
  const at = daysBetween(period.start, today);
  const complete = daily.slice(0, at).reduce((sum, one) => sum + one, 0n);
  let sum = 0n;
  const points = eachDay(period).map((day, index) => {
    if (index <= at) sum += daily[index] ?? 0n;
    const share = path[index - at];
    const course = (quantile: bigint) =>
      share === undefined || index < at
        ? null
        : drawn(complete) + share * (drawn(quantile) - drawn(complete));
    return {
      name: saidDay(day),
      spent: index <= at ? drawn(sum) : null,
      likely: course(p50),
      low: course(p10),
      high: course(p90),
    };
  });
  // A year is drawn by weeks: its days could not be told apart.
  const step = Math.ceil(points.length / POINTS_AT_MOST) > 1 ? 7 : 1;
  const shown = points.filter((_, index) => (points.length - 1 - index) % step === 0);
  return {
    kind: "line",
    title: "Spent and likely, added up",
    unit: "USD",
    categories: shown.map(({ name }) => name),
    series: [
      { name: "Spent", values: shown.map(({ spent }) => spent) },
      { name: "Likely", values: shown.map(({ likely }) => likely) },
    ],
    band: {
      name: "8 chances in 10",
      low: shown.map(({ low }) => low),
      high: shown.map(({ high }) => high),
    },
    summary:
      `${saidUsd(prediction.spent)} so far; likely ${saidUsd(p50)} in the end, between ` +
      `${saidUsd(p10)} and ${saidUsd(p90)} with 8 chances in 10.`,
  };
}
