import type { Db } from "../db/db.ts";

export interface ValueName {
  readonly dimension: string;
  readonly id: number;
}

/** Names of dimension values by "key:7"; what was erased has none. */
export async function nameValues(
  db: Db,
  orgId: number,
  values: readonly ValueName[],
): Promise<Map<string, string>> {
  if (values.length === 0) return new Map();
  const { rows } = await db.query<ValueName & { readonly value: string }>(
    `select v.dimension, v.id, v.value from dimension_value v
     join unnest($2::text[], $3::int[]) as w (dimension, id)
       on w.dimension = v.dimension and w.id = v.id
     where v.org_id = $1`,
    [orgId, values.map(({ dimension }) => dimension), values.map(({ id }) => id)],
  );
  return new Map(rows.map(({ dimension, id, value }) => [`${dimension}:${id}`, value]));
}

/** What a key was used for in the 30 days before: who would be stopped by blocking it. */
export interface KeyReach {
  /** Scopes of the agents (or projects, teams) that used it, dearest first. */
  readonly scopeIds: readonly number[];
  /** The projects that used it served customers; an entry names them, not every key does. */
  readonly servesCustomers: boolean;
}

const REACH_DAYS = 30;

export async function findKeyReach(
  db: Db,
  orgId: number,
  keyId: number,
  now: Date,
): Promise<KeyReach> {
  const { rows } = await db.query<{ id: number; projectId: number; customers: boolean }>(
    `with used as (
       select coalesce(nullif(agent_id, 0), nullif(project_id, 0), team_id) as id, project_id,
         sum(cost) as cost
       from rollup_day where org_id = $1 and key_id = $2 and local_day >= $3::date - $4::int
       group by 1, 2)
     select id, project_id as "projectId", exists (
       select from rollup_dimension d where d.org_id = $1 and d.dimension = 'customer'
         and d.project_id = used.project_id and d.local_day >= $3::date - $4::int) as customers
     from used order by cost desc limit 20`,
    [orgId, keyId, now, REACH_DAYS],
  );
  return {
    scopeIds: [...new Set(rows.map(({ id }) => id).filter((id) => id !== 0))],
    servesCustomers: rows.some(({ customers }) => customers),
  };
}
