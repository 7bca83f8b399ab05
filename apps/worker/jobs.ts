import type { Job } from "./job.ts";
import { anomalies } from "./jobs/anomalies.ts";
import { budgetAlerts } from "./jobs/budget-alerts.ts";
import { capAlerts } from "./jobs/cap-alerts.ts";
import { estimateFollowUps } from "./jobs/estimate-follow-ups.ts";
import { experiments } from "./jobs/experiments.ts";
import { forecasts } from "./jobs/forecasts.ts";
import { keyReview } from "./jobs/key-review.ts";
import { keyWatch } from "./jobs/key-watch.ts";
import { ledgerRetention } from "./jobs/ledger-retention.ts";
import { priceEvents } from "./jobs/price-events.ts";
import { queueRetention } from "./jobs/queue-retention.ts";
import { reconciliation } from "./jobs/reconciliation.ts";
import { showback } from "./jobs/showback.ts";
import { unitDrift } from "./jobs/unit-drift.ts";
import { weeklyInventory } from "./jobs/weekly-inventory.ts";

/** Every job of the product; one file each in jobs/. */
export const JOBS: readonly Job[] = [
  anomalies,
  budgetAlerts,
  capAlerts,
  estimateFollowUps,
  forecasts,
  keyReview,
  keyWatch,
  ledgerRetention,
  priceEvents,
  queueRetention,
  reconciliation,
  showback,
  unitDrift,
  weeklyInventory,
  experiments,
];
