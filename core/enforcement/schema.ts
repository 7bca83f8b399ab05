import { z } from "zod";

/** One cap in one of its periods, as the database has it; nano-USD. */
export const CapCounter = z.object({
  id: z.int(),
  subjectKind: z.enum(["scope", "key"]),
  subjectId: z.int(),
  period: z.enum(["day", "week", "month", "quarter", "year"]),
  periodStart: z.string(),
  settled: z.bigint(),
  held: z.bigint(),
  unconfirmed: z.bigint(),
  wouldRefuse: z.bigint(),
});
export type CapCounter = z.infer<typeof CapCounter>;

export const CapLease = z.object({
  id: z.int(),
  counterId: z.int(),
  replica: z.string(),
  granted: z.bigint(),
  isLost: z.boolean(),
});
export type CapLease = z.infer<typeof CapLease>;

/** What a cap refused over some days. */
export const CapRefusals = CapCounter.pick({
  subjectKind: true,
  subjectId: true,
  period: true,
}).extend({
  refused: z.bigint().positive(),
  /** The first day of them on which it refused anything, in the organisation's zone. */
  firstDay: z.string(),
  lastAt: z.date(),
});
export type CapRefusals = z.infer<typeof CapRefusals>;

/** A provider that the gateway passes requests on to, as it is stored. */
export const StoredUpstream = z.object({
  name: z.string(),
  provider: z.string(),
  baseUrl: z.string(),
  auth: z.enum(["bearer", "x-api-key", "x-goog-api-key", "none"]),
  /** The provider's key, sealed for `upstreamSubject`. */
  sealedSecret: z.string().nullable(),
  defaultOutputLimit: z.int().positive(),
  onAbort: z.enum(["cancel", "drain"]),
  tokensPerSecond: z.int().positive(),
  allowPrivate: z.boolean(),
});
export type StoredUpstream = z.infer<typeof StoredUpstream>;
