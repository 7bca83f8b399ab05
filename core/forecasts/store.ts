import type { Db, Tx } from "../db/db.ts";
import type { Day, Period } from "../time.ts";
import type { ForecastInputs, ForecastSubject, Horizon } from "./schema.ts";

/** Daily sums of one leaf: offsets in days from the start, ascending, and as many amounts. */
export interface DailyRow {
  readonly offsets: number[];
  readonly costs: bigint[];
  readonly tokens: bigint[];
}

export interface ScopeDailyRow extends DailyRow {
  readonly teamId: number;
  readonly projectId: number;
  readonly agentId: number;
}

const DAILY = `array_agg(day_offset order by day_offset) as offsets,
  array_agg(cost order by day_offset) as costs, array_agg(tokens order by day_offset) as tokens`;
const SUMS = `local_day - $2::date as day_offset, sum(cost)::bigint as cost,
  sum(input_tokens + output_tokens)::bigint as tokens`;

/** The daily spend of every chain of scopes in one statement. */
export async function listScopeDays(
  db: Db,
  args: { orgId: number; period: Period },
): Promise<ScopeDailyRow[]> {
  const { rows } = await db.query<ScopeDailyRow>(
    `select team_id as "teamId", project_id as "projectId", agent_id as "agentId", ${DAILY}
     from (select team_id, project_id, agent_id, ${SUMS} from rollup_day
       where org_id = $1 and local_day >= $2::date and local_day < $3::date
       group by team_id, project_id, agent_id, local_day) days
     group by team_id, project_id, agent_id`,
    [args.orgId, args.period.start, args.period.end],
  );
  return rows;
}

/** The same of values of a dimension, for those ids alone. */
export async function listDimensionDays(
  db: Db,
  args: {
    orgId: number;
    period: Period;
    dimension: "workflow" | "product";
    ids: readonly number[];
  },
): Promise<(DailyRow & { id: number })[]> {
  const { rows } = await db.query<DailyRow & { id: number }>(
    `select value_id as id, ${DAILY}
     from (select value_id, ${SUMS} from rollup_dimension
       where org_id = $1 and local_day >= $2::date and local_day < $3::date and dimension = $4
         and value_id = any($5::int[])
       group by value_id, local_day) days
     group by value_id`,
    [args.orgId, args.period.start, args.period.end, args.dimension, args.ids],
  );
  return rows;
}

export async function listKeyDays(
  db: Db,
  args: { orgId: number; period: Period; ids: readonly number[] },
): Promise<(DailyRow & { id: number })[]> {
  const { rows } = await db.query<DailyRow & { id: number }>(
    `select key_id as id, ${DAILY}
     from (select key_id, ${SUMS} from rollup_day
       where org_id = $1 and local_day >= $2::date and local_day < $3::date
         and key_id = any($4::int[])
       group by key_id, local_day) days
     group by key_id`,
    [args.orgId, args.period.start, args.period.end, args.ids],
  );
  return rows;
}

/** One scope's days alone: its column is the level that it stands on. */
export async function listOneScopeDays(
  db: Db,
  args: { orgId: number; period: Period; level: "team" | "project" | "agent"; id: number },
): Promise<DailyRow[]> {
  const { rows } = await db.query<DailyRow>(
    `select ${DAILY}
     from (select ${SUMS} from rollup_day
       where org_id = $1 and local_day >= $2::date and local_day < $3::date
         and ${args.level}_id = $4
       group by local_day) days having count(*) > 0`,
    [args.orgId, args.period.start, args.period.end, args.id],
  );
  return rows;
}

export async function listOrganizationDays(
  db: Db,
  args: { orgId: number; period: Period },
): Promise<DailyRow[]> {
  const { rows } = await db.query<DailyRow>(
    `select ${DAILY}
     from (select ${SUMS} from rollup_day
       where org_id = $1 and local_day >= $2::date and local_day < $3::date
       group by local_day) days having count(*) > 0`,
    [args.orgId, args.period.start, args.period.end],
  );
  return rows;
}

export async function listScopeKinds(
  db: Db,
  orgId: number,
): Promise<{ id: number; kind: "team" | "project" | "agent" }[]> {
  const { rows } = await db.query<{ id: number; kind: "team" | "project" | "agent" }>(
    "select id, kind from scope where org_id = $1 and retired_on is null",
    [orgId],
  );
  return rows;
}

/** Amounts in nano-USD. */
export interface ForecastRow {
  readonly subject: ForecastSubject;
  readonly horizon: Horizon;
  readonly period: Period;
  readonly asOf: Day;
  readonly assumptions: string;
  readonly spent: bigint;
  readonly p10: bigint;
  readonly p50: bigint;
  readonly p90: bigint;
  readonly p99: bigint;
  readonly runRate: bigint | undefined;
  readonly historyDays: number;
  readonly inputs: ForecastInputs;
}

/** The first forecast of a day stands: it is scored as it was first told. Returns how many are new. */
export async function insertForecasts(
  tx: Tx,
  orgId: number,
  rows: readonly ForecastRow[],
  madeAt: Date,
): Promise<number> {
  const column = <T>(of: (row: ForecastRow) => T): T[] => rows.map(of);
  const { rowCount } = await tx.query(
    `insert into forecast (org_id, made_at, subject_kind, subject_id, horizon, period_start,
       period_end, as_of, assumptions, spent, p10, p50, p90, p99, run_rate, history_days, inputs)
     select $1, $2, * from unnest($3::text[], $4::int[], $5::text[], $6::date[], $7::date[],
       $8::date[], $9::text[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[],
       $14::bigint[], $15::bigint[], $16::int[], $17::jsonb[])
     on conflict do nothing`,
    [
      orgId,
      madeAt,
      column(({ subject }) => subject.kind),
      column(({ subject }) => subject.id),
      column(({ horizon }) => horizon),
      column(({ period }) => period.start),
      column(({ period }) => period.end),
      column(({ asOf }) => asOf),
      column(({ assumptions }) => assumptions),
      column(({ spent }) => spent),
      column(({ p10 }) => p10),
      column(({ p50 }) => p50),
      column(({ p90 }) => p90),
      column(({ p99 }) => p99),
      column(({ runRate }) => runRate ?? null),
      column(({ historyDays }) => historyDays),
      column(({ inputs }) => JSON.stringify(inputs)),
    ],
  );
  return rowCount ?? 0;
}

/** Forecast periods that are over and were not scored, or were so lately that late entries still come. */
export async function listClosedSubjects(
  db: Db,
  args: { orgId: number; today: Day; settledBefore: Day },
): Promise<{ subject: ForecastSubject; period: Period }[]> {
  const { rows } = await db.query<{
    kind: ForecastSubject["kind"];
    id: number;
    start: Day;
    end: Day;
  }>(
    `select distinct subject_kind as kind, subject_id as id, period_start as start,
       period_end as end
     from forecast
     where org_id = $1 and period_end <= $2::date and (actual is null or period_end > $3::date)`,
    [args.orgId, args.today, args.settledBefore],
  );
  return rows.map(({ kind, id, start, end }) => ({
    subject: { kind, id },
    period: { start, end },
  }));
}

/** Writes what the subjects came to in one period on every forecast of it. */
export async function scoreForecasts(
  tx: Tx,
  args: {
    orgId: number;
    period: Period;
    subjects: readonly ForecastSubject[];
    actuals: readonly bigint[];
    now: Date;
  },
): Promise<number> {
  const { rowCount } = await tx.query(
    `update forecast f set actual = a.actual, scored_at = $2
     from unnest($5::text[], $6::int[], $7::bigint[]) as a (kind, id, actual)
     where f.org_id = $1 and f.period_start = $3::date and f.period_end = $4::date
       and f.subject_kind = a.kind and f.subject_id = a.id
       and f.actual is distinct from a.actual`,
    [
      args.orgId,
      args.now,
      args.period.start,
      args.period.end,
      args.subjects.map(({ kind }) => kind),
      args.subjects.map(({ id }) => id),
      args.actuals,
    ],
  );
  return rowCount ?? 0;
}

export interface ScoredRow {
  readonly periodStart: Day;
  readonly asOf: Day;
  readonly p10: bigint;
  readonly p50: bigint;
  readonly p90: bigint;
  readonly p99: bigint;
  readonly runRate: bigint | null;
  readonly actual: bigint;
}

/** Scored forecasts of one subject without assumptions, the newest periods first. */
export async function listScored(
  db: Db,
  args: { orgId: number; subject: ForecastSubject; horizon: Horizon; since: Day },
): Promise<ScoredRow[]> {
  const { rows } = await db.query<ScoredRow>(
    `select period_start as "periodStart", as_of as "asOf", p10, p50, p90, p99,
       run_rate as "runRate", actual
     from forecast
     where org_id = $1 and subject_kind = $2 and subject_id = $3 and horizon = $4
       and assumptions = '' and period_start >= $5::date and actual is not null
     order by period_start desc, as_of`,
    [args.orgId, args.subject.kind, args.subject.id, args.horizon, args.since],
  );
  return rows;
}

/** Spend of an agent in a period by person or workflow; only what is named. */
export async function listAgentAmounts(
  db: Db,
  args: { orgId: number; agentId: number; period: Period; by: "person" | "workflow" },
): Promise<bigint[]> {
  const { rows } = await db.query<{ cost: bigint }>(
    `select sum(cost)::bigint as cost from ledger_entry
     where org_id = $1 and agent_id = $2 and local_day >= $3::date and local_day < $4::date
       and day >= $3::date - 1 and day <= $4::date and ${args.by}_id <> 0
     group by ${args.by}_id having sum(cost) > 0`,
    [args.orgId, args.agentId, args.period.start, args.period.end],
  );
  return rows.map(({ cost }) => cost);
}
