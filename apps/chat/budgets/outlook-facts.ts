import type { Fact } from "#core/answers/schema.ts";
import { loadOwnProgress } from "#core/budgets/progress.ts";
import { listBudgets } from "#core/budgets/service.ts";
import { findForecast } from "#core/forecasts/service.ts";
import { saidUsd } from "#core/money.ts";
import { startOfMonth } from "#core/time.ts";
import type { Asking } from "../asking.ts";
import type { AskedPeriod } from "../period.ts";
import { leastOf } from "../spend/at-least.ts";
import type { Subject } from "../subject.ts";
import { budgetLine } from "./budget-lines.ts";
import { budgetSubjectOf } from "./budget-subject.ts";

/**
 * What an answer about this month's spend says of its budget and of where the month will end: nothing
 * for another period, or for what has neither. `isBound`: calls without a price are not in them.
 */
export async function outlookFacts(
  asking: Asking,
  subject: Subject,
  { phrase, whole }: AskedPeriod,
  isBound: boolean,
): Promise<Fact[]> {
  const { org, pool, today } = asking;
  const about = budgetSubjectOf(subject);
  const thisMonth = phrase.kind === "calendar" && phrase.unit === "month";
  if (about === undefined || !thisMonth || whole.start !== startOfMonth(today)) return [];
  const [budgets, forecast] = await Promise.all([
    listBudgets(pool, org.id, about),
    findForecast(pool, { orgId: org.id, subject: about, horizon: "month", today }),
  ]);
  const live = budgets.filter(
    ({ state, kind, period, unit }) =>
      state === "live" && kind === "budget" && period === "month" && unit === "usd",
  );
  const [progress] = await loadOwnProgress(pool, org.id, live, today);
  return [
    ...(progress === undefined
      ? []
      : [{ label: "Budget", value: budgetLine(progress, today, isBound) }]),
    ...(forecast === undefined
      ? []
      : [
          {
            label: "Likely month end",
            value:
              `${leastOf(isBound)}${saidUsd(forecast.p50)}; ${leastOf(isBound)}1 chance in 10 ` +
              `above ${saidUsd(forecast.p90)}`,
          },
        ]),
  ];
}
