import { erasePersonsAndHours, retentionCutoffs } from "#core/ledger/retention.ts";
import { loadDirectory } from "#core/org/directory.ts";
import type { Job } from "../job.ts";

/** After the organisation's own time, entries no longer say who, and hours are gone. */
export const ledgerRetention: Job = {
  name: "ledger_retention",
  schedule: { every: "day", at: "03:10" },
  catchUp: "last",
  async run({ tx, orgId, now, log }) {
    const { retention, timeZone } = await loadDirectory(tx, orgId);
    const cutoffs = retentionCutoffs({ ...retention, timeZone }, now);
    const { entries, hours } = await erasePersonsAndHours(tx, orgId, cutoffs);
    log.info({ orgId, entries: Number(entries), hours: Number(hours) }, "erased what is old");
  },
};
