import { ENTRY_EXPRESSIONS, MEASURE_COLUMNS } from "./measures.ts";

/** How entries (alias e) become rows of a rollup table; shared by append, verify and rebuild. */
export interface RollupShape {
  readonly table: string;
  /** The primary key; a column without an expression is the entry's own. */
  readonly key: readonly string[];
  readonly expressions?: Readonly<Record<string, string>>;
  readonly join?: string;
  readonly where?: string;
}

const HOUR = "date_trunc('hour', e.occurred_at, 'UTC')";
// Hours serve detectors, which ask what happened then: what is corrected or reconciled later is no
// part of that, nor is a bill, whose day would stand in one hour of it.
const KEPT_HOUR =
  "e.basis = 'metered' and e.kind <> 'correction' and e.occurred_at >= o.hours_erased_before";

export const DAY_ROLLUP: RollupShape = {
  table: "rollup_day",
  key: [
    "org_id",
    "team_id",
    "local_day",
    "project_id",
    "agent_id",
    "provider_id",
    "model_id",
    "key_id",
  ],
};

const HOUR_ROLLUP: RollupShape = {
  table: "rollup_hour",
  key: ["org_id", "hour", "agent_id", "model_id", "key_id"],
  expressions: { hour: HOUR },
  join: "join organization o on o.id = e.org_id",
  where: KEPT_HOUR,
};

export const ROLLED_DIMENSIONS = [
  "workflow",
  "product",
  "customer",
  "person",
  "feature",
  "environment",
] as const;
export type RolledDimension = (typeof ROLLED_DIMENSIONS)[number];

/**
 * The rollup of the given dimensions (at least one); an append names only those it has values of.
 */
export function dimensionRollup(dimensions: readonly RolledDimension[]): RollupShape {
  const values = dimensions.map((dimension) => `('${dimension}', e.${dimension}_id)`);
  return {
    table: "rollup_dimension",
    key: ["org_id", "dimension", "value_id", "local_day", "team_id", "project_id", "model_id"],
    expressions: { dimension: "v.dimension", value_id: "v.value_id" },
    join: `join organization o on o.id = e.org_id
      cross join lateral (values ${values.join(", ")}) v (dimension, value_id)`,
    where: `v.value_id <> 0
      and (v.dimension <> 'person' or e.local_day >= o.person_erased_before)`,
  };
}

/** Has no measures but requests. */
export const ACTIVE_ROLLUP: RollupShape = {
  table: "agent_hour_person",
  key: ["org_id", "hour", "agent_id", "person_id"],
  expressions: { hour: HOUR },
  join: "join organization o on o.id = e.org_id",
  where: `e.person_id <> 0 and ${KEPT_HOUR}
    and e.occurred_at >= (o.person_erased_before + 1)::timestamp at time zone 'UTC'`,
};

export const ALWAYS_ROLLED = [DAY_ROLLUP, HOUR_ROLLUP] as const;
export const ROLLUPS = [...ALWAYS_ROLLED, dimensionRollup(ROLLED_DIMENSIONS)] as const;

/**
 * Adds entries of the relation `from` to a rollup. Rows are upserted in the order of the primary
 * key, so that concurrent batches cannot deadlock.
 */
export function rollupStatement(shape: RollupShape, from: string): string {
  const { table, key, expressions = {}, join = "", where } = shape;
  const active = table === ACTIVE_ROLLUP.table;
  const columns = active ? (["requests"] as const) : MEASURE_COLUMNS;
  const keys = key.map((column) => expressions[column] ?? `e.${column}`);
  const order = key.map((_, index) => index + 1).join(", ");
  const sums = columns.map((column) => `sum_bigint(${ENTRY_EXPRESSIONS[column]})`);
  const adds = columns.map((column) => `${column} = ${table}.${column} + excluded.${column}`);
  if (!active) {
    sums.push("max(e.recorded_at)");
    adds.push(`last_recorded_at = greatest(${table}.last_recorded_at, excluded.last_recorded_at)`);
  }
  const inserted = [...key, ...columns, ...(active ? [] : ["last_recorded_at"])].join(", ");
  return `insert into ${table} (${inserted})
    select ${[...keys, ...sums].join(", ")} from ${from} e ${join}
    ${where === undefined ? "" : `where ${where}`}
    group by ${order} order by ${order}
    on conflict (${key.join(", ")}) do update set ${adds.join(", ")}`;
}
