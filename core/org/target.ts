import type { Db } from "#core/db/db.ts";
import { listKpiTargets, listWorkflowTargets, type WorkflowTargetRow } from "./target-store.ts";

/** What the KPIs are measured against: the organisation's own figures, else the product's. Percent. */
export interface KpiTargets {
  readonly attributionCoverage: number;
  readonly forecastAccuracy: number;
  readonly budgetVariance: number;
  /** Undefined: tracked without a target. */
  readonly cacheHitRate: number | undefined;
}

/** domain.md section 4. */
const STARTING: KpiTargets = {
  attributionCoverage: 95,
  forecastAccuracy: 10,
  budgetVariance: 5,
  cacheHitRate: undefined,
};

export type WorkflowTarget = WorkflowTargetRow;

export async function findKpiTargets(db: Db, orgId: number): Promise<KpiTargets> {
  const set = new Map((await listKpiTargets(db, orgId)).map(({ kpi, percent }) => [kpi, percent]));
  return {
    attributionCoverage: set.get("attribution_coverage") ?? STARTING.attributionCoverage,
    forecastAccuracy: set.get("forecast_accuracy") ?? STARTING.forecastAccuracy,
    budgetVariance: set.get("budget_variance") ?? STARTING.budgetVariance,
    cacheHitRate: set.get("cache_hit_rate"),
  };
}

/** Unit-economics targets by workflow. */
export async function findWorkflowTargets(
  db: Db,
  orgId: number,
): Promise<Map<string, WorkflowTarget>> {
  const rows = await listWorkflowTargets(db, orgId);
  return new Map(rows.map((row) => [row.workflow, row]));
}
