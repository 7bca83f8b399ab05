import type { Pool } from "pg";
import { MEASURE_COLUMNS } from "#core/ledger/measures.ts";
import { verifyLedger } from "#core/ledger/verify.ts";

/**
 * Everything that an import adds up to, as one text: entries, the sums of each rollup, and whether
 * the two agree.
 */
export async function ledgerTotals(owner: Pool, orgId: number): Promise<string> {
  const verified = await verifyLedger(owner, orgId);
  const sums = MEASURE_COLUMNS.map((column) => `sum(${column})::text as ${column}`).join(", ");
  const rollups = ["rollup_day", "rollup_hour", "rollup_dimension"].map(async (table) => {
    const { rows } = await owner.query(`select ${sums} from ${table} where org_id = $1`, [orgId]);
    return [table, rows[0]] as const;
  });
  return JSON.stringify({
    entries: String(verified.entries),
    cost: String(verified.cost),
    difference: verified.difference ?? "none",
    rollups: Object.fromEntries(await Promise.all(rollups)),
  });
}
