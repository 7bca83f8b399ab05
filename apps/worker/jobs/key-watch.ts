import { watchKeys } from "#apps/chat/keys/watch-tell.ts";
import { createOrgViews } from "#apps/chat/org-view.ts";
import { loadRoster } from "#core/org/roster.ts";
import type { Job } from "../job.ts";

/** Every hour: requests that wait too long, keys that end, and keys of who left. */
export const keyWatch: Job = {
  name: "key_watch",
  schedule: { every: "hour", minute: 20 },
  catchUp: "last",
  async run({ pool, tx, orgId, now, log }) {
    const org = await createOrgViews(pool)(orgId, now);
    const roster = await loadRoster(tx, orgId);
    const done = await watchKeys(tx, { org, roster, now });
    if (done.ended + done.due + done.warned > 0) log.info({ orgId, ...done }, "watched keys");
  },
};
