import { z } from "zod";
import { Calibration, Usd, VolumeSource } from "./report-schema.ts";
import { Subject } from "./repository-schema.ts";

const Sha = z
  .string()
  .regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, "is not a commit in lower-case hex");

/** What was predicted for the calls of one subject. Amounts are of 30 days. */
export const RecordedEffect = z.strictObject({
  subject: Subject,
  source: VolumeSource,
  kinds: z.array(z.enum(["model", "prompt", "params"])).max(3),
  /** Roles of changed parameters, such as "service tier". */
  roles: z.array(z.string().max(40)).max(20),
  callsPerMonth: z.int().min(0),
  before: Usd,
  difference: Usd,
});
export type RecordedEffect = z.infer<typeof RecordedEffect>;

/** Body of `POST /v1/estimates`, sent once a pull request is merged. */
export const RecordRequest = z.strictObject({
  version: z.literal(1),
  organisation: z.string().max(63).optional(),
  pullRequest: z.int().min(1).max(2_000_000_000),
  baseSha: Sha,
  headSha: Sha,
  mergedAt: z.iso.datetime({ offset: true }),
  /** None where the volume is unknown: there is nothing to compare later. */
  effects: z.array(RecordedEffect).max(100),
  verdict: z.enum(["none", "passed", "warned", "failed", "overridden"]),
  override: z
    .strictObject({ by: z.string().min(1).max(100), how: z.string().min(1).max(200) })
    .nullable(),
});
export type RecordRequest = z.infer<typeof RecordRequest>;

/**
 * Body of `POST /v1/estimates/notice`: the full figures of a pull request whose comment everybody may
 * read, for the chat of those whose budget it is.
 */
export const NoticeRequest = z.strictObject({
  version: z.literal(1),
  organisation: z.string().max(63).optional(),
  pullRequest: z.int().min(1).max(2_000_000_000),
  headSha: Sha,
  effects: z.array(RecordedEffect).min(1).max(50),
  verdict: z.enum(["none", "passed", "warned", "failed", "overridden"]),
});
export type NoticeRequest = z.infer<typeof NoticeRequest>;

/** How one estimate turned out, as `GET /v1/estimates/follow-ups` answers it. */
export const FollowUp = z.strictObject({
  pullRequest: z.int(),
  headSha: z.string(),
  days: z.int(),
  measuredAt: z.iso.datetime(),
  state: z.enum(["measured", "unmeasured"]),
  reason: z.string().nullable(),
  predicted: Usd,
  measured: Usd.nullable(),
  rightPercent: z.int().nullable(),
  /** Off by a factor of two or in the other direction, and by more than $20 a month. */
  offByTwo: z.boolean(),
  volumeChange: Usd.nullable(),
  otherChange: Usd.nullable(),
  callsBefore: z.int(),
  callsAfter: z.int(),
  overlaps: z.int(),
  /** One sentence with its figures; not for a public place. */
  text: z.string(),
  /** The same without amounts. */
  publicText: z.string(),
});
export type FollowUp = z.infer<typeof FollowUp>;

export const FollowUps = z.strictObject({
  version: z.literal(1),
  followUps: z.array(FollowUp),
  calibration: Calibration.nullable(),
});
export type FollowUps = z.infer<typeof FollowUps>;
