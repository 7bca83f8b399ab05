import { expect, it } from "vitest";
import type { UnitCost } from "#core/outcomes/unit-cost.ts";
import { costPerOutcome } from "./kpi-outcomes.ts";

const USD = 1_000_000_000n;

function unit(workflowId: number, cost: bigint, target?: bigint): UnitCost {
  return {
    workflowId,
    workflow: `workflow ${workflowId}`,
    outcome: "ticket",
    isNamed: true,
    successes: 1n,
    failures: 0n,
    cost,
    harnessCost: 0n,
    hasHarness: true,
    costPerOutcome: cost,
    evalScore: undefined,
    value: undefined,
    revenue: undefined,
    target,
    humanBaseline: undefined,
    requests: 1n,
    projectIds: [],
  };
}

it("says of a cost per outcome that misses which workflow it is", () => {
  const now = [unit(1, 28n * USD, 32n * USD), unit(2, 42n * USD, 34n * USD)];
  const { valueSaid, status, figure } = costPerOutcome(now, [], []);
  expect(status).toBe("missed");
  expect(valueSaid).toBe("$42.00 per ticket (workflow 2) and 1 more; 1 of 2 missed");
  expect(figure).toEqual({ amount: "42", unit: "USD" });
});

it("says the first where all are met", () => {
  const now = [unit(1, 28n * USD, 32n * USD), unit(2, 30n * USD, 34n * USD)];
  expect(costPerOutcome(now, [], [])).toMatchObject({
    status: "met",
    valueSaid: "$28.00 per ticket (workflow 1) and 1 more",
  });
});
