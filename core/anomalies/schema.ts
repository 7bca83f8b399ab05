import { z } from "zod";

/**
 * What a finding is of: the classes of domain.md section 4, and what other jobs find (a source that
 * went quiet, drift of a reconciliation above 1%, a unit cost that creeps up).
 */
export const FindingClass = z.enum([
  "price_change",
  "model_mix",
  "token_bloat",
  "runaway_loop",
  "spend_jump",
  "launch",
  "cache_fall",
  "new_model",
  "new_provider",
  "new_key",
  "ownerless_key",
  "expired_key",
  "bypass",
  "source_quiet",
  "reconciliation_drift",
  "unit_cost_drift",
]);
export type FindingClass = z.infer<typeof FindingClass>;

export const FindingState = z.enum(["open", "acknowledged", "snoozed", "expected", "resolved"]);
export type FindingState = z.infer<typeof FindingState>;

export const FindingSubject = z.object({
  kind: z.enum(["scope", "key", "account", "model", "provider", "source", "workflow", "product"]),
  /** The id of the scope (0 = the organisation) or of the dimension value; the name of a source. */
  key: z.string().min(1).max(200),
});
export type FindingSubject = z.infer<typeof FindingSubject>;

/** A part of what is too much: a key, a model; shares of the newest hours, 0 to 1. */
export const Contributor = z.object({
  kind: z.enum(["key", "model", "environment", "workflow", "agent", "scope", "account"]),
  id: z.int(),
  share: z.number().min(0).max(1),
});
export type Contributor = z.infer<typeof Contributor>;

/** Dollars of an hour as floats: for drawing and pooling, never for booking. */
export const HourCost = z.object({
  /** Hours since the epoch, UTC. */
  hour: z.int(),
  cost: z.number(),
  low: z.number(),
  high: z.number(),
});
export type HourCost = z.infer<typeof HourCost>;

/** As HourCost, of a day: days since 1970-01-01 in the organisation's calendar. */
export const DayCost = z.object({
  day: z.int(),
  cost: z.number(),
  low: z.number(),
  high: z.number(),
});
export type DayCost = z.infer<typeof DayCost>;

/** Why it was found, as the message shows it. No person is named in it. */
export const Evidence = z.object({
  /** In the unit of the class: requests an hour, tokens a request, a ratio, a share. */
  observed: z.number().optional(),
  usual: z.number().optional(),
  requests: z.number().optional(),
  usualRequests: z.number().optional(),
  /** Distinct people behind the requests, where the ledger has them. */
  callers: z.number().optional(),
  usualCallers: z.number().optional(),
  /** What stayed as it was. */
  unchanged: z.array(z.enum(["requests", "tokens", "price", "mix"])).default([]),
  contributors: z.array(Contributor).max(10).default([]),
  /** The last 12 hours of the subject with the range that is usual, oldest first. */
  hours: z.array(HourCost).max(48).default([]),
  /** Found in days, as nothing finer is known: its excess an hour is a day's share. */
  per: z.enum(["hour", "day"]).default("hour"),
  /** The last two weeks, of what was found in days. */
  days: z.array(DayCost).max(35).default([]),
  /** Dollars beyond the usual of the newest hours with the condition, for the roll-up of the team. */
  excess: z
    .array(z.object({ hour: z.int(), usd: z.number() }))
    .max(12)
    .default([]),
  /** It is news for the team as well, by the rule of team.ts. */
  concernsTeam: z.boolean().default(false),
  /** It was so before: `since` is only how far back it was looked, and the excess what it came to since. */
  beganEarlier: z.boolean().default(false),
  /** Found by the detector; otherwise by a published rule of thumb alone. */
  detected: z.boolean().default(false),
  /** Of findings that other jobs record: the sentence's "why", and further lines. */
  why: z.string().max(500).optional(),
  facts: z
    .array(z.object({ label: z.string(), value: z.string() }))
    .max(10)
    .default([]),
});
export type Evidence = z.infer<typeof Evidence>;
export type EvidenceInput = z.input<typeof Evidence>;

export const Finding = z.object({
  orgId: z.int(),
  id: z.int(),
  class: FindingClass,
  subject: FindingSubject,
  /** Where it is told, and whose people may press; 0 = the organisation. */
  scopeId: z.int(),
  state: FindingState,
  /** Starts of the first and the last hour with the condition. */
  since: z.date(),
  lastSeenAt: z.date(),
  /** Nano-USD beyond what is usual, so far; and per hour in the newest hour. */
  excess: z.bigint(),
  rate: z.bigint(),
  evidence: Evidence,
  /** Absent: listed, nobody was told. */
  pushedAt: z.date().optional(),
  openedAt: z.date(),
  updatedAt: z.date(),
  acknowledgedBy: z.int().optional(),
  acknowledgedAt: z.date().optional(),
  quietUntil: z.date().optional(),
  quietedBy: z.int().optional(),
  resolvedAt: z.date().optional(),
  resolvedBy: z.int().optional(),
  resolution: z.enum(["normal_again", "by_person", "not_an_anomaly"]).optional(),
  label: z.enum(["not_an_anomaly"]).optional(),
  labelledBy: z.int().optional(),
  labelledAt: z.date().optional(),
  edits: z.int(),
});
export type Finding = z.infer<typeof Finding>;

/** Live "expected" marks. */
export interface Suppression {
  readonly class: FindingClass;
  readonly subject: FindingSubject;
  readonly until: Date;
  /** Nano-USD an hour; above it the pattern is another one. */
  readonly rateLimit: bigint;
}
