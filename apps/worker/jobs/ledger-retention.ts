import { eraseBills, eraseToolPersons } from "#core/connections/retention.ts";
import { eraseForecasts } from "#core/forecasts/retention.ts";
import { erasePersonsAndHours, retentionCutoffs } from "#core/ledger/retention.ts";
import { loadDirectory } from "#core/org/directory.ts";
import { eraseOutcomes } from "#core/outcomes/retention.ts";
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
    // What was forecast and counted of a month goes when its entries go.
    const forecasts = await eraseForecasts(tx, orgId, cutoffs.entries);
    const outcomes = await eraseOutcomes(tx, orgId, cutoffs.entries);
    const toolDays = await eraseToolPersons(tx, orgId, cutoffs.persons);
    const bills = await eraseBills(tx, orgId, cutoffs.entries);
    const erased = { entries, hours, forecasts, outcomes, toolDays, bills };
    const counts = Object.entries(erased).map(([what, count]) => [what, Number(count)]);
    log.info({ orgId, ...Object.fromEntries(counts) }, "erased what is old");
  },
};
