import { z } from "zod";
import type { Day } from "../time.ts";

/** How often a team wants its showback. */
export const Cadence = z.enum(["weekly", "monthly", "off"]);
export type Cadence = z.infer<typeof Cadence>;

const DayField = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .transform((text) => text as Day);

/** asked: a likely owner decides; unowned: nobody is left to ask; then it stays where it is. */
export const DisputeState = z.enum(["asked", "unowned", "accepted", "expired"]);
export type DisputeState = z.infer<typeof DisputeState>;

/** A line of a showback whose team says that it belongs elsewhere. */
export const Dispute = z.object({
  orgId: z.int(),
  id: z.int(),
  claimId: z.uuid(),
  teamId: z.int(),
  projectId: z.int(),
  agentId: z.int(),
  /** null: whatever the key. */
  keyId: z.int().nullable(),
  periodStart: DayField,
  periodEnd: DayField,
  cost: z.bigint(),
  reason: z.string(),
  raisedBy: z.int(),
  raisedAt: z.date(),
  askedScopeId: z.int().nullable(),
  because: z.string(),
  declined: z.array(z.int()),
  expiresAt: z.date(),
  state: DisputeState,
  settledBy: z.int().nullable(),
  settledAt: z.date().nullable(),
  settledScopeId: z.int().nullable(),
});
export type Dispute = z.infer<typeof Dispute>;

/** Chargeback of a team, as it was asked for and decided. */
export const Chargeback = z.object({
  id: z.int(),
  scopeId: z.int(),
  state: z.enum(["requested", "on", "declined", "off"]),
  reason: z.string(),
  coveragePermille: z.int(),
  shownDays: z.int(),
  requestedBy: z.int(),
  requestedAt: z.date(),
  decidedBy: z.int().nullable(),
  decidedAt: z.date().nullable(),
  endedAt: z.date().nullable(),
});
export type Chargeback = z.infer<typeof Chargeback>;
