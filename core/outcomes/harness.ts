import type { HarnessCost, WorkflowCost } from "#core/ledger/workload.ts";
import { allocate } from "#core/money.ts";

/** What surrounds the calls of a workflow: tagged to it, and its share of what its projects have. */
export interface WorkflowHarness {
  /** In what the workflow cost already. */
  readonly tagged: bigint;
  /** Beside it: the project's, in proportion to what the workflow cost there. */
  readonly shared: bigint;
}

export interface HarnessInput {
  readonly harness: readonly HarnessCost[];
  readonly workflows: readonly WorkflowCost[];
  /** What each project cost in all, with its harness. */
  readonly projects: ReadonlyMap<number, bigint>;
}

/**
 * Joins harness cost by workload. What is tagged to a project alone is shared out over all of the
 * project's other cost, also that of no workflow, so that nothing is counted twice or lost.
 */
export function harnessByWorkflow(input: HarnessInput): Map<number, WorkflowHarness> {
  const found = new Map<number, { tagged: bigint; shared: bigint }>();
  const of = (workflowId: number) => {
    const known = found.get(workflowId) ?? { tagged: 0n, shared: 0n };
    found.set(workflowId, known);
    return known;
  };
  const taggedIn = new Map<string, bigint>();
  const ofProject = new Map<number, bigint>();
  for (const { projectId, workflowId, cost } of input.harness) {
    if (workflowId !== 0) {
      of(workflowId).tagged += cost;
      const key = `${projectId} ${workflowId}`;
      taggedIn.set(key, (taggedIn.get(key) ?? 0n) + cost);
    } else if (projectId !== 0) {
      ofProject.set(projectId, (ofProject.get(projectId) ?? 0n) + cost);
    }
  }
  for (const [projectId, cost] of ofProject) {
    const here = input.workflows.filter((one) => one.projectId === projectId);
    const weights = here.map((one) =>
      positive(one.cost - (taggedIn.get(`${projectId} ${one.workflowId}`) ?? 0n)),
    );
    const taggedHere = here.reduce((sum, one) => sum + one.cost, 0n);
    const rest = positive((input.projects.get(projectId) ?? 0n) - cost - taggedHere);
    // The rest comes first: where nothing has a weight, no workflow pays for it.
    const [, ...parts] = allocate(cost, [rest, ...weights]);
    for (const [index, one] of here.entries()) of(one.workflowId).shared += parts[index] ?? 0n;
  }
  return found;
}

function positive(amount: bigint): bigint {
  return amount > 0n ? amount : 0n;
}
