import { measureExperiments } from "#core/outcomes/experiment.ts";
import { localDay } from "#core/time.ts";
import type { Job } from "../job.ts";

/** Every day: what promoted configurations cost since, beside what they cost before. */
export const experiments: Job = {
  name: "experiments",
  schedule: { every: "day", at: "05:50" },
  catchUp: "last",
  async run({ tx, orgId, timeZone, now, log }) {
    const today = localDay(now, timeZone);
    const measured = await measureExperiments(tx, { orgId, timeZone, today });
    if (measured > 0) log.info({ orgId, measured }, "measured promoted experiments");
  },
};
