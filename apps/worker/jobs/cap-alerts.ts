import { tellCaps } from "#apps/chat/keys/cap-tell.ts";
import { createOrgViews } from "#apps/chat/org-view.ts";
import { loadRoster } from "#core/org/roster.ts";
import type { Job } from "../job.ts";

/** Every 5 minutes: caps that are nearly used up or reached, each told once. */
export const capAlerts: Job = {
  name: "cap_alerts",
  schedule: { every: "minutes", count: 5 },
  catchUp: "last",
  async run({ pool, tx, orgId, now, log }) {
    const org = await createOrgViews(pool)(orgId, now);
    const roster = await loadRoster(tx, orgId);
    const crossed = await tellCaps(tx, { org, roster, now });
    if (crossed > 0) log.info({ orgId, caps: crossed }, "caps are nearly used up or reached");
  },
};
