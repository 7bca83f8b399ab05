import type { Db } from "../db/db.ts";
import { predictPeriod } from "../forecasts/prediction.ts";
import { loadOneSeries, loadSeries, type SeriesTable, subjectName } from "../forecasts/series.ts";
import { addDays, type Day, daysBetween, eachDay, type Period } from "../time.ts";
import { type Burn, burnOf, type Outlook } from "./burn.ts";
import { budgetPeriodAt } from "./calendar.ts";
import type { Budget } from "./schema.ts";

/** A budget and where it stands. */
export interface Progress {
  readonly budget: Budget;
  readonly burn: Burn;
  /** Exact amounts of the period's days up to today. */
  readonly daily: readonly bigint[];
}

/** A year's budget needs its year, and every forecast its history. */
const LOOK_BACK_DAYS = 200;

function tablePeriod(budgets: readonly Budget[], today: Day): Period {
  let start = addDays(today, -LOOK_BACK_DAYS);
  for (const { period } of budgets) {
    const first = budgetPeriodAt(period, today).start;
    if (first < start) start = first;
  }
  return { start, end: addDays(today, 1) };
}

function progressOf(table: SeriesTable, budget: Budget, today: Day): Progress {
  const period = budgetPeriodAt(budget.period, today);
  const unit = budget.unit === "usd" ? "costs" : "tokens";
  const series = table.bySubject.get(subjectName(budget.subject))?.[unit];
  const from = daysBetween(table.period.start, period.start);
  const daily = eachDay({ start: period.start, end: addDays(today, 1) }).map(
    (_, index) => series?.[from + index] ?? 0n,
  );
  const prediction = predictPeriod(table, budget.subject, period, today, unit);
  const outlook: Outlook | undefined = prediction;
  return { budget, daily, burn: burnOf({ period, limit: budget.amount, today, daily, outlook }) };
}

/** All budgets in a handful of statements, however many there are. */
export async function loadProgress(
  db: Db,
  orgId: number,
  budgets: readonly Budget[],
  today: Day,
): Promise<Progress[]> {
  if (budgets.length === 0) return [];
  const others = budgets.map(({ subject }) => subject).filter(({ kind }) => kind !== "scope");
  const table = await loadSeries(db, orgId, tablePeriod(budgets, today), others);
  return budgets.map((budget) => progressOf(table, budget, today));
}

/** The budgets of one subject, which only its own days are read for. */
export async function loadOwnProgress(
  db: Db,
  orgId: number,
  budgets: readonly Budget[],
  today: Day,
): Promise<Progress[]> {
  const [first] = budgets;
  if (first === undefined) return [];
  const table = await loadOneSeries(db, orgId, tablePeriod(budgets, today), first.subject);
  return budgets.map((budget) => progressOf(table, budget, today));
}
