import { tellInventory } from "#apps/chat/inventory/tell-inventory.ts";
import { createOrgViews } from "#apps/chat/org-view.ts";
import { loadInventory } from "#core/inventory/service.ts";
import { openDueReviews } from "#core/inventory/vendor-service.ts";
import type { Job } from "../job.ts";

/**
 * Every Monday: keeps the vendor reviews that fell due, and lists what is to be decided of the inventory
 * in the room of the organisation. Silent where nothing is.
 */
export const weeklyInventory: Job = {
  name: "weekly_inventory",
  schedule: { every: "week", weekday: 1, at: "10:00" },
  catchUp: "last",
  async run({ pool, tx, orgId, now, log }) {
    const org = await createOrgViews(pool)(orgId, now);
    const inventory = await loadInventory(tx, orgId, now);
    const opened = await openDueReviews(tx, orgId, inventory.vendors, now);
    const messages = await tellInventory(tx, org, { inventory, now });
    if (opened + messages > 0)
      log.info({ orgId, reviews: opened, messages }, "listed the inventory");
  },
};
