import type { Db } from "../db/db.ts";
import type { Day } from "../time.ts";

/** The last local day on which the ledger has anything of each key, by its dimension value. */
export async function selectLastUse(db: Db, orgId: number): Promise<ReadonlyMap<number, Day>> {
  const { rows } = await db.query<{ keyId: number; day: Day }>(
    `select r.key_id as "keyId", max(r.local_day) as day from rollup_day r
     where r.org_id = $1 and r.requests > 0
       and r.key_id in (select dimension_id from virtual_key where org_id = $1)
     group by r.key_id`,
    [orgId],
  );
  return new Map(rows.map(({ keyId, day }) => [keyId, day]));
}

/** Models of the ledger that each key used since a day, by its dimension value. */
export async function selectModelsUsed(
  db: Db,
  orgId: number,
  since: Day,
): Promise<ReadonlyMap<number, readonly string[]>> {
  const { rows } = await db.query<{ keyId: number; models: string[] }>(
    `select r.key_id as "keyId", array_agg(distinct v.value) as models from rollup_day r
     join dimension_value v on v.org_id = r.org_id and v.dimension = 'model' and v.id = r.model_id
     where r.org_id = $1 and r.local_day >= $2::date and r.requests > 0
       and r.key_id in (select dimension_id from virtual_key where org_id = $1)
     group by r.key_id`,
    [orgId, since],
  );
  return new Map(rows.map(({ keyId, models }) => [keyId, models]));
}
