import { createOrgViews } from "#apps/chat/org-view.ts";
import { tellPriceEvents } from "#apps/chat/prices/tell-price-events.ts";
import { loadContext } from "#core/ledger/context.ts";
import { recordPriceEvents } from "#core/pricing/price-events.ts";
import { localDay } from "#core/time.ts";
import type { Job } from "../job.ts";

/** Every day: prices of models in use that changed, or will, with their effect per team. */
export const priceEvents: Job = {
  name: "price_events",
  schedule: { every: "day", at: "06:30" },
  catchUp: "last",
  async run({ pool, tx, orgId, timeZone, now, log }) {
    const today = localDay(now, timeZone);
    const { priceBook: book } = await loadContext(tx, orgId, now);
    const events = await recordPriceEvents(tx, { orgId, book, today, now });
    if (events.length === 0) return;
    const org = await createOrgViews(pool)(orgId, now);
    const messages = await tellPriceEvents(tx, org, { events, today, now });
    log.info({ orgId, events: events.length, messages }, "prices changed");
  },
};
