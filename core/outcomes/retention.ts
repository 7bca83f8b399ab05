import type { Tx } from "../db/db.ts";
import type { Day } from "../time.ts";

/** Outcomes of earlier local days are gone, with their sums. Returns how many. */
export async function eraseOutcomes(tx: Tx, orgId: number, before: Day): Promise<bigint> {
  const { rows } = await tx.query<{ erased: bigint }>(
    "select erase_outcomes_before($1, $2::date) as erased",
    [orgId, before],
  );
  return rows[0]?.erased ?? 0n;
}
