import { recordCrossings } from "#core/budgets/alerts.ts";
import { tellBudgets } from "../budget-messages.ts";
import type { Job } from "../job.ts";

/** Every hour: what a budget crossed since, and that it will be used up within days. */
export const budgetAlerts: Job = {
  name: "budget_alerts",
  schedule: { every: "hour", minute: 10 },
  catchUp: "last",
  async run({ tx, orgId, timeZone, now, log }) {
    const alerts = await recordCrossings(tx, { orgId, timeZone, now });
    const told = await tellBudgets(tx, { orgId, timeZone, alerts, now });
    if (alerts.length > 0) log.info({ orgId, budgets: alerts.length, ...told }, "told of budgets");
  },
};
