import type { Db, Tx } from "#core/db/db.ts";
import type { Configuration } from "./eval-gate.ts";
import { ExperimentState } from "./experiment-schema.ts";

export interface ExperimentRow {
  readonly id: number;
  readonly name: string;
  readonly workflowId: number;
  /** Null: of no workflow. */
  readonly workflow: string | null;
  readonly scopeId: number;
  readonly state: ExperimentState;
  readonly recordedBy: number | null;
  readonly recordedAt: Date;
  readonly promoted: number | null;
  readonly decidedBy: number | null;
  readonly decidedAt: Date | null;
  readonly reason: string | null;
  readonly beforeRequests: bigint | null;
  readonly beforeCost: bigint | null;
  readonly afterRequests: bigint | null;
  readonly afterCost: bigint | null;
  readonly afterDays: number | null;
}

const COLUMNS = `e.id, e.name, e.workflow_id as "workflowId", v.value as workflow,
  e.scope_id as "scopeId", e.state, e.recorded_by as "recordedBy", e.recorded_at as "recordedAt",
  e.promoted, e.decided_by as "decidedBy", e.decided_at as "decidedAt", e.reason,
  e.before_requests as "beforeRequests", e.before_cost as "beforeCost",
  e.after_requests as "afterRequests", e.after_cost as "afterCost", e.after_days as "afterDays"`;
const FROM = `experiment e left join dimension_value v on v.org_id = e.org_id
  and v.dimension = 'workflow' and v.id = e.workflow_id`;

function rowOf(row: ExperimentRow): ExperimentRow {
  return { ...row, state: ExperimentState.parse(row.state) };
}

export async function insertExperiment(
  tx: Tx,
  args: Pick<ExperimentRow, "name" | "workflowId" | "scopeId" | "recordedBy" | "recordedAt"> & {
    orgId: number;
  },
): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(
    `insert into experiment (org_id, name, workflow_id, scope_id, state, recorded_by, recorded_at)
     values ($1, $2, $3, $4, 'open', $5, $6) returning id`,
    [args.orgId, args.name, args.workflowId, args.scopeId, args.recordedBy, args.recordedAt],
  );
  const [row] = rows;
  if (row === undefined) throw new Error("an insert returns its row");
  return row.id;
}

/** The baseline first. */
export async function insertConfigurations(
  tx: Tx,
  args: { orgId: number; experimentId: number; configurations: readonly Configuration[] },
): Promise<void> {
  const { configurations } = args;
  await tx.query(
    `insert into experiment_configuration (org_id, experiment_id, position, name, cost_per_call,
       passed, cases, counted)
     select $1, $2, n - 1, name, cost, passed, cases, counted
     from unnest($3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bool[])
       with ordinality as c (name, cost, passed, cases, counted, n)`,
    [
      args.orgId,
      args.experimentId,
      configurations.map(({ name }) => name),
      configurations.map(({ costPerCall }) => costPerCall),
      configurations.map(({ passed }) => passed),
      configurations.map(({ cases }) => cases),
      configurations.map(({ counted }) => counted),
    ],
  );
}

/** The newest first; of one workflow where `workflowId` is given. */
export async function listExperimentRows(
  db: Db,
  args: { orgId: number; workflowId?: number | undefined; limit: number },
): Promise<ExperimentRow[]> {
  const { rows } = await db.query<ExperimentRow>(
    `select ${COLUMNS} from ${FROM} where e.org_id = $1
       and ($2::int is null or e.workflow_id = $2) order by e.id desc limit $3`,
    [args.orgId, args.workflowId ?? null, args.limit],
  );
  return rows.map(rowOf);
}

export async function findExperimentRow(
  db: Db,
  orgId: number,
  id: number,
): Promise<ExperimentRow | undefined> {
  const { rows } = await db.query<ExperimentRow>(
    `select ${COLUMNS} from ${FROM} where e.org_id = $1 and e.id = $2`,
    [orgId, id],
  );
  return rows[0] && rowOf(rows[0]);
}

/** Of these experiments, by experiment, the baseline first. */
export async function listConfigurations(
  db: Db,
  orgId: number,
  ids: readonly number[],
): Promise<(Configuration & { experimentId: number })[]> {
  const { rows } = await db.query<Configuration & { experimentId: number }>(
    `select experiment_id as "experimentId", name, cost_per_call as "costPerCall", passed, cases,
       counted
     from experiment_configuration where org_id = $1 and experiment_id = any ($2::int[])
     order by experiment_id, position`,
    [orgId, ids],
  );
  return rows;
}

/** Decides an open experiment, once. False: somebody was first. */
export async function decideExperiment(
  tx: Tx,
  args: {
    orgId: number;
    id: number;
    state: "promoted" | "rejected";
    promoted: number | null;
    decidedBy: number;
    reason: string | null;
    before: { requests: bigint; cost: bigint } | undefined;
    now: Date;
  },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update experiment set state = $3, promoted = $4, decided_by = $5, decided_at = $6, reason = $7,
       before_requests = $8, before_cost = $9
     where org_id = $1 and id = $2 and state = 'open'`,
    [
      args.orgId,
      args.id,
      args.state,
      args.promoted,
      args.decidedBy,
      args.now,
      args.reason,
      args.before?.requests ?? null,
      args.before?.cost ?? null,
    ],
  );
  return rowCount === 1;
}

export async function saveAfter(
  tx: Tx,
  args: { orgId: number; id: number; requests: bigint; cost: bigint; days: number },
): Promise<void> {
  await tx.query(
    `update experiment set after_requests = $3, after_cost = $4, after_days = $5
     where org_id = $1 and id = $2 and state = 'promoted'`,
    [args.orgId, args.id, args.requests, args.cost, args.days],
  );
}
