import type { Action, Fact } from "#core/answers/schema.ts";
import { burnOf } from "#core/budgets/burn.ts";
import type { Progress } from "#core/budgets/progress.ts";
import type { Accuracy } from "#core/forecasts/accuracy.ts";
import type { Distribution } from "#core/forecasts/population.ts";
import type { Prediction } from "#core/forecasts/prediction.ts";
import { saidUsd } from "#core/money.ts";
import { type Day, type Period, periodDays } from "#core/time.ts";
import { exhaustionSaid } from "../budgets/budget-lines.ts";
import { amountFigure, saidUsed } from "../budgets/said-amount.ts";
import { saidPeriod, saidWhole, saidWithin } from "../said/said-period.ts";
import { boundNote, leastOf } from "../spend/at-least.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { forecastChart } from "./forecast-chart.ts";
import { type ForecastWords, spellForecast } from "./forecast-words.ts";
import { accuracySaid } from "./said-accuracy.ts";

export interface ForecastReport {
  readonly said: string;
  readonly command: string;
  readonly words: Omit<ForecastWords, "subject">;
  readonly prediction: Prediction;
  /** The days of the period up to today, exact. */
  readonly daily: readonly bigint[];
  readonly accuracy: Accuracy;
  /** A live budget of the same period, in dollars. */
  readonly budget: Progress | undefined;
  readonly spread:
    | {
        readonly period: Period;
        readonly people: Distribution | undefined;
        readonly workloads: Distribution | undefined;
      }
    | undefined;
  readonly today: Day;
  readonly actions: readonly Action[];
  /** Whether calls without a price are among those that it is made of. */
  readonly isBound: boolean;
  readonly asOf: { readonly asOf?: string; readonly asOfSaid?: string };
  /** Where nothing is recorded any more. */
  readonly silence?: string | undefined;
}

function spreadLine(what: string, one: Distribution | undefined, none: string): string {
  if (one === undefined) return none;
  // Of one there is nothing to spread.
  if (one.count === 1) return `Per ${what}: one makes all of it, ${saidUsd(one.p50)}.`;
  const fit = one.fitted ? ", fitted" : "";
  const top =
    one.topTwentiethPercent === undefined
      ? ""
      : `; the dearest twentieth makes ${one.topTwentiethPercent}%`;
  return (
    `Per ${what} (${one.count}${fit}): P50 ${saidUsd(one.p50)}, P90 ${saidUsd(one.p90)}, ` +
    `P99 ${saidUsd(one.p99)}${top}.`
  );
}

function spreadLines({ spread, today }: ForecastReport): string[] {
  if (spread === undefined) return [];
  const month = saidPeriod(spread.period, today);
  return [
    `How spend was spread in ${month}: budget at P90, a hard ceiling near P99.`,
    spreadLine("user", spread.people, "Per user: not shown for under 5 people."),
    spreadLine("workflow", spread.workloads, "Per workflow: none is named."),
  ];
}

function budgetFact({ budget, prediction, today }: ForecastReport): Fact[] {
  if (budget === undefined) return [];
  const { limit } = budget.burn;
  const burn = burnOf({
    period: prediction.period,
    limit,
    today,
    daily: budget.daily,
    outlook: prediction,
  });
  const exhaustion = exhaustionSaid(burn, today);
  const used = saidUsed(prediction.p50, limit);
  return [
    {
      label: "Budget",
      value: [`${saidUsd(limit)}; likely ${used} of it`, exhaustion]
        .filter((part) => part !== undefined)
        .join(", "),
    },
  ];
}

function assumed({ words }: ForecastReport): Fact[] {
  if (words.horizon !== "year") return [];
  const { adoptionPerMonth, tokens, mix } = words.assumptions;
  const change = (value: number) => `${value > 0 ? "+" : ""}${value}%`;
  return [
    {
      label: "Assumed",
      value:
        `calls ${change(adoptionPerMonth)} a month, tokens per call ${change(tokens)}, ` +
        `price by model mix ${change(mix)}`,
    },
  ];
}

function periodSaid({ words, prediction, today }: ForecastReport): string {
  const { period } = prediction;
  return words.horizon === "year" ? saidPeriod(period, today) : saidWhole(period, today);
}

/** What a period will come to, how sure that is, and how good such forecasts were. Pure. */
export function forecastAnswer(report: ForecastReport): AnswerBody {
  const { accuracy, isBound, prediction, said, words } = report;
  const least = leastOf(isBound);
  const { p10, p50, p90, p99, runRate, spent } = prediction;
  const when = periodSaid(report);
  const isYear = words.horizon === "year";
  const within = isYear ? saidWithin(prediction.period, report.today) : `in ${when}`;
  const history = prediction.history.daily.length;
  const days = history === 1 ? "1 whole day" : `${history} whole days`;
  return {
    command: spellForecast(report.command, words),
    title:
      `${said}, ${when}: likely ${least}${saidUsd(p50)}, ${least}1 chance in 10 above ` +
      saidUsd(p90),
    sentence:
      `${said} will likely spend ${least}${saidUsd(p50)} ${within}; there is ${least}1 chance in ` +
      `10 that it is above ${saidUsd(p90)}.`,
    facts: [
      { label: "So far", value: `${least}${saidUsd(spent)}` },
      ...(runRate === undefined
        ? []
        : [{ label: "Run rate", value: `${least}${saidUsd(runRate)}` }]),
      ...budgetFact(report),
      ...assumed(report),
      { label: "Accuracy", value: accuracySaid(accuracy, when) },
    ],
    chart: forecastChart(prediction, report.daily, report.today),
    notes: [
      ...(report.silence === undefined ? [] : [report.silence]),
      ...(isBound ? [boundNote("the forecast", report.command)] : []),
      ...(history < 21
        ? [`Only ${days} of history: the range is wide, and knows no week yet.`]
        : []),
    ],
    details: [
      `P10 ${saidUsd(p10)}, P50 ${saidUsd(p50)}, P90 ${saidUsd(p90)}, P99 ${saidUsd(p99)}, from ` +
        `${days} of history, over ${periodDays(prediction.period)} days.`,
      ...spreadLines(report),
    ],
    source: { basis: "estimated", note: "forecast from daily spend", ...report.asOf },
    actions: [...report.actions],
    figures: {
      spent: amountFigure(spent, "usd"),
      p10: amountFigure(p10, "usd"),
      p50: amountFigure(p50, "usd"),
      p90: amountFigure(p90, "usd"),
      p99: amountFigure(p99, "usd"),
      ...(runRate === undefined ? {} : { run_rate: amountFigure(runRate, "usd") }),
      history_days: { amount: String(history), unit: "days" },
    },
  };
}
