import type { Pool } from "pg";
import { transaction } from "#core/db/transaction.ts";
import { AispendError } from "#core/errors.ts";
import {
  deleteOrganization,
  deleteRowsOf,
  findDemonstration,
  listOrganizationTables,
  suspendConstraints,
  withoutTriggers,
} from "./store.ts";

/**
 * Removes the demonstration whole, its ledger and audit log included, and nothing else. Needs the
 * owner of the tables. Throws `demonstration_not_found`.
 */
export async function removeDemonstration(owner: Pool): Promise<{ rows: number }> {
  return transaction(owner, async (tx) => {
    const orgId = await findDemonstration(tx);
    if (orgId === undefined) {
      throw new AispendError("demonstration_not_found", "there is no demonstration here", {
        kind: "not_found",
      });
    }
    await suspendConstraints(tx);
    let rows = 0;
    await withoutTriggers(tx, async () => {
      for (const table of await listOrganizationTables(tx)) {
        rows += await deleteRowsOf(tx, table, orgId);
      }
      await deleteOrganization(tx, orgId);
    });
    return { rows };
  });
}
