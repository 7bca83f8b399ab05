import type { Tx } from "#core/db/db.ts";
import { DAY_ROLLUP, dimensionRollup, ROLLED_DIMENSIONS, rollupStatement } from "./rollup.ts";

/**
 * Gives every entry its local day in another zone and makes the daily rollups anew, with the
 * owner's rights and in the caller's transaction, which also records it in the audit log. Returns
 * how many entries moved to another day.
 */
export async function rebuildLocalDays(
  owner: Tx,
  orgId: number,
  timeZone: string,
): Promise<bigint> {
  const { rows } = await owner.query<{ moved: bigint }>(
    "select rebuild_local_days($1, $2) as moved",
    [orgId, timeZone],
  );
  const own = "(select * from ledger_entry where org_id = $1)";
  await owner.query(rollupStatement(DAY_ROLLUP, own), [orgId]);
  await owner.query(rollupStatement(dimensionRollup(ROLLED_DIMENSIONS), own), [orgId]);
  return rows[0]?.moved ?? 0n;
}
