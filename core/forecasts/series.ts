import type { Db } from "../db/db.ts";
import { addDays, type Day, daysBetween, isoWeekday, type Period, periodDays } from "../time.ts";
import type { ForecastSubject } from "./schema.ts";
import {
  type DailyRow,
  listDimensionDays,
  listKeyDays,
  listOneScopeDays,
  listOrganizationDays,
  listScopeDays,
  listScopeKinds,
} from "./store.ts";

/** Exact sums by day of one subject; as long as the period. */
export interface DailySeries {
  readonly costs: BigInt64Array;
  readonly tokens: BigInt64Array;
}

/** The daily sums of many subjects over one period of local days. */
export interface SeriesTable {
  readonly period: Period;
  /** By subjectName(); a subject without spend is not there. */
  readonly bySubject: ReadonlyMap<string, DailySeries>;
}

/** "scope:12": also how the audit log names it. */
export function subjectName({ kind, id }: ForecastSubject): string {
  return `${kind}:${id}`;
}

function added(into: Map<string, DailySeries>, name: string, row: DailyRow, days: number): void {
  let series = into.get(name);
  if (series === undefined) {
    series = { costs: new BigInt64Array(days), tokens: new BigInt64Array(days) };
    into.set(name, series);
  }
  for (const [index, offset] of row.offsets.entries()) {
    series.costs[offset] = (series.costs[offset] ?? 0n) + (row.costs[index] ?? 0n);
    series.tokens[offset] = (series.tokens[offset] ?? 0n) + (row.tokens[index] ?? 0n);
  }
}

/**
 * All scopes and the organisation in one statement, then the named values of the other dimensions in
 * one statement each. What a scope spent spans its moves: entries keep the ids that they were booked
 * with, and a project is counted by its own.
 */
export async function loadSeries(
  db: Db,
  orgId: number,
  period: Period,
  others: readonly ForecastSubject[] = [],
): Promise<SeriesTable> {
  const days = periodDays(period);
  const bySubject = new Map<string, DailySeries>();
  for (const row of await listScopeDays(db, { orgId, period })) {
    added(bySubject, "scope:0", row, days);
    for (const id of [row.teamId, row.projectId, row.agentId]) {
      if (id !== 0) added(bySubject, `scope:${id}`, row, days);
    }
  }
  for (const kind of ["workflow", "product", "key"] as const) {
    const ids = others.filter((other) => other.kind === kind).map(({ id }) => id);
    if (ids.length === 0) continue;
    const rows =
      kind === "key"
        ? await listKeyDays(db, { orgId, period, ids })
        : await listDimensionDays(db, { orgId, period, dimension: kind, ids });
    for (const row of rows) added(bySubject, `${kind}:${row.id}`, row, days);
  }
  return { period, bySubject };
}

/** The same for one subject, without reading the others. */
export async function loadOneSeries(
  db: Db,
  orgId: number,
  period: Period,
  subject: ForecastSubject,
): Promise<SeriesTable> {
  const bySubject = new Map<string, DailySeries>();
  const days = periodDays(period);
  for (const row of await oneSubject(db, orgId, period, subject)) {
    added(bySubject, subjectName(subject), row, days);
  }
  return { period, bySubject };
}

async function oneSubject(
  db: Db,
  orgId: number,
  period: Period,
  subject: ForecastSubject,
): Promise<readonly DailyRow[]> {
  const { kind, id } = subject;
  if (kind === "key") return listKeyDays(db, { orgId, period, ids: [id] });
  if (kind !== "scope") {
    return listDimensionDays(db, { orgId, period, dimension: kind, ids: [id] });
  }
  if (id === 0) return listOrganizationDays(db, { orgId, period });
  const scope = (await listScopeKinds(db, orgId)).find((one) => one.id === id);
  if (scope === undefined) return [];
  return listOneScopeDays(db, { orgId, period, level: scope.kind, id });
}

/** Complete days of a subject up to `today`, from its first day with spend, and what today has so far. */
export interface History {
  readonly firstDay: Day;
  /** 1 = Monday ... 7 = Sunday, of the first day. */
  readonly firstWeekday: number;
  /** For the forecaster: floats, as it estimates. */
  readonly daily: readonly number[];
}

export function historyOf(
  table: SeriesTable,
  subject: ForecastSubject,
  today: Day,
  unit: "costs" | "tokens" = "costs",
): History | undefined {
  const series = table.bySubject.get(subjectName(subject))?.[unit];
  if (series === undefined) return undefined;
  const complete = Math.min(series.length, daysBetween(table.period.start, today));
  let first = 0;
  while (first < complete && series[first] === 0n) first += 1;
  if (first >= complete) return undefined;
  const firstDay = addDays(table.period.start, first);
  return {
    firstDay,
    firstWeekday: isoWeekday(firstDay),
    daily: Array.from(series.subarray(first, complete), Number),
  };
}

/** The exact sum of the days of `period` that the table has. */
export function spentIn(
  table: SeriesTable,
  subject: ForecastSubject,
  period: Period,
  unit: "costs" | "tokens" = "costs",
): bigint {
  const series = table.bySubject.get(subjectName(subject))?.[unit];
  if (series === undefined) return 0n;
  const from = Math.max(0, daysBetween(table.period.start, period.start));
  const to = Math.max(from, daysBetween(table.period.start, period.end));
  return series.subarray(from, to).reduce((sum, value) => sum + value, 0n);
}
