import type { Db } from "../db/db.ts";
import * as store from "./names-store.ts";

export type ValueName = store.ValueName;

/** Names of dimension values by "key:7"; what was erased has none. */
export function nameValues(
  db: Db,
  orgId: number,
  values: readonly store.ValueName[],
): Promise<Map<string, string>> {
  return store.nameValues(db, orgId, values);
}

/** What a key was used for in the last 30 days: who else would be stopped by blocking it. */
export function findKeyReach(
  db: Db,
  orgId: number,
  keyId: number,
  now: Date,
): Promise<store.KeyReach> {
  return store.findKeyReach(db, orgId, keyId, now);
}
