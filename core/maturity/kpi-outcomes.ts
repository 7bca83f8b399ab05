import { saidUsd, usdDecimal } from "#core/money.ts";
import { passRateSaid } from "#core/outcomes/eval-gate.ts";
import type { Experiment } from "#core/outcomes/experiment.ts";
import type { UnitCost } from "#core/outcomes/unit-cost.ts";
import { type Measured, unknown } from "./kpi.ts";
import type { KpiStatus } from "./schema.ts";

/** Rises below this are flat: a unit cost is never the same twice. */
const FLAT_PERCENT = 2n;

function statusOf(now: UnitCost, quarterBefore: UnitCost | undefined): KpiStatus {
  const { costPerOutcome: cost, target } = now;
  if (cost === undefined) return "unknown";
  if (target !== undefined) return cost <= target ? "met" : "missed";
  const former = quarterBefore?.costPerOutcome;
  if (former === undefined) return "tracked";
  return cost * 100n <= former * (100n + FLAT_PERCENT) ? "met" : "missed";
}

const TARGET = "flat or down quarter on quarter, or the workflow's own";

/** domain.md: not negotiable; flat or down on the quarter before, or within the workflow's target. */
export function costPerOutcome(
  now: readonly UnitCost[],
  before: readonly UnitCost[],
  quarterBefore: readonly UnitCost[],
): Measured {
  const known = now.filter((one) => one.costPerOutcome !== undefined);
  const [first] = known;
  if (first?.costPerOutcome === undefined) {
    return unknown(TARGET, "send outcomes: POST /v1/outcomes");
  }
  const of = (all: readonly UnitCost[], one: UnitCost) =>
    all.find(({ workflowId }) => workflowId === one.workflowId);
  const parts = known.map((one) => ({
    name: one.workflow,
    valueSaid:
      `${saidUsd(one.costPerOutcome ?? 0n)} per ${one.outcome}` +
      (one.hasHarness ? "" : " (excludes harness)"),
    status: statusOf(one, of(quarterBefore, one)),
  }));
  const missed = parts.filter(({ status }) => status === "missed").length;
  const judged = parts.filter(({ status }) => status === "met" || status === "missed").length;
  const former = of(before, first)?.costPerOutcome;
  return {
    reading: {
      now: Number(first.costPerOutcome),
      before: former === undefined ? undefined : Number(former),
    },
    figure: { amount: usdDecimal(first.costPerOutcome), unit: "USD" },
    valueSaid:
      `${saidUsd(first.costPerOutcome)} per ${first.outcome} (${first.workflow})` +
      (parts.length === 1 ? "" : ` and ${parts.length - 1} more`),
    targetSaid: TARGET,
    status: missed > 0 ? "missed" : judged > 0 ? "met" : "tracked",
    parts,
  };
}

/** The pass rates with which configurations were promoted in the period. */
export function evalPassRate(promoted: readonly Experiment[]): Measured {
  const target = "at or above the baseline's";
  const [newest] = promoted;
  const chosen = newest?.judged[newest.promoted ?? 0];
  const baseline = newest?.judged[0];
  if (newest === undefined || chosen === undefined || baseline === undefined) {
    return unknown(target, "record experiments: aispend experiment evaluate results.json");
  }
  const rate = (of: { passed: bigint; cases: bigint }) => Number(of.passed) / Number(of.cases);
  const held = promoted.every(({ judged, promoted: at }) => {
    const [base] = judged;
    const one = judged[at ?? 0];
    return base !== undefined && one !== undefined && rate(one) >= rate(base);
  });
  return {
    reading: { now: rate(chosen) * 100, before: rate(baseline) * 100 },
    figure: { amount: (rate(chosen) * 100).toFixed(1), unit: "percent" },
    valueSaid: `${passRateSaid(chosen)}, baseline ${passRateSaid(baseline)} (${newest.name})`,
    targetSaid: target,
    unit: "points",
    status: held ? "met" : "missed",
    parts: promoted.map((one) => {
      const of = one.judged[one.promoted ?? 0] ?? chosen;
      return { name: one.name, valueSaid: passRateSaid(of), status: held ? "met" : "missed" };
    }),
  };
}
