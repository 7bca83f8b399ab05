import { recordForecasts, scoreClosed } from "#core/forecasts/service.ts";
import type { Job } from "../job.ts";

/** Every night: all scopes anew, and what became of the forecasts of periods that are over. */
export const forecasts: Job = {
  name: "forecasts",
  schedule: { every: "day", at: "02:30" },
  catchUp: "last",
  async run({ tx, orgId, timeZone, now, log }) {
    const made = await recordForecasts(tx, { orgId, timeZone, now });
    const scored = await scoreClosed(tx, { orgId, timeZone, now });
    log.info({ orgId, ...made, scored }, "forecast all scopes");
  },
};
