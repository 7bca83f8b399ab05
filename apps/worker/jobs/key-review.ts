import { reviewKeys } from "#apps/chat/keys/watch-tell.ts";
import { createOrgViews } from "#apps/chat/org-view.ts";
import { loadRoster } from "#core/org/roster.ts";
import type { Job } from "../job.ts";

/** Every Monday: keys that are idle, ownerless or wider than their use, offered for revocation. */
export const keyReview: Job = {
  name: "key_review",
  schedule: { every: "week", weekday: 1, at: "09:30" },
  catchUp: "last",
  async run({ pool, tx, orgId, now, log }) {
    const org = await createOrgViews(pool)(orgId, now);
    const roster = await loadRoster(tx, orgId);
    const found = await reviewKeys(tx, { org, roster, now });
    if (found > 0) log.info({ orgId, keys: found }, "reviewed keys");
  },
};
