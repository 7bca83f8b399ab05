import { tellFinding } from "#apps/chat/anomalies/tell-finding.ts";
import { createOrgViews } from "#apps/chat/org-view.ts";
import { recordAnomalies } from "#core/anomalies/tick.ts";
import type { Job } from "../job.ts";

/** Ten minutes after every hour: what of it is not as usual, and what became of earlier findings. */
export const anomalies: Job = {
  name: "anomalies",
  schedule: { every: "hour", minute: 10 },
  catchUp: "last",
  async run({ pool, tx, orgId, now, log }) {
    const { moved, series } = await recordAnomalies(tx, { orgId, now });
    const pushed = moved.filter(({ finding }) => finding.pushedAt !== undefined);
    let messages = 0;
    let unreachable = 0;
    if (pushed.length > 0) {
      const org = await createOrgViews(pool)(orgId, now);
      for (const one of pushed) {
        const told = await tellFinding(tx, org, { ...one, now });
        messages += told.messages;
        unreachable += told.unreachable;
      }
    }
    const figures = { series, moved: moved.length, messages, unreachable };
    log.info({ orgId, ...figures }, "judged the hours");
  },
};
