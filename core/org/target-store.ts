import type { Db, Tx } from "#core/db/db.ts";

export interface KpiTargetRow {
  readonly kpi: string;
  readonly percent: number;
}

export async function listKpiTargets(db: Db, orgId: number): Promise<KpiTargetRow[]> {
  const { rows } = await db.query<KpiTargetRow>(
    `select kpi, percent::float8 as percent from kpi_target where org_id = $1 order by kpi`,
    [orgId],
  );
  return rows;
}

export interface WorkflowTargetRow {
  readonly workflow: string;
  readonly outcome: string | null;
  /** Nano-USD. */
  readonly costPerOutcome: bigint | null;
  readonly humanBaseline: bigint | null;
  readonly cacheHitPercent: number | null;
}

export async function listWorkflowTargets(db: Db, orgId: number): Promise<WorkflowTargetRow[]> {
  const { rows } = await db.query<WorkflowTargetRow>(
    `select workflow, outcome, cost_per_outcome as "costPerOutcome",
       human_baseline as "humanBaseline", cache_hit_percent::float8 as "cacheHitPercent"
     from workflow_target where org_id = $1 order by workflow`,
    [orgId],
  );
  return rows;
}

export async function saveKpiTarget(
  tx: Tx,
  args: { orgId: number; kpi: string; percent: number },
): Promise<void> {
  await tx.query(
    `insert into kpi_target (org_id, kpi, percent) values ($1, $2, $3)
     on conflict (org_id, kpi) do update set percent = excluded.percent`,
    [args.orgId, args.kpi, args.percent],
  );
}

export async function deleteKpiTarget(tx: Tx, args: { orgId: number; kpi: string }): Promise<void> {
  await tx.query("delete from kpi_target where org_id = $1 and kpi = $2", [args.orgId, args.kpi]);
}

export async function saveWorkflowTarget(
  tx: Tx,
  args: { orgId: number } & WorkflowTargetRow,
): Promise<void> {
  await tx.query(
    `insert into workflow_target (org_id, workflow, outcome, cost_per_outcome, human_baseline,
       cache_hit_percent)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (org_id, workflow) do update set outcome = excluded.outcome,
       cost_per_outcome = excluded.cost_per_outcome, human_baseline = excluded.human_baseline,
       cache_hit_percent = excluded.cache_hit_percent`,
    [
      args.orgId,
      args.workflow,
      args.outcome,
      args.costPerOutcome,
      args.humanBaseline,
      args.cacheHitPercent,
    ],
  );
}

export async function deleteWorkflowTarget(
  tx: Tx,
  args: { orgId: number; workflow: string },
): Promise<void> {
  await tx.query("delete from workflow_target where org_id = $1 and workflow = $2", [
    args.orgId,
    args.workflow,
  ]);
}
