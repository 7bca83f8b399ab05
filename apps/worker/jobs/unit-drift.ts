import { recordDrifts } from "#core/outcomes/drift-findings.ts";
import { localDay } from "#core/time.ts";
import type { Job } from "../job.ts";

/** Every day: whether a success of a workflow creeps up in cost. */
export const unitDrift: Job = {
  name: "unit_drift",
  schedule: { every: "day", at: "05:40" },
  catchUp: "last",
  async run({ tx, orgId, timeZone, now, log }) {
    const today = localDay(now, timeZone);
    const news = await recordDrifts(tx, { orgId, timeZone, today, now });
    if (news.length > 0) log.info({ orgId, findings: news.length }, "found unit costs that drift");
  },
};
