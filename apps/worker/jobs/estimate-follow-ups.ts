import { measureEstimates } from "#core/estimates/follow-up.ts";
import type { Job } from "../job.ts";

/** Every morning: what became of pull requests that were merged 7 and 30 days ago. */
export const estimateFollowUps: Job = {
  name: "estimate_follow_ups",
  schedule: { every: "day", at: "04:30" },
  catchUp: "last",
  async run({ tx, orgId, timeZone, now, log }) {
    const counts = await measureEstimates(tx, { orgId, timeZone, now });
    if (counts.measured + counts.unmeasured > 0) {
      log.info({ orgId, ...counts }, "compared estimates with the ledger");
    }
  },
};
