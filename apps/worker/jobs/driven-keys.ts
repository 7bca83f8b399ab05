import { syncDriven } from "#core/keys/driven.ts";
import type { OpenDriver } from "#core/keys/driver.ts";
import type { Job } from "../job.ts";

/** Every minute: gateways of others are made what they shall be, and read back. */
export function drivenKeys(openDriver: OpenDriver): Job {
  return {
    name: "driven_keys",
    schedule: { every: "minutes", count: 1 },
    catchUp: "last",
    async run({ pool, orgId, now, log }) {
      const done = await syncDriven(pool, openDriver, orgId, now);
      if (done.changed + done.failed > 0) log.info({ orgId, ...done }, "drove other gateways");
    },
  };
}
