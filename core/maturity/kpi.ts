import type { Kpi, KpiFigure, KpiName, KpiStatus } from "./schema.ts";

/** What a KPI is, before it is measured: domain.md section 4. */
export interface KpiDefinition extends Pick<Kpi, "label" | "definition" | "mandatory" | "cadence"> {
  /** Whose it is: the Accountable of this activity. */
  readonly activity:
    | "set_ai_budget"
    | "attribute_spend"
    | "apply_levers"
    | "define_outcome"
    | "run_evaluation_gate"
    | "set_cost_policy";
}

const monthly = { mandatory: false, cadence: "monthly" } as const;

export const KPIS: Readonly<Record<KpiName, KpiDefinition>> = {
  cost_per_successful_outcome: {
    label: "cost per successful outcome",
    definition: "workflow spend / successful results",
    mandatory: true,
    cadence: "monthly",
    activity: "define_outcome",
  },
  attribution_coverage: {
    ...monthly,
    label: "attribution coverage",
    definition: "share of spend tagged to a workflow",
    activity: "attribute_spend",
  },
  forecast_accuracy: {
    ...monthly,
    label: "forecast accuracy",
    definition: "actual against projected month",
    activity: "set_ai_budget",
  },
  input_share: {
    ...monthly,
    label: "input share of spend",
    definition: "input cost / total cost per workflow",
    activity: "apply_levers",
  },
  eval_pass_rate: {
    label: "eval pass rate at promotion",
    definition: "quality on the held-out set when a lever ships",
    mandatory: true,
    cadence: "per_change",
    activity: "run_evaluation_gate",
  },
  budget_variance: {
    ...monthly,
    label: "budget variance",
    definition: "actual against approved budget",
    activity: "set_ai_budget",
  },
  cache_hit_rate: {
    ...monthly,
    label: "cache hit rate",
    definition: "input tokens served from cache / input tokens",
    activity: "apply_levers",
  },
  cost_per_request: {
    ...monthly,
    label: "cost per request",
    definition: "spend / requests",
    activity: "apply_levers",
  },
  headroom: {
    ...monthly,
    label: "headroom",
    definition: "what is left of the budget",
    activity: "set_ai_budget",
  },
  gateway_bypass: {
    ...monthly,
    label: "spend that bypasses the gateway",
    definition: "spend through no virtual key / spend",
    activity: "set_cost_policy",
  },
  time_to_key: {
    ...monthly,
    label: "time from key request to key",
    definition: "median hours until it is revealed",
    activity: "set_cost_policy",
  },
};

/** A value now and in the month before; ratios and money as numbers, for comparing and saying alone. */
export interface Reading {
  readonly now: number | undefined;
  readonly before: number | undefined;
}

/** Changes under this share of the former value are "flat". */
const FLAT = 0.02;

export function trendOf({ now, before }: Reading): Kpi["trend"] {
  if (now === undefined || before === undefined) return "unknown";
  const scale = Math.max(Math.abs(before), 1e-12);
  if (Math.abs(now - before) <= FLAT * scale) return "flat";
  return now > before ? "up" : "down";
}

/** "up 1.2 points on October", "down 4% on October"; empty where nothing is to compare with. */
export function trendSaid(
  reading: Reading,
  unit: "points" | "percent",
  beforeSaid: string,
): string {
  const { now, before } = reading;
  if (now === undefined || before === undefined) return "";
  const difference = now - before;
  if (unit === "points") {
    const points = Math.abs(difference).toFixed(1);
    if (points === "0.0") return `unchanged from ${beforeSaid}`;
    return `${difference > 0 ? "up" : "down"} ${points} points on ${beforeSaid}`;
  }
  if (before === 0) return "";
  const percent = Math.round((Math.abs(difference) / Math.abs(before)) * 100);
  if (percent === 0) return `unchanged from ${beforeSaid}`;
  return `${difference > 0 ? "up" : "down"} ${percent}% on ${beforeSaid}`;
}

export interface Measured {
  readonly reading: Reading;
  readonly figure?: KpiFigure | undefined;
  readonly valueSaid: string;
  readonly targetSaid: string;
  readonly status: KpiStatus;
  readonly unit?: "points" | "percent";
  readonly parts?: Kpi["parts"];
  readonly missing?: string | undefined;
}

/** One line of the table, measured. */
export function kpiOf(
  name: KpiName,
  measured: Measured,
  beforeSaid: string,
  accountable: number | undefined,
): Kpi {
  const { activity: _activity, ...definition } = KPIS[name];
  const { figure, reading, missing } = measured;
  return {
    name,
    ...definition,
    ...(figure === undefined ? {} : { value: figure }),
    valueSaid: measured.valueSaid,
    targetSaid: measured.targetSaid,
    trend: trendOf(reading),
    trendSaid: trendSaid(reading, measured.unit ?? "percent", beforeSaid),
    status: measured.status,
    ...(missing === undefined ? {} : { missing }),
    ...(accountable === undefined ? {} : { accountable }),
    parts: [...(measured.parts ?? [])],
  };
}

export function unknown(targetSaid: string, missing: string): Measured {
  const reading = { now: undefined, before: undefined };
  return { reading, valueSaid: "not known", targetSaid, status: "unknown", missing };
}
