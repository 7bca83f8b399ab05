import type { Period } from "#core/time.ts";
import { CALL_COST, ENTRY_EXPRESSIONS, MEASURE_COLUMNS } from "./measures.ts";

/** A dimension that is not part of rollup_day and has daily rollups of its own. */
export type TaggedDimension =
  | "workflow"
  | "product"
  | "customer"
  | "person"
  | "feature"
  | "environment";

export type SpendDimension =
  | "team"
  | "project"
  | "agent"
  | "provider"
  | "model"
  | "key"
  | TaggedDimension;

/** All conditions hold at once; an id of 0 selects what is unattributed at that level. */
export interface SpendFilter {
  readonly teamId?: number;
  readonly projectId?: number;
  readonly agentId?: number;
  readonly providerId?: number;
  readonly modelId?: number;
  /** Any of these models: a family such as every "claude". */
  readonly modelIds?: readonly number[];
  readonly keyId?: number;
  readonly dimension?: { readonly name: TaggedDimension; readonly valueId: number };
}

const TAGGED: ReadonlySet<string> = new Set([
  "workflow",
  "product",
  "customer",
  "person",
  "feature",
  "environment",
]);

export function isTagged(dimension: SpendDimension): dimension is TaggedDimension {
  return TAGGED.has(dimension);
}

const FILTER_COLUMNS = [
  ["teamId", "team_id"],
  ["projectId", "project_id"],
  ["agentId", "agent_id"],
  ["providerId", "provider_id"],
  ["modelId", "model_id"],
  ["keyId", "key_id"],
] as const;

const DAY_GRAIN = new Set([
  "team_id",
  "project_id",
  "agent_id",
  "provider_id",
  "model_id",
  "key_id",
]);
const DIMENSION_GRAIN = new Set(["team_id", "project_id", "model_id"]);

export interface SpendSource {
  readonly from: string;
  /** Conditions joined by `and`; parameters start at $1. */
  readonly where: string;
  readonly values: unknown[];
  /** The column that holds each grouping dimension's id. */
  readonly column: (dimension: SpendDimension) => string;
  /** "sum(...)::bigint as requests, ... , max(...) as last_recorded_at" */
  readonly sums: string;
}

/**
 * Picks the smallest table that can answer: rollup_day, else rollup_dimension for one tagged
 * dimension, else the entries themselves (two tagged dimensions at once, or a tagged one by agent).
 */
export function spendSource(
  orgId: number,
  filter: SpendFilter,
  period: Period,
  groups: readonly SpendDimension[],
): SpendSource {
  const tagged = new Set<string>(groups.filter(isTagged));
  if (filter.dimension !== undefined) tagged.add(filter.dimension.name);
  const columns = new Set<string>(groups.filter((group) => !isTagged(group)).map((g) => `${g}_id`));
  for (const [name, column] of FILTER_COLUMNS) if (filter[name] !== undefined) columns.add(column);
  if (filter.modelIds !== undefined) columns.add("model_id");

  if (tagged.size === 0 && isSubset(columns, DAY_GRAIN))
    return build("rollup_day", orgId, filter, period);
  // Unnamed values are in no dimension rollup, so a filter on 0 needs the entries.
  const unnamed = filter.dimension?.valueId === 0;
  const [only] = tagged;
  if (tagged.size === 1 && only !== undefined && !unnamed && isSubset(columns, DIMENSION_GRAIN)) {
    return build("rollup_dimension", orgId, filter, period, only);
  }
  return build("ledger_entry", orgId, filter, period);
}

function isSubset(columns: ReadonlySet<string>, grain: ReadonlySet<string>): boolean {
  for (const column of columns) if (!grain.has(column)) return false;
  return true;
}

function build(
  table: "rollup_day" | "rollup_dimension" | "ledger_entry",
  orgId: number,
  filter: SpendFilter,
  period: Period,
  dimension?: string,
): SpendSource {
  const values: unknown[] = [orgId, period.start, period.end];
  const where = ["t.org_id = $1", "t.local_day >= $2::date", "t.local_day < $3::date"];
  const add = (condition: (parameter: string) => string, value: unknown) => {
    values.push(value);
    where.push(condition(`$${values.length}`));
  };
  // The partition key is the UTC day, which is within one day of the local one.
  if (table === "ledger_entry") where.push("t.day >= $2::date - 1", "t.day <= $3::date");
  for (const [name, column] of FILTER_COLUMNS) {
    const value = filter[name];
    if (value !== undefined) add((parameter) => `t.${column} = ${parameter}`, value);
  }
  if (filter.modelIds !== undefined) {
    add((parameter) => `t.model_id = any (${parameter}::int[])`, filter.modelIds);
  }
  if (dimension !== undefined) add((parameter) => `t.dimension = ${parameter}`, dimension);
  if (filter.dimension !== undefined) {
    const column = table === "rollup_dimension" ? "value_id" : `${filter.dimension.name}_id`;
    add((parameter) => `t.${column} = ${parameter}`, filter.dimension.valueId);
  }
  return {
    from: `${table} t`,
    where: where.join(" and "),
    values,
    column: (group) => (dimension === group ? "t.value_id" : `t.${group}_id`),
    sums: sums(table),
  };
}

function sums(table: "rollup_day" | "rollup_dimension" | "ledger_entry"): string {
  const columns = MEASURE_COLUMNS.map((column) => {
    const expression = table === "ledger_entry" ? ENTRY_EXPRESSIONS[column] : `t.${column}`;
    return `coalesce(sum(${expression}), 0)::bigint as ${column}`;
  });
  const isEntry = table === "ledger_entry";
  const calls = `coalesce(sum(${CALL_COST[isEntry ? "entry" : "rollup"]}), 0)::bigint as call_cost`;
  const last = isEntry ? "recorded_at" : "last_recorded_at";
  return [...columns, calls, `max(t.${last}) as last_recorded_at`].join(", ");
}
