import type { Db } from "../db/db.ts";

export async function selectPolicy(db: Db, orgId: number): Promise<unknown> {
  const { rows } = await db.query<{ policy: unknown }>(
    "select key_policy as policy from organization_policy where org_id = $1",
    [orgId],
  );
  return rows[0]?.policy ?? undefined;
}

/** By scope; 0 is the organisation's own list. */
export async function selectAllowLists(
  db: Db,
  orgId: number,
): Promise<ReadonlyMap<number, readonly string[]>> {
  const { rows } = await db.query<{ scopeId: number; models: string[] }>(
    `select id as "scopeId", models from scope where org_id = $1 and models is not null
     union all
     select 0, models from organization_policy where org_id = $1 and models is not null`,
    [orgId],
  );
  return new Map(rows.map(({ scopeId, models }) => [scopeId, models]));
}

/** Scopes that name the person as a member. */
export async function selectMemberships(
  db: Db,
  orgId: number,
  personId: number,
): Promise<number[]> {
  const { rows } = await db.query<{ scopeId: number }>(
    `select scope_id as "scopeId" from scope_member where org_id = $1 and person_id = $2
     order by scope_id`,
    [orgId, personId],
  );
  return rows.map(({ scopeId }) => scopeId);
}

/** By scope, of those that name one. */
export async function selectCostCentres(
  db: Db,
  orgId: number,
): Promise<ReadonlyMap<number, string>> {
  const { rows } = await db.query<{ id: number; costCentre: string }>(
    `select id, cost_centre as "costCentre" from scope
     where org_id = $1 and cost_centre is not null`,
    [orgId],
  );
  return new Map(rows.map(({ id, costCentre }) => [id, costCentre]));
}
