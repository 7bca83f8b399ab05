import type { Action } from "#core/answers/schema.ts";
import { loadOwnProgress } from "#core/budgets/progress.ts";
import { listBudgets } from "#core/budgets/service.ts";
import { transaction } from "#core/db/transaction.ts";
import {
  findAccuracy,
  findAgentSpread,
  findForecast,
  keepForecast,
} from "#core/forecasts/service.ts";
import { spendByDay } from "#core/ledger/spend.ts";
import { addDays, type Day, eachDay } from "#core/time.ts";
import type { Asking } from "../asking.ts";
import { type SettledSubject, settleBudgetSubject } from "../budgets/budget-subject.ts";
import type { Command } from "../command.ts";
import { forecastAnswer } from "../forecasts/forecast-answer.ts";
import { type ForecastWords, readForecast, spellForecast } from "../forecasts/forecast-words.ts";
import { askButton, Refusal } from "../refusal.ts";
import { saidAsOf, silenceNote } from "../said/as-of.ts";
import { isLowerBound } from "../spend/at-least.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";

function noHistory({ subject }: SettledSubject): Refusal {
  return new Refusal(
    "forecast_without_history",
    `${subject.said}: no forecast yet`,
    `${subject.said} has no whole day of spend in the last 200 days to forecast from.`,
    { kind: "unprocessable", actions: [askButton(subject.command), askButton("forecast org")] },
  );
}

/** How far back it is looked when something was recorded last. */
const SILENCE_DAYS = 60;

async function daysOf(asking: Asking, settled: SettledSubject, start: Day) {
  const { now, org, pool, today } = asking;
  const period = { start, end: addDays(today, 1) };
  const back = addDays(today, -SILENCE_DAYS);
  // From before the period too: on its first day only that tells when something was recorded last.
  const looked = { start: start < back ? start : back, end: period.end };
  const rows = await spendByDay(pool, org.id, settled.subject.filter, looked);
  const byDay = new Map(rows.map(({ day, measures }) => [day, measures]));
  const recorded = rows
    .map(({ measures }) => measures.lastRecordedAt)
    .filter((at) => at !== undefined);
  const sum = (of: "requests" | "unpricedRequests") =>
    rows.reduce((total, { measures }) => total + measures[of], 0n);
  const last = recorded.sort((a, b) => a.getTime() - b.getTime()).at(-1);
  return {
    isBound: isLowerBound({
      requests: sum("requests"),
      unpricedRequests: sum("unpricedRequests"),
    }),
    daily: eachDay(period).map((day): bigint => byDay.get(day)?.cost ?? 0n),
    asOf:
      last === undefined
        ? {}
        : {
            asOf: last.toISOString(),
            asOfSaid: saidAsOf(last, now, org.timeZone),
          },
    silence: last && silenceNote(last, now, org.timeZone),
  };
}

function actions(asking: Asking, settled: SettledSubject, words: ForecastWords): Action[] {
  const { command } = settled.subject;
  const others = (["month", "quarter", "year"] as const).filter((one) => one !== words.horizon);
  const none = { adoptionPerMonth: 0, tokens: 0, mix: 0 };
  const found: Action[] = [
    ...others.map((horizon) =>
      askButton(
        spellForecast(command, { horizon, assumptions: none }),
        { month: "Month", quarter: "Quarter", year: "12 months" }[horizon],
      ),
    ),
    { kind: "form", label: "What if...", form: "whatif", token: command },
    askButton(`budget ${command}`, "Budget"),
  ];
  const share: Action = { kind: "share", label: "Share", command: spellForecast(command, words) };
  return asking.audience.kind === "person" ? [...found, share] : found;
}

async function run(asking: Asking, words: ForecastWords): Promise<AnswerBody> {
  const { now, org, pool, today } = asking;
  const settled = await settleBudgetSubject(asking, words.subject, "forecast");
  const { budget: subject } = settled;
  const { assumptions, horizon } = words;
  const about = { orgId: org.id, subject, horizon, today };
  const prediction = await findForecast(pool, { ...about, assumptions });
  if (prediction === undefined) throw noHistory(settled);
  await transaction(pool, (tx) => keepForecast(tx, { ...about, assumptions, prediction, now }));
  const isAgent = settled.subject.main.kind === "agent";
  const live = (await listBudgets(pool, org.id, subject)).filter(
    ({ state, kind, unit, period }) =>
      state === "live" && kind === "budget" && unit === "usd" && period === horizon,
  );
  // A year of the calendar is not the twelve months from this one.
  const same = horizon === "year" ? [] : live;
  const [budget] = await loadOwnProgress(pool, org.id, same, today);
  return forecastAnswer({
    said: settled.subject.said,
    command: settled.subject.command,
    words,
    prediction,
    ...(await daysOf(asking, settled, prediction.period.start)),
    accuracy: await findAccuracy(pool, about),
    budget,
    spread: isAgent
      ? await findAgentSpread(pool, { orgId: org.id, agentId: subject.id, today })
      : undefined,
    today,
    actions: actions(asking, settled, words),
  });
}

export const forecast: Command<ForecastWords> = {
  name: "forecast",
  usage: "forecast [NAME] [quarter | 12 months]",
  summary: "Where the month will end, and how sure.",
  examples: [
    ["forecast payments", "This month."],
    ["forecast payments quarter", "This quarter."],
    [
      "forecast payments 12 months growth 5% tokens -10% mix -20%",
      "Twelve months, by what you assume.",
    ],
  ],
  parse: (words, { today }) => readForecast(words, today),
  run,
};
