import { eraseBodies } from "#core/outbox/service.ts";
import { deleteSlotsBefore } from "#core/schedule/service.ts";
import type { Job } from "../job.ts";

const DAY_MS = 86_400_000;
const BODY_DAYS = 30;
const SLOT_DAYS = 90;

/** Queues do not keep for ever what they carried. */
export const queueRetention: Job = {
  name: "queue_retention",
  schedule: { every: "day", at: "03:40" },
  catchUp: "last",
  async run({ tx, orgId, now, log }) {
    const bodies = await eraseBodies(tx, orgId, new Date(now.getTime() - BODY_DAYS * DAY_MS));
    const slots = await deleteSlotsBefore(tx, orgId, new Date(now.getTime() - SLOT_DAYS * DAY_MS));
    log.info({ orgId, bodies, slots }, "forgot old messages and slots");
  },
};
