import { createOrgViews } from "#apps/chat/org-view.ts";
import { tellApprovalEnded } from "#apps/chat/pulls/tell-approval.ts";
import { lapseApprovals } from "#core/estimates/approval.ts";
import { measureEstimates } from "#core/estimates/follow-up.ts";
import type { Job } from "../job.ts";

/**
 * Every morning: what became of pull requests that were merged 7 and 30 days ago, and an end to those
 * that nobody let pass in 14 days.
 */
export const estimateFollowUps: Job = {
  name: "estimate_follow_ups",
  schedule: { every: "day", at: "04:30" },
  catchUp: "last",
  async run({ pool, tx, orgId, timeZone, now, log }) {
    const counts = await measureEstimates(tx, { orgId, timeZone, now });
    if (counts.measured + counts.unmeasured > 0) {
      log.info({ orgId, ...counts }, "compared estimates with the ledger");
    }
    const lapsed = await lapseApprovals(tx, orgId, now);
    if (lapsed.length === 0) return;
    const org = await createOrgViews(pool)(orgId, now);
    for (const approval of lapsed) await tellApprovalEnded(tx, { org, now }, approval);
    log.info({ orgId, lapsed: lapsed.length }, "ended approvals that nobody gave");
  },
};
