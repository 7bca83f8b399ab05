import type { Job } from "#apps/worker/job.ts";
import { anomalies } from "#apps/worker/jobs/anomalies.ts";
import { budgetAlerts } from "#apps/worker/jobs/budget-alerts.ts";
import { monthlyReview } from "#apps/worker/jobs/monthly-review.ts";
import { showback } from "#apps/worker/jobs/showback.ts";

/** The product's own jobs that tell people something unasked. */
export const REPORT_JOBS: readonly Job[] = [
  anomalies,
  budgetAlerts,
  showback,
  monthlyReview({ mailed: false }),
];
