import { saidUsd, usdDecimal } from "#core/money.ts";
import { passRateSaid } from "#core/outcomes/eval-gate.ts";
import type { Experiment } from "#core/outcomes/experiment.ts";
import type { UnitCost } from "#core/outcomes/unit-cost.ts";
import { type Measured, unknown } from "./kpi.ts";
import type { KpiStatus } from "./schema.ts";
import type { LeverPass } from "./store.ts";

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
  const of = (all: readonly UnitCost[], one: UnitCost) =>
    all.find(({ workflowId }) => workflowId === one.workflowId);
  // One that misses says why the line does; else the first stands for all.
  const [first] = [
    ...known.filter((one) => statusOf(one, of(quarterBefore, one)) === "missed"),
    ...known,
  ];
  if (first?.costPerOutcome === undefined) {
    return unknown(TARGET, "send outcomes: POST /v1/outcomes");
  }
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
      (parts.length === 1 ? "" : ` and ${parts.length - 1} more`) +
      (missed > 0 && judged > 1 ? `; ${missed} of ${judged} missed` : ""),
    targetSaid: TARGET,
    status: missed > 0 ? "missed" : judged > 0 ? "met" : "tracked",
    parts,
  };
}

function ofLever({ said, passBefore, passAfter }: LeverPass): Shipped {
  const rate = (thousandths: number) => ({ passed: BigInt(thousandths), cases: 1_000n });
  return { name: said, chosen: rate(passAfter), baseline: rate(passBefore) };
}

function ofExperiment({ judged, name, promoted }: Experiment): Shipped[] {
  const [baseline] = judged;
  const chosen = promoted === null ? undefined : judged[promoted];
  return baseline === undefined || chosen === undefined ? [] : [{ name, chosen, baseline }];
}

interface Rate {
  readonly passed: bigint;
  readonly cases: bigint;
}

/** What went through the gate, with which pass rates. */
interface Shipped {
  readonly name: string;
  readonly chosen: Rate;
  readonly baseline: Rate;
}

/** The pass rates with which experiments and levers were promoted, each the newest first. */
export function evalPassRate(
  experiments: readonly Experiment[],
  levers: readonly LeverPass[],
): Measured {
  const target = "at or above the baseline's";
  const shipped = [...experiments.flatMap(ofExperiment), ...levers.map(ofLever)];
  const [newest] = shipped;
  if (newest === undefined) {
    return unknown(target, "record experiments: aispend experiment evaluate results.json");
  }
  const isHeld = ({ baseline, chosen }: Shipped) =>
    chosen.passed * baseline.cases >= baseline.passed * chosen.cases;
  const percent = ({ passed, cases }: Rate) => (Number(passed) / Number(cases)) * 100;
  const { baseline, chosen, name } = newest;
  return {
    reading: { now: percent(chosen), before: percent(baseline) },
    figure: { amount: percent(chosen).toFixed(1), unit: "percent" },
    valueSaid: `${passRateSaid(chosen)}, baseline ${passRateSaid(baseline)} (${name})`,
    targetSaid: target,
    unit: "points",
    status: shipped.every(isHeld) ? "met" : "missed",
    parts: shipped.map((one) => ({
      name: one.name,
      valueSaid: `${passRateSaid(one.chosen)}, baseline ${passRateSaid(one.baseline)}`,
      status: isHeld(one) ? "met" : "missed",
    })),
  };
}
