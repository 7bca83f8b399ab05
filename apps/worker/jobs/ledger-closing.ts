import type { Pool } from "pg";
import { closeMonths, retentionCutoffs } from "#core/ledger/retention.ts";
import { loadDirectory } from "#core/org/directory.ts";
import type { Job } from "../job.ts";

/**
 * Closes months that are older than the organisation keeps. It takes the owner's rights, so it runs
 * where the owner's connection is; running it again closes nothing twice.
 */
export function ledgerClosing(owner: Pool): Job {
  return {
    name: "ledger_closing",
    schedule: { every: "month", day: 2, at: "03:20" },
    catchUp: "last",
    async run({ tx, orgId, now, log }) {
      const { retention, timeZone } = await loadDirectory(tx, orgId);
      const closed = await closeMonths(
        owner,
        orgId,
        retentionCutoffs({ ...retention, timeZone }, now),
      );
      log.info({ orgId, entries: Number(closed) }, "closed old months");
    },
  };
}
