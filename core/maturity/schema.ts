import { z } from "zod";

/** The KPI table of domain.md section 4, and what stands below it; in this order. */
export const KpiName = z.enum([
  "cost_per_successful_outcome",
  "attribution_coverage",
  "forecast_accuracy",
  "input_share",
  "eval_pass_rate",
  "budget_variance",
  "cache_hit_rate",
  "cost_per_request",
  "headroom",
  "gateway_bypass",
  "time_to_key",
]);
export type KpiName = z.infer<typeof KpiName>;

/** met and missed: against the target. tracked: there is none. unknown: see `missing`. */
export const KpiStatus = z.enum(["met", "missed", "tracked", "unknown"]);
export type KpiStatus = z.infer<typeof KpiStatus>;

/** An exact decimal with its unit: "percent", "USD", "hours". */
export const KpiFigure = z.object({ amount: z.string(), unit: z.string() });
export type KpiFigure = z.infer<typeof KpiFigure>;

export const Kpi = z.object({
  name: KpiName,
  /** "attribution coverage". */
  label: z.string(),
  /** What is divided by what, in one line. */
  definition: z.string(),
  /** Not negotiable, as domain.md has it. */
  mandatory: z.boolean(),
  cadence: z.enum(["monthly", "per_change"]),
  /** Absent where it cannot be known yet. */
  value: KpiFigure.optional(),
  /** "96.2%", "$0.41 per resolved dispute", "not connected". */
  valueSaid: z.string(),
  /** "above 95%", "tracked, no cap". */
  targetSaid: z.string(),
  trend: z.enum(["up", "down", "flat", "unknown"]),
  /** "up 1.2 points on October"; empty where there is nothing to compare with. */
  trendSaid: z.string(),
  status: KpiStatus,
  /** What to connect or to do so that it can be known: "send outcomes: POST /v1/outcomes". */
  missing: z.string().optional(),
  /** The one accountable at the organisation; absent where the function is vacant. */
  accountable: z.int().optional(),
  /** The same figure by workflow, product or team where it has parts, the weightiest first. */
  parts: z.array(z.object({ name: z.string(), valueSaid: z.string(), status: KpiStatus })),
});
export type Kpi = z.infer<typeof Kpi>;

export const MaturityLevel = z.enum(["L0", "L1", "L2", "L3", "L4", "L5"]);
export type MaturityLevel = z.infer<typeof MaturityLevel>;

/** yes and no: from the data. not_connected: there is no source to tell, `connect` names it. */
export const EvidenceState = z.enum(["yes", "no", "not_connected"]);
export type EvidenceState = z.infer<typeof EvidenceState>;

/** One line of a level with what the data says of it. */
export const Evidence = z.object({
  level: MaturityLevel,
  /** "coverage above 95%". */
  line: z.string(),
  state: EvidenceState,
  /** What was found: "96.2% of the spend of October is tagged to a workflow". */
  found: z.string(),
  connect: z.string().optional(),
  /** What to do next where it is no "yes": "name an owner for 2 accounts". */
  action: z.string().optional(),
  dimension: z.enum([
    "visibility",
    "allocation",
    "optimization",
    "governance",
    "tooling",
    "culture",
  ]),
});
export type Evidence = z.infer<typeof Evidence>;

/** A step of the 90 days with the evidence by which it is left. */
export const RolloutStep = z.object({
  name: z.string(),
  days: z.string(),
  done: z.boolean(),
  exit: z.array(z.object({ line: z.string(), state: EvidenceState, found: z.string() })),
});
export type RolloutStep = z.infer<typeof RolloutStep>;

export const Maturity = z.object({
  /** The highest level of which, and of all below it, every line is a "yes". */
  level: MaturityLevel,
  evidence: z.array(Evidence),
  /** Two or three, the nearest level's first. */
  next: z.array(z.string()),
  /** Crawl, walk or run by dimension. */
  stages: z.array(
    z.object({ dimension: Evidence.shape.dimension, stage: z.enum(["crawl", "walk", "run"]) }),
  ),
  rollout: z.array(RolloutStep),
});
export type Maturity = z.infer<typeof Maturity>;
