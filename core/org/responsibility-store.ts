import type { Db } from "#core/db/db.ts";
import type { Day } from "#core/time.ts";
import type { Activity, FunctionName } from "./words.ts";

export interface HolderRow {
  readonly scopeId: number;
  readonly function: FunctionName;
  readonly personId: number;
}

/** In order: the first holder of a function at a scope is the one who is Accountable. */
export async function listHolders(db: Db, orgId: number): Promise<HolderRow[]> {
  const { rows } = await db.query<HolderRow>(
    `select scope_id as "scopeId", function, person_id as "personId"
     from function_holder where org_id = $1 order by scope_id, function, position`,
    [orgId],
  );
  return rows;
}

export interface RaciRow {
  readonly scopeId: number;
  readonly activity: Activity;
  readonly accountable: FunctionName;
  readonly responsible: readonly FunctionName[];
  readonly consulted: readonly FunctionName[];
  readonly informed: readonly FunctionName[];
}

export async function listRaci(db: Db, orgId: number): Promise<RaciRow[]> {
  const { rows } = await db.query<RaciRow>(
    `select scope_id as "scopeId", activity, accountable_function as accountable, responsible,
       consulted, informed
     from raci where org_id = $1`,
    [orgId],
  );
  return rows;
}

export interface OnCallRow {
  readonly scopeId: number;
  readonly personId: number;
}

export async function listOnCall(db: Db, orgId: number): Promise<OnCallRow[]> {
  const { rows } = await db.query<OnCallRow>(
    `select scope_id as "scopeId", person_id as "personId"
     from scope_on_call where org_id = $1 order by scope_id, position`,
    [orgId],
  );
  return rows;
}

export interface DelegationRow {
  readonly personId: number;
  readonly delegateId: number;
  readonly from: Day;
  readonly until: Day;
}

export async function listDelegations(db: Db, orgId: number): Promise<DelegationRow[]> {
  const { rows } = await db.query<DelegationRow>(
    `select person_id as "personId", delegate_id as "delegateId", from_day as "from",
       until_day as "until"
     from person_delegation where org_id = $1 order by person_id, from_day`,
    [orgId],
  );
  return rows;
}
