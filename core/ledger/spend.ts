import type { Db } from "#core/db/db.ts";
import { type NanoUsd, nanoUsd } from "#core/money.ts";
import type { Day, Period } from "#core/time.ts";
import {
  ENTRY_EXPRESSIONS,
  isEmpty,
  type MeasureRow,
  type Measures,
  measuresOf,
  subtractMeasures,
} from "./measures.ts";
import {
  isTagged,
  type SpendDimension,
  type SpendFilter,
  spendSource,
  type TaggedDimension,
} from "./spend-query.ts";

/** Spend of one value of a dimension; id 0 is what no value was named for. */
export interface SpendLine {
  readonly id: number;
  readonly name: string;
  readonly measures: Measures;
}

export const UNATTRIBUTED = "unattributed";

/** The sum over a half-open period of local days. */
export async function spendTotal(
  db: Db,
  orgId: number,
  filter: SpendFilter,
  period: Period,
): Promise<Measures> {
  const source = spendSource(orgId, filter, period, []);
  const { rows } = await db.query<MeasureRow>(
    `select ${source.sums} from ${source.from} where ${source.where}`,
    source.values,
  );
  return measuresOf(single(rows));
}

function single<T>(rows: readonly T[]): T {
  const [row] = rows;
  if (row === undefined) throw new Error("an aggregate without group by gives one row");
  return row;
}

/** One line per day that has entries, oldest first. */
export async function spendByDay(
  db: Db,
  orgId: number,
  filter: SpendFilter,
  period: Period,
): Promise<{ day: Day; measures: Measures }[]> {
  const source = spendSource(orgId, filter, period, []);
  const { rows } = await db.query<MeasureRow & { local_day: Day }>(
    `select t.local_day, ${source.sums} from ${source.from} where ${source.where}
     group by t.local_day order by t.local_day`,
    source.values,
  );
  return rows.map((row) => ({ day: row.local_day, measures: measuresOf(row) }));
}

/** The first local day of a period that has an entry; undefined where none has. */
export async function firstDay(
  db: Db,
  orgId: number,
  filter: SpendFilter,
  period: Period,
): Promise<Day | undefined> {
  const source = spendSource(orgId, filter, period, []);
  const { rows } = await db.query<{ day: Day | null }>(
    `select min(t.local_day) as day from ${source.from} where ${source.where}`,
    source.values,
  );
  return single(rows).day ?? undefined;
}

/**
 * Spend by a dimension, dearest first, at most `limit` lines (1-10,000); the lines of a complete
 * list add up to `spendTotal`.
 */
export async function spendBy(
  db: Db,
  orgId: number,
  filter: SpendFilter,
  period: Period,
  dimension: SpendDimension,
  limit: number,
): Promise<SpendLine[]> {
  const source = spendSource(orgId, filter, period, [dimension]);
  const column = source.column(dimension);
  const { rows } = await db.query<MeasureRow & { id: number; name: string | null }>(
    `select grouped.*, ${nameExpression(dimension)} as name
     from (select ${column} as id, ${source.sums} from ${source.from} where ${source.where}
           group by 1) grouped
     ${nameJoin(dimension, source.values.length + 1)}
     order by grouped.cost desc, grouped.requests desc, grouped.id`,
    dimension === "person" || ["team", "project", "agent"].includes(dimension)
      ? source.values
      : [...source.values, dimension],
  );
  const lines = rows.map((row) => ({ id: row.id, name: nameOf(row), measures: measuresOf(row) }));
  const complete = isTagged(dimension)
    ? await withUnnamed(lines, () => spendTotal(db, orgId, filter, period))
    : lines;
  return complete.slice(0, limit);
}

function nameOf(row: { id: number; name: string | null }): string {
  return row.id === 0 ? UNATTRIBUTED : (row.name ?? `#${row.id}`);
}

/** Tagged rollups hold named values only: what is missing to the total is the unattributed line. */
async function withUnnamed(
  lines: readonly SpendLine[],
  total: () => Promise<Measures>,
): Promise<SpendLine[]> {
  if (lines.some((line) => line.id === 0)) return [...lines];
  let rest = await total();
  for (const line of lines) rest = subtractMeasures(rest, line.measures);
  if (isEmpty(rest)) return [...lines];
  const all = [...lines, { id: 0, name: UNATTRIBUTED, measures: rest }];
  return all.sort((a, b) =>
    a.measures.cost < b.measures.cost ? 1 : a.measures.cost > b.measures.cost ? -1 : 0,
  );
}

function nameExpression(dimension: SpendDimension): string {
  if (["team", "project", "agent"].includes(dimension)) return "s.key";
  if (dimension === "person") return "coalesce(p.name, p.key)";
  return "v.value";
}

function nameJoin(dimension: SpendDimension, parameter: number): string {
  if (["team", "project", "agent"].includes(dimension)) {
    return "left join scope s on s.org_id = $1 and s.id = grouped.id";
  }
  if (dimension === "person") {
    return "left join person_detail p on p.org_id = $1 and p.person_id = grouped.id";
  }
  return `left join dimension_value v on v.org_id = $1 and v.dimension = $${parameter}
    and v.id = grouped.id`;
}

export interface Coverage {
  readonly cost: NanoUsd;
  /** Cost that resolves to a team, to a workflow, to a customer. */
  readonly teamCost: NanoUsd;
  readonly workflowCost: NanoUsd;
  readonly customerCost: NanoUsd;
}

/** How much of the spend of the period is attributed, per KPI of domain.md section 1. */
export async function coverage(
  db: Db,
  orgId: number,
  filter: SpendFilter,
  period: Period,
): Promise<Coverage> {
  const all = await spendTotal(db, orgId, filter, period);
  return {
    cost: all.cost,
    teamCost: await teamCost(db, orgId, filter, period, all.cost),
    workflowCost: await namedCost(db, orgId, filter, period, "workflow"),
    customerCost: await namedCost(db, orgId, filter, period, "customer"),
  };
}

async function teamCost(
  db: Db,
  orgId: number,
  filter: SpendFilter,
  period: Period,
  all: NanoUsd,
): Promise<NanoUsd> {
  if (filter.teamId !== undefined) return filter.teamId === 0 ? nanoUsd(0n) : all;
  const teamless = await spendTotal(db, orgId, { ...filter, teamId: 0 }, period);
  return nanoUsd(all - teamless.cost);
}

async function namedCost(
  db: Db,
  orgId: number,
  filter: SpendFilter,
  period: Period,
  dimension: TaggedDimension,
): Promise<NanoUsd> {
  const source = spendSource(orgId, filter, period, [dimension]);
  const { rows } = await db.query<{ cost: bigint }>(
    `select coalesce(sum(t.cost), 0)::bigint as cost from ${source.from}
     where ${source.where} and ${source.column(dimension)} <> 0`,
    source.values,
  );
  return nanoUsd(single(rows).cost);
}

export interface DimensionValue {
  readonly id: number;
  readonly value: string;
}

/** Values of a dimension whose name contains `text`, exact matches first; at most 50. */
export async function findDimensionValues(
  db: Db,
  orgId: number,
  dimension: Exclude<SpendDimension, "team" | "project" | "agent" | "person">,
  text: string,
): Promise<DimensionValue[]> {
  const { rows } = await db.query<DimensionValue>(
    `select id, value from dimension_value
     where org_id = $1 and dimension = $2 and position(lower($3) in lower(value)) > 0
     order by (lower(value) = lower($3)) desc, length(value), value
     limit 50`,
    [orgId, dimension, text],
  );
  return rows;
}

/** Every value of a dimension, for near names; at most 5,000. */
export async function listDimensionValues(
  db: Db,
  orgId: number,
  dimension: Exclude<SpendDimension, "team" | "project" | "agent" | "person">,
): Promise<DimensionValue[]> {
  const { rows } = await db.query<DimensionValue>(
    `select id, value from dimension_value where org_id = $1 and dimension = $2
     order by value limit 5000`,
    [orgId, dimension],
  );
  return rows;
}

export interface UnattributedLine {
  readonly provider: string;
  readonly key: string;
  readonly account: string;
  readonly cost: NanoUsd;
  readonly requests: bigint;
  /** Of the requests: those without a known price. */
  readonly unpricedRequests: bigint;
}

/** Spend that resolves to no team, by the provider, key and account it came from; dearest first. */
export async function unattributed(
  db: Db,
  orgId: number,
  period: Period,
  limit: number,
): Promise<UnattributedLine[]> {
  const { rows } = await db.query<{
    provider: string | null;
    key: string | null;
    account: string | null;
    cost: bigint;
    requests: bigint;
    unpriced: bigint;
  }>(
    `select p.value as provider, k.value as key, a.value as account,
            sum(t.cost)::bigint as cost, sum(t.request_count)::bigint as requests,
            sum(${ENTRY_EXPRESSIONS.unpriced_requests})::bigint as unpriced
     from ledger_entry t
     left join dimension_value p on p.org_id = t.org_id and p.dimension = 'provider'
       and p.id = t.provider_id
     left join dimension_value k on k.org_id = t.org_id and k.dimension = 'key'
       and k.id = t.key_id
     left join dimension_value a on a.org_id = t.org_id and a.dimension = 'account'
       and a.id = t.account_id
     where t.org_id = $1 and t.local_day >= $2::date and t.local_day < $3::date
       and t.day >= $2::date - 1 and t.day <= $3::date and t.team_id = 0
     group by 1, 2, 3 having sum(t.cost) <> 0 or sum(t.request_count) <> 0
     order by 4 desc, 5 desc, 1, 2, 3 limit $4`,
    [orgId, period.start, period.end, limit],
  );
  return rows.map((row) => ({
    provider: row.provider ?? "unknown provider",
    key: row.key ?? "no key",
    account: row.account ?? "no account",
    cost: nanoUsd(row.cost),
    requests: row.requests,
    unpricedRequests: row.unpriced,
  }));
}
