import { z } from "zod";
import { Subject } from "./repository-schema.ts";
import { Change, DiffTotals, Skipped } from "./schema.ts";

/** Exact US dollars as decimal text, such as "0.0061" or "-12.5": no float touches money. */
export const Usd = z.string().regex(/^-?\d+(?:\.\d+)?$/, "is not an amount in dollars");

/** One class of tokens of a call or of a month, before and after. */
export const ClassDelta = z.object({
  tokenClass: z.enum(["input", "cache read", "cache write", "output", "reasoning", "other"]),
  before: z.object({ tokens: z.int(), cost: Usd }),
  after: z.object({ tokens: z.int(), cost: Usd }),
});
export type ClassDelta = z.infer<typeof ClassDelta>;

/** A price before and after at one date on the same traffic, or why there is none. */
const PricedDelta = z.object({
  state: z.literal("priced"),
  before: Usd,
  after: Usd,
  difference: Usd,
  /** Of `before`; null where that is nothing. One digit behind the point. */
  percent: z.number().nullable(),
  classes: z.array(ClassDelta),
});
const UnpricedDelta = z.object({ state: z.literal("unpriced"), reason: z.string() });
export const Delta = z.discriminatedUnion("state", [PricedDelta, UnpricedDelta]);
export type Delta = z.infer<typeof Delta>;

/** Where everybody may read it: the amounts are gone, the percentage stays. */
const HiddenDelta = z.object({ state: z.literal("hidden"), percent: z.number().nullable() });

/** Where a figure of traffic comes from. `project`: the repository's, for want of a mapping. */
export const VolumeSource = z.enum(["measured", "snapshot", "declared"]);
export type VolumeSource = z.infer<typeof VolumeSource>;

/** What traffic was taken for a set of changes. */
export const Traffic = z.object({
  source: VolumeSource,
  /** Whose calls; null where everybody may read it. */
  subject: Subject.nullable(),
  /** "workflow refunds". */
  label: z.string(),
  /** The path has no mapping: these are the figures of the repository's whole project. */
  fallback: z.boolean(),
  /** The first and the last day. */
  from: z.string(),
  until: z.string(),
  /** Calls of 30 days; null where everybody may read it. */
  callsPerMonth: z.int().nullable(),
  models: z.array(z.string()),
  /** "calls" where single calls were seen, else averages stand for median and P90. */
  distribution: z.enum(["calls", "average"]),
});
export type Traffic = z.infer<typeof Traffic>;

/** A change, and what it alone does to one call. */
export const PricedChange = Change.extend({
  /** Index into `effects`; null where nothing is known of its traffic. */
  effect: z.int().nullable(),
  perCall: z.discriminatedUnion("basis", [
    /** On the traffic of its call site. */
    z.object({ basis: z.literal("traffic"), median: Delta, p90: Delta }),
    /** No traffic is known: the prompt's own tokens at the input price of its file's model. */
    z.object({ basis: z.literal("prompt"), model: z.string(), own: Delta }),
    /** No traffic is known: only the rates of `rates` say something. */
    z.object({ basis: z.literal("rates"), percent: z.number().nullable() }),
    /** Known at run time only, with the most that it can add to a call where there is a bound. */
    z.object({ basis: z.literal("unknown"), reason: z.string(), atMost: Usd.nullable() }),
  ]),
});
export type PricedChange = z.infer<typeof PricedChange>;

/** All changes of the calls of one mapped subject together: effects of one call site do not add. */
export const Effect = z.object({
  traffic: Traffic,
  /** Indices into `changes`. */
  changes: z.array(z.int()),
  perCall: z.object({ median: Delta, p90: Delta }),
  /** 30 days of the traffic as it was, at one date's prices. */
  month: z.discriminatedUnion("state", [PricedDelta, UnpricedDelta, HiddenDelta]),
  /** The part of `month` that stands on sure findings alone. */
  sureDifference: Usd.nullable(),
  /** "every call of workflow refunds is taken to carry the prompt" */
  assumptions: z.array(z.string()),
});
export type Effect = z.infer<typeof Effect>;

/** The month over all effects. `partly`: some changes have no traffic, and are not in it. */
export const Month = z.discriminatedUnion("state", [
  z.object({
    state: z.enum(["known", "partly"]),
    before: Usd,
    after: Usd,
    difference: Usd,
    percent: z.number().nullable(),
    calls: z.int(),
    sources: z.array(VolumeSource),
    /** Changes that are not in the figure, as "path:line". */
    missing: z.array(z.string()),
  }),
  z.object({ state: z.literal("unknown"), reason: z.string(), help: z.string() }),
  HiddenDelta,
]);
export type Month = z.infer<typeof Month>;

/** A named person who answers for a budget. The login is for a mention when a policy fails. */
export const Accountable = z.object({ name: z.string(), github: z.string().nullable() });
export type Accountable = z.infer<typeof Accountable>;

/** What a whole month under the change does to one budget. */
export const BudgetEffect = z.object({
  label: z.string(),
  period: z.enum(["day", "week", "month", "quarter", "year"]),
  limit: Usd,
  spent: Usd,
  /** Forecast of the period in percent of the limit, before and after a whole period of the change. */
  forecastPercent: z.object({ from: z.number(), to: z.number() }).nullable(),
  forecast: z.object({ from: Usd, to: Usd }).nullable(),
  /** The likely day on which this period's amount is used up if merged today; null: it lasts. */
  exhaustion: z.object({ from: z.string().nullable(), to: z.string().nullable() }),
  /** Its forecast was within the limit, and is not with this change. */
  crosses: z.boolean(),
  /** Crossed by sure findings alone. */
  crossesSurely: z.boolean(),
  accountable: Accountable.nullable(),
});
export type BudgetEffect = z.infer<typeof BudgetEffect>;

/** What could be done instead, with its price. */
export const Alternative = z.object({
  kind: z.enum(["cache"]),
  effect: z.int(),
  /** Without figures: those are beside it. */
  text: z.string(),
  perCallDifference: Usd,
  monthDifference: Usd.nullable(),
});
export type Alternative = z.infer<typeof Alternative>;

export const EvalSide = z.object({
  costPerCall: Usd.nullable(),
  /** 0 to 100. */
  passPercent: z.number(),
  costPerSuccess: Usd.nullable(),
  cases: z.int().nullable(),
});
export type EvalSide = z.infer<typeof EvalSide>;

export const Evaluation = z.object({
  source: z.string(),
  baseline: EvalSide,
  candidate: EvalSide,
  decision: z.enum(["promote", "reject", "undecided"]),
  reason: z.string(),
});
export type Evaluation = z.infer<typeof Evaluation>;

export const PolicyVerdict = z.object({
  rule: z.string(),
  outcome: z.enum(["passed", "warned", "failed", "overridden"]),
  /** `possible` findings never fail a build. */
  certainty: z.enum(["sure", "possible"]),
  text: z.string(),
  /** Indices into `changes` that it is about. */
  changes: z.array(z.int()),
});
export type PolicyVerdict = z.infer<typeof PolicyVerdict>;

export const Policy = z.object({
  /** `none`: the base has no policy. */
  verdict: z.enum(["none", "passed", "warned", "failed", "overridden"]),
  rules: z.array(PolicyVerdict),
  override: z
    .object({
      by: z.string().nullable(),
      how: z.string(),
      /** What the approver said; not for a public place. */
      reason: z.string().optional(),
    })
    .nullable(),
});
export type Policy = z.infer<typeof Policy>;

/** How earlier estimates of this repository turned out: "9 of 11 within 15%". */
export const Calibration = z.object({
  within: z.int(),
  of: z.int(),
  percent: z.int(),
});
export type Calibration = z.infer<typeof Calibration>;

/** What a diff does to cost, priced and judged. Rendered by the Action and by `aispend diff`. */
export const EstimateReport = z.object({
  version: z.literal(1),
  currency: z.literal("USD"),
  /** Whose prices: an instant in UTC. */
  at: z.string(),
  base: z.string(),
  head: z.string(),
  /** In anything but `private` every figure of volume, spend, budget, scope and person is left out. */
  visibility: z.enum(["private", "public", "unknown"]),
  changes: z.array(PricedChange),
  effects: z.array(Effect),
  /** Of the largest effect; null where no change has traffic. */
  perCall: z.object({ median: Delta, p90: Delta }).nullable(),
  /** The largest change of a call in percent, whatever it stands on; null where none is known. */
  perCallPercent: z.number().nullable(),
  month: Month,
  budgets: z.array(BudgetEffect),
  alternatives: z.array(Alternative),
  evaluation: Evaluation.nullable(),
  policy: Policy,
  calibration: Calibration.nullable(),
  /** What a reader must know: the policy is edited here, the snapshot is old. */
  notes: z.array(z.string()),
  skipped: z.array(Skipped),
  totals: DiffTotals,
});
export type EstimateReport = z.infer<typeof EstimateReport>;
