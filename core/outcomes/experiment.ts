import type { Pool } from "pg";
import type { AuditRecord } from "#core/audit/entry.ts";
import { record } from "#core/audit/service.ts";
import type { Db, Tx } from "#core/db/db.ts";
import { transaction } from "#core/db/transaction.ts";
import { AispendError } from "#core/errors.ts";
import { ensureDimensionValue } from "#core/ledger/dimension-value.ts";
import { spendTotal } from "#core/ledger/spend.ts";
import { listWorkflowCosts } from "#core/ledger/workload.ts";
import { requirePermission } from "#core/org/permission.ts";
import { loadRoster } from "#core/org/roster.ts";
import { addDays, type Day, daysBetween, localDay } from "#core/time.ts";
import { type Configuration, type Judged, judge } from "./eval-gate.ts";
import type { Evaluation } from "./evaluation-file.ts";
import * as store from "./experiment-store.ts";

/** An experiment with its table: the baseline first. */
export interface Experiment extends store.ExperimentRow {
  readonly judged: readonly Judged[];
}

export type ExperimentActor = Pick<AuditRecord, "actor" | "actorAccount" | "surface">;

export interface RecordExperiment {
  readonly orgId: number;
  readonly evaluation: Evaluation;
  readonly name: string;
  /** Undefined: of no workflow, decided at the organisation. */
  readonly workflow: string | undefined;
  readonly by: ExperimentActor;
  readonly now: Date;
}

/** Before and after a promotion the same number of days is compared, at most. */
const MEASURED_DAYS = 28;
const SCOPE_DAYS = 90;

/** Puts an evaluation on record; what to do with it is decided later, by who answers for the gate. */
export function recordExperiment(pool: Pool, request: RecordExperiment): Promise<Experiment> {
  const { orgId, evaluation, by, now, workflow } = request;
  return transaction(pool, async (tx) => {
    const { timeZone } = await loadRoster(tx, orgId);
    const workflowId =
      workflow === undefined ? 0 : await ensureDimensionValue(tx, orgId, "workflow", workflow);
    const id = await store.insertExperiment(tx, {
      orgId,
      name: request.name.slice(0, 120),
      workflowId,
      scopeId: await scopeOf(tx, orgId, workflowId, localDay(now, timeZone)),
      recordedBy: typeof by.actor === "number" ? by.actor : null,
      recordedAt: now,
    });
    const configurations = [evaluation.baseline, ...evaluation.candidates];
    await store.insertConfigurations(tx, { orgId, experimentId: id, configurations });
    const experiment = await getExperiment(tx, orgId, id);
    await record(tx, {
      ...by,
      orgId,
      action: "experiment.recorded",
      subject: `experiment:${id}`,
      after: { workflowId, configurations: experiment.judged.map(auditValue) },
      at: now,
    });
    return experiment;
  });
}

function auditValue({ costPerCall, passed, cases, decision }: Judged) {
  return { costPerCall: costPerCall.toString(), passRate: `${passed}/${cases}`, decision };
}

/** Whose evaluation gate it is: the project in which the workflow costs most. */
async function scopeOf(tx: Tx, orgId: number, workflowId: number, today: Day): Promise<number> {
  if (workflowId === 0) return 0;
  const period = { start: addDays(today, -SCOPE_DAYS), end: addDays(today, 1) };
  const own = (await listWorkflowCosts(tx, orgId, period))
    .filter((one) => one.workflowId === workflowId && one.projectId !== 0)
    .sort((a, b) => (a.cost < b.cost ? 1 : -1));
  return own[0]?.projectId ?? 0;
}

/** The newest first, at most `limit`. */
export async function listExperiments(
  db: Db,
  args: { orgId: number; workflowId?: number | undefined; limit: number },
): Promise<Experiment[]> {
  const rows = await store.listExperimentRows(db, args);
  const ids = rows.map(({ id }) => id);
  const all = await store.listConfigurations(db, args.orgId, ids);
  return rows.map((row) => ({
    ...row,
    judged: judgeAll(all.filter(({ experimentId }) => experimentId === row.id)),
  }));
}

function judgeAll([baseline, ...candidates]: readonly Configuration[]): readonly Judged[] {
  return baseline === undefined ? [] : judge(baseline, candidates);
}

/** Throws `experiment_not_found`. */
export async function getExperiment(db: Db, orgId: number, id: number): Promise<Experiment> {
  const row = await store.findExperimentRow(db, orgId, id);
  if (row !== undefined) {
    return { ...row, judged: judgeAll(await store.listConfigurations(db, orgId, [id])) };
  }
  throw new AispendError("experiment_not_found", `there is no experiment ${id}`, {
    kind: "not_found",
    help: "List them: experiment",
  });
}

export interface DecideExperiment {
  readonly orgId: number;
  readonly id: number;
  /** The position of the candidate to promote; undefined: none of them. */
  readonly promote: number | undefined;
  readonly by: Pick<AuditRecord, "actorAccount" | "surface"> & { readonly personId: number };
  readonly now: Date;
}

export type DecisionOutcome =
  | { readonly state: "decided"; readonly experiment: Experiment }
  /** Somebody was first. */
  | { readonly state: "already"; readonly experiment: Experiment };

/**
 * Promotes a candidate or rejects them all: for the A of run the evaluation gate, once, with the last
 * days of the workflow as its "before". Throws `not_permitted`, `gate_not_passed`.
 */
export function decideExperiment(pool: Pool, request: DecideExperiment): Promise<DecisionOutcome> {
  const { orgId, id, promote, by, now } = request;
  return transaction(pool, async (tx): Promise<DecisionOutcome> => {
    const experiment = await getExperiment(tx, orgId, id);
    const roster = await loadRoster(tx, orgId);
    const scopeId = roster.parents.has(experiment.scopeId) ? experiment.scopeId : 0;
    const question = { action: "promote_experiment", scopeId, now } as const;
    const { as } = requirePermission(roster, by.personId, question);
    if (experiment.state !== "open") return { state: "already", experiment };
    const chosen = promote === undefined ? undefined : requirePassed(experiment, promote);
    const today = localDay(now, roster.timeZone);
    const done = await store.decideExperiment(tx, {
      orgId,
      id,
      state: chosen === undefined ? "rejected" : "promoted",
      promoted: promote ?? null,
      decidedBy: by.personId,
      reason: chosen?.why ?? null,
      before:
        chosen && (await measure(tx, orgId, experiment, addDays(today, -MEASURED_DAYS), today)),
      now,
    });
    if (!done) return { state: "already", experiment: await getExperiment(tx, orgId, id) };
    await record(tx, {
      orgId,
      actor: by.personId,
      actorAccount: by.actorAccount,
      surface: by.surface,
      action: chosen === undefined ? "experiment.rejected" : "experiment.promoted",
      subject: `experiment:${id}`,
      after: { position: promote ?? null, as: as.role, ...(chosen && auditValue(chosen)) },
      at: now,
    });
    return { state: "decided", experiment: await getExperiment(tx, orgId, id) };
  });
}

function requirePassed({ judged }: Experiment, position: number): Judged {
  const chosen = position > 0 ? judged[position] : undefined;
  if (chosen?.decision === "promote") return chosen;
  throw new AispendError(
    "gate_not_passed",
    chosen === undefined ? "there is no such candidate" : `${chosen.name}: ${chosen.why}`,
    { kind: "unprocessable", help: "A configuration is promoted only if the pass rate holds." },
  );
}

async function measure(
  tx: Tx,
  orgId: number,
  { workflowId }: Pick<Experiment, "workflowId">,
  start: Day,
  end: Day,
): Promise<{ requests: bigint; cost: bigint } | undefined> {
  if (workflowId === 0) return undefined;
  const filter = { dimension: { name: "workflow" as const, valueId: workflowId } };
  const { requests, cost } = await spendTotal(tx, orgId, filter, { start, end });
  return { requests, cost };
}

const KEPT = 200;

/** Measures what promoted experiments did since, over whole days; kept on record with the "before". */
export async function measureExperiments(
  tx: Tx,
  args: { orgId: number; timeZone: string; today: Day },
): Promise<number> {
  const { orgId, timeZone, today } = args;
  let measured = 0;
  for (const one of await store.listExperimentRows(tx, { orgId, limit: KEPT })) {
    if (one.state !== "promoted" || one.decidedAt === null) continue;
    if (one.afterDays !== null && one.afterDays >= MEASURED_DAYS) continue;
    const start = addDays(localDay(one.decidedAt, timeZone), 1);
    const days = Math.min(MEASURED_DAYS, daysBetween(start, today));
    const after = days < 1 ? undefined : await measure(tx, orgId, one, start, addDays(start, days));
    if (after === undefined) continue;
    await store.saveAfter(tx, { orgId, id: one.id, ...after, days });
    measured += 1;
  }
  return measured;
}
