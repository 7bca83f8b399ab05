import { parseUsd, usdDecimal } from "#core/money.ts";
import type { Targets } from "../budget-schema.ts";
import { splitKey, type TargetRecord } from "./state.ts";

const KPIS = [
  "attribution_coverage",
  "forecast_accuracy",
  "budget_variance",
  "cache_hit_rate",
] as const;

const NONE: TargetRecord = {
  percent: null,
  outcome: null,
  costPerOutcome: null,
  humanBaseline: null,
  cacheHitRate: null,
};

function dollars(amount: string | number | undefined): string | null {
  return amount === undefined ? null : usdDecimal(parseUsd(amount));
}

/** By "kpi:attribution_coverage" and "workflow:refunds". */
export function targetsOfFile(targets: Targets | undefined): Map<string, TargetRecord> {
  const records = new Map<string, TargetRecord>();
  for (const kpi of KPIS) {
    const percent = targets?.[kpi];
    if (percent !== undefined) records.set(`kpi:${kpi}`, { ...NONE, percent });
  }
  for (const one of targets?.workflows ?? []) {
    records.set(`workflow:${one.workflow}`, {
      ...NONE,
      outcome: one.outcome ?? null,
      costPerOutcome: dollars(one.cost_per_outcome),
      humanBaseline: dollars(one.human_baseline),
      cacheHitRate: one.cache_hit_rate ?? null,
    });
  }
  return records;
}

/** Back to `targets:`; a value that is null is left out by whoever writes the file. */
export function fileOfTargets(records: ReadonlyMap<string, TargetRecord>) {
  const kpis = [...records].filter(([key]) => key.startsWith("kpi:"));
  const workflows = [...records].filter(([key]) => key.startsWith("workflow:"));
  return {
    kpis: Object.fromEntries(kpis.map(([key, { percent }]) => [splitKey(key)[1], percent])),
    workflows: workflows.map(([key, record]) => ({
      workflow: splitKey(key)[1],
      outcome: record.outcome,
      cost_per_outcome: record.costPerOutcome,
      human_baseline: record.humanBaseline,
      cache_hit_rate: record.cacheHitRate,
    })),
  };
}

export const NO_TARGET = NONE;
