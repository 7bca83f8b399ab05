import type { Db } from "#core/db/db.ts";
import { listHarnessCosts, listProjectCosts, listWorkflowCosts } from "#core/ledger/workload.ts";
import { divideHalfEven } from "#core/money.ts";
import { findWorkflowTargets } from "#core/org/target.ts";
import type { Period } from "#core/time.ts";
import { harnessByWorkflow } from "./harness.ts";
import { listWorkflowSums } from "./store.ts";

/** What a success of a workflow costs over a period. Nano-USD. */
export interface UnitCost {
  readonly workflowId: number;
  readonly workflow: string;
  /** What a success is called: "resolved ticket"; "successful outcome" where nobody says. */
  readonly outcome: string;
  /** Whether aispend.yaml says so. */
  readonly isNamed: boolean;
  readonly successes: bigint;
  readonly failures: bigint;
  /** Everything: calls and harness. */
  readonly cost: bigint;
  /** Of it what surrounds the calls; 0 with `hasHarness` false means that none is known. */
  readonly harnessCost: bigint;
  readonly hasHarness: boolean;
  /** Undefined without a success: not known, and not 0. */
  readonly costPerOutcome: bigint | undefined;
  /** Mean score of the evaluated outcomes, 0 to 1. */
  readonly evalScore: number | undefined;
  readonly value: bigint | undefined;
  readonly revenue: bigint | undefined;
  /** At most this for a success, and what a person costs for the same, where they are set. */
  readonly target: bigint | undefined;
  readonly humanBaseline: bigint | undefined;
  readonly requests: bigint;
  /** Scopes: the projects with cost of it, the dearest first. */
  readonly projectIds: readonly number[];
}

const UNNAMED = "successful outcome";

/** `amount` by `count`, half to even; undefined by nothing. */
export function per(amount: bigint, count: bigint): bigint | undefined {
  return count > 0n ? divideHalfEven(amount, count) : undefined;
}

/**
 * Every workflow with outcomes in the period, the dearest first; six statements, however many there
 * are. A workflow without outcomes has no unit cost and is not here.
 */
export async function listUnitCosts(db: Db, orgId: number, period: Period): Promise<UnitCost[]> {
  const sums = await listWorkflowSums(db, orgId, period);
  if (sums.length === 0) return [];
  const workflows = await listWorkflowCosts(db, orgId, period);
  const harness = await listHarnessCosts(db, orgId, period);
  const projects = await listProjectCosts(db, orgId, period);
  const targets = await findWorkflowTargets(db, orgId);
  const shares = harnessByWorkflow({
    harness,
    workflows,
    projects: new Map(projects.map(({ projectId, cost }) => [projectId, cost])),
  });
  return sums
    .map(({ workflowId, workflow, ...of }): UnitCost => {
      const own = workflows
        .filter((one) => one.workflowId === workflowId)
        .sort((a, b) => (a.cost < b.cost ? 1 : -1));
      const { tagged, shared } = shares.get(workflowId) ?? { tagged: 0n, shared: 0n };
      const cost = own.reduce((sum, one) => sum + one.cost, 0n) + shared;
      const target = targets.get(workflow);
      return {
        workflowId,
        workflow,
        outcome: target?.outcome ?? UNNAMED,
        isNamed: (target?.outcome ?? null) !== null,
        successes: of.successes,
        failures: of.failures,
        cost,
        harnessCost: tagged + shared,
        hasHarness: shares.has(workflowId),
        costPerOutcome: per(cost, of.successes),
        evalScore: of.scored > 0n ? of.scoreSum / Number(of.scored) : undefined,
        value: of.valued > 0n ? of.value : undefined,
        revenue: of.earning > 0n ? of.revenue : undefined,
        target: target?.costPerOutcome ?? undefined,
        humanBaseline: target?.humanBaseline ?? undefined,
        requests: own.reduce((sum, one) => sum + one.requests, 0n),
        projectIds: own.map(({ projectId }) => projectId).filter((id) => id !== 0),
      };
    })
    .sort((a, b) => (a.cost < b.cost ? 1 : -1));
}

/** One workflow's, by its id; undefined where it has no outcome in the period. */
export async function findUnitCost(
  db: Db,
  args: { orgId: number; workflowId: number; period: Period },
): Promise<UnitCost | undefined> {
  const all = await listUnitCosts(db, args.orgId, args.period);
  return all.find(({ workflowId }) => workflowId === args.workflowId);
}
