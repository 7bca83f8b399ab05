import type { Db, Tx } from "../db/db.ts";
import {
  addDays,
  addMonths,
  type Day,
  daysBetween,
  localDay,
  type Period,
  startOfMonth,
} from "../time.ts";
import { type Accuracy, accuracyOf } from "./accuracy.ts";
import { type Distribution, personDistribution, workloadDistribution } from "./population.ts";
import { HISTORY_DAYS, horizonAt, type Prediction, predictPeriod } from "./prediction.ts";
import type { ForecastInputs, ForecastSubject, Horizon } from "./schema.ts";
import {
  historyOf,
  loadOneSeries,
  loadSeries,
  type SeriesTable,
  spentIn,
  subjectName,
} from "./series.ts";
import {
  type ForecastRow,
  insertForecasts,
  listAgentAmounts,
  listClosedSubjects,
  listScopeKinds,
  listScored,
  scoreForecasts,
} from "./store.ts";
import { type Assumptions, assumptionsKey, NOTHING_CHANGES, predictYear } from "./year.ts";

/** What a forecast of any horizon at `today` may read: history, and the running quarter or month. */
export function seriesPeriod(today: Day): Period {
  return { start: addDays(today, -HISTORY_DAYS), end: addDays(today, 1) };
}

function predict(
  table: SeriesTable,
  subject: ForecastSubject,
  horizon: Horizon,
  today: Day,
  assumptions: Assumptions,
): Prediction | undefined {
  const period = horizonAt(horizon, today);
  return horizon === "year"
    ? predictYear(table, subject, period, today, assumptions)
    : predictPeriod(table, subject, period, today);
}

function inputsOf(prediction: Prediction, horizon: Horizon, with_: Assumptions): ForecastInputs {
  const { firstDay, daily } = prediction.history;
  const lastDays = daily.slice(-7).map((value) => (Math.round(value / 1e5) / 1e4).toString());
  if (horizon !== "year") return { firstDay, lastDays, growth: "measured" };
  return {
    firstDay,
    lastDays,
    growth: "assumed",
    adoptionPercentPerMonth: String(with_.adoptionPerMonth),
    tokensPercent: String(with_.tokens),
    mixPercent: String(with_.mix),
  };
}

function rowOf(
  subject: ForecastSubject,
  horizon: Horizon,
  today: Day,
  prediction: Prediction,
  assumptions: Assumptions,
): ForecastRow {
  const { period, spent, p10, p50, p90, p99, runRate, history } = prediction;
  return {
    subject,
    horizon,
    period,
    asOf: today,
    assumptions: assumptionsKey(assumptions),
    spent,
    p10,
    p50,
    p90,
    p99,
    runRate,
    historyDays: history.daily.length,
    inputs: inputsOf(prediction, horizon, assumptions),
  };
}

const HORIZONS: readonly Horizon[] = ["month", "quarter", "year"];
const BATCH = 5_000;

/**
 * The daily run: every scope that is not retired and has spent in the last 200 days, over the month,
 * the quarter and twelve months without assumptions. Again on the same day it adds nothing.
 */
export async function recordForecasts(
  tx: Tx,
  args: { orgId: number; timeZone: string; now: Date },
): Promise<{ forecasts: number }> {
  const { orgId, now } = args;
  const today = localDay(now, args.timeZone);
  const table = await loadSeries(tx, orgId, seriesPeriod(today));
  const scopes = await listScopeKinds(tx, orgId);
  const rows: ForecastRow[] = [];
  for (const id of [0, ...scopes.map((scope) => scope.id)]) {
    const subject: ForecastSubject = { kind: "scope", id };
    for (const horizon of HORIZONS) {
      const prediction = predict(table, subject, horizon, today, NOTHING_CHANGES);
      if (prediction === undefined) break;
      rows.push(rowOf(subject, horizon, today, prediction, NOTHING_CHANGES));
    }
  }
  let forecasts = 0;
  for (let start = 0; start < rows.length; start += BATCH) {
    forecasts += await insertForecasts(tx, orgId, rows.slice(start, start + BATCH), now);
  }
  return { forecasts };
}

/** Days after its end in which a period is scored anew: usage and corrections come late. */
const SETTLING_DAYS = 10;

/** Writes on every forecast of a period that is over what it came to. Returns how many were scored. */
export async function scoreClosed(
  tx: Tx,
  args: { orgId: number; timeZone: string; now: Date },
): Promise<number> {
  const { orgId, now } = args;
  const today = localDay(now, args.timeZone);
  const settledBefore = addDays(today, -SETTLING_DAYS);
  const closed = await listClosedSubjects(tx, { orgId, today, settledBefore });
  const periods = new Map<string, { period: Period; subjects: ForecastSubject[] }>();
  for (const { subject, period } of closed) {
    const key = `${period.start} ${period.end}`;
    const group = periods.get(key) ?? { period, subjects: [] };
    group.subjects.push(subject);
    periods.set(key, group);
  }
  let scored = 0;
  for (const { period, subjects } of periods.values()) {
    const others = subjects.filter(({ kind }) => kind !== "scope");
    const table = await loadSeries(tx, orgId, period, others);
    const actuals = subjects.map((subject) => spentIn(table, subject, period));
    scored += await scoreForecasts(tx, { orgId, period, subjects, actuals, now });
  }
  return scored;
}

/** One forecast as asked for: made now. Undefined where there is no day of history. */
export async function findForecast(
  db: Db,
  args: {
    orgId: number;
    subject: ForecastSubject;
    horizon: Horizon;
    today: Day;
    assumptions?: Assumptions;
  },
): Promise<Prediction | undefined> {
  const { orgId, subject, horizon, today, assumptions = NOTHING_CHANGES } = args;
  const table = await loadOneSeries(db, orgId, seriesPeriod(today), subject);
  return predict(table, subject, horizon, today, assumptions);
}

/** Keeps a forecast that was told, to be scored. */
export async function keepForecast(
  tx: Tx,
  args: {
    orgId: number;
    subject: ForecastSubject;
    horizon: Horizon;
    today: Day;
    prediction: Prediction;
    assumptions?: Assumptions;
    now: Date;
  },
): Promise<void> {
  const { assumptions = NOTHING_CHANGES, horizon, orgId, prediction, subject, today } = args;
  const row = rowOf(subject, horizon, today, prediction, assumptions);
  await insertForecasts(tx, orgId, [row], args.now);
}

/** How good the forecasts of a subject were in the periods of the last 13 months that are over. */
export async function findAccuracy(
  db: Db,
  args: { orgId: number; subject: ForecastSubject; horizon: Horizon; today: Day },
): Promise<Accuracy> {
  const since = addMonths(args.today, -13);
  const rows = await listScored(db, { ...args, since });
  return accuracyOf(rows.map((row) => ({ ...row, runRate: row.runRate ?? undefined })));
}

/** The complete days of a subject, exact, from its first day with spend: at most 200. */
export async function findHistory(
  db: Db,
  orgId: number,
  subject: ForecastSubject,
  today: Day,
): Promise<{ firstDay: Day; exact: readonly bigint[] } | undefined> {
  const table = await loadOneSeries(db, orgId, seriesPeriod(today), subject);
  const history = historyOf(table, subject, today);
  const costs = table.bySubject.get(subjectName(subject))?.costs;
  if (history === undefined || costs === undefined) return undefined;
  const from = daysBetween(table.period.start, history.firstDay);
  return {
    firstDay: history.firstDay,
    exact: Array.from(costs.subarray(from, from + history.daily.length)),
  };
}

/**
 * How the spend of an agent was spread over people and workloads in the last whole month: months do not
 * overlap, so no difference of two of them is about one person.
 */
export async function findAgentSpread(
  db: Db,
  args: { orgId: number; agentId: number; today: Day },
): Promise<{
  period: Period;
  people: Distribution | undefined;
  workloads: Distribution | undefined;
}> {
  const end = startOfMonth(args.today);
  const period = { start: addMonths(end, -1), end };
  const people = await listAgentAmounts(db, { ...args, period, by: "person" });
  const workloads = await listAgentAmounts(db, { ...args, period, by: "workflow" });
  return {
    period,
    people: personDistribution(people),
    workloads: workloadDistribution(workloads),
  };
}

/** The same by the first day of each closed month: what the KPI of a month says. */
export async function findAccuracyByMonth(
  db: Db,
  args: { orgId: number; subject: ForecastSubject; today: Day },
): Promise<Map<Day, Accuracy>> {
  const since = addMonths(args.today, -13);
  const rows = await listScored(db, { ...args, horizon: "month", since });
  const months = new Map<Day, (typeof rows)[number][]>();
  for (const row of rows) {
    months.set(row.periodStart, [...(months.get(row.periodStart) ?? []), row]);
  }
  return new Map(
    [...months].map(([month, of]) => [
      month,
      accuracyOf(of.map((row) => ({ ...row, runRate: row.runRate ?? undefined }))),
    ]),
  );
}
