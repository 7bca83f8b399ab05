import type { Tx } from "../db/db.ts";
import type { Day } from "../time.ts";

/** Forecasts of periods that ended by the day are gone, scored or not. Returns how many. */
export async function eraseForecasts(tx: Tx, orgId: number, before: Day): Promise<bigint> {
  const { rows } = await tx.query<{ erased: bigint }>(
    "select erase_forecasts_before($1, $2::date) as erased",
    [orgId, before],
  );
  return rows[0]?.erased ?? 0n;
}
