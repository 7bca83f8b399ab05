import { z } from "zod";
import { BudgetPeriod } from "../budgets/schema.ts";
import { parseUsd } from "../money.ts";
import { parseDay } from "../time.ts";

/**
 * How a key is called: in commands, messages and the ledger; unique in the organisation for ever.
 */
export const KeyName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/);
export type KeyName = z.infer<typeof KeyName>;

/** The gateway that is aispend's own; another one is the name of a driven gateway. */
export const OWN_GATEWAY = "aispend";

/** enforcement.md and gateways.md, section 2: shown wherever a cap is shown, never assumed. */
export const EnforcementClass = z.enum(["hard", "bounded", "soft", "observe"]);
export type EnforcementClass = z.infer<typeof EnforcementClass>;

export const RequestState = z.enum([
  "pending",
  "approved",
  "denied",
  "withdrawn",
  "expired",
  "undone",
]);
export type RequestState = z.infer<typeof RequestState>;

const Day = z.string().transform(parseDay);

/** Dollars as aispend.yaml writes them, as nano-USD. */
const Dollars = z
  .string()
  .nullish()
  .transform((text) => (text == null ? undefined : parseUsd(text)));

/** How keys are approved; from `key_policy` of aispend.yaml. Amounts are nano-USD a month. */
export const KeyPolicy = z.object({
  /** Requests up to this are approved without anybody's press. */
  approveUpTo: Dollars,
  /** ... when they end within so many days. */
  approveDays: z.int().min(1).max(3_660).default(90),
  secondAbove: Dollars,
  remindHours: z.int().min(1).max(720).default(24),
  escalateHours: z.int().min(1).max(720).default(48),
  expireDays: z.int().min(1).max(90).default(14),
});
export type KeyPolicy = z.infer<typeof KeyPolicy>;

/** What is asked for: a new key, or another cap of one that is there. */
export const KeyRequest = z.object({
  orgId: z.int(),
  id: z.int(),
  kind: z.enum(["issue", "raise"]),
  state: RequestState,
  requestedBy: z.int(),
  requestedAt: z.date(),
  scopeId: z.int(),
  ownerId: z.int(),
  service: z.string().optional(),
  name: KeyName,
  useCase: z.string(),
  environment: z.string().optional(),
  ciJob: z.string().optional(),
  /** Empty = any model. */
  models: z.array(z.string()),
  /** Nano-USD. */
  capAmount: z.bigint().positive(),
  capPeriod: BudgetPeriod,
  /** The last day; of a raise until when it holds. */
  untilDay: Day.optional(),
  keyId: z.int().optional(),
  grantedCap: z.bigint().optional(),
  grantedModels: z.array(z.string()).optional(),
  grantedUntil: Day.optional(),
  approvalsNeeded: z.int(),
  /** Absent on a decided request: the policy of aispend.yaml decided. */
  decidedBy: z.int().optional(),
  decidedAt: z.date().optional(),
  decisionReason: z.string().optional(),
  remindedAt: z.date().optional(),
  escalatedAt: z.date().optional(),
});
export type KeyRequest = z.infer<typeof KeyRequest>;

export const KeyApproval = z.object({
  requestId: z.int(),
  personId: z.int(),
  part: z.enum(["first", "second"]),
  role: z.string(),
  heldAt: z.int(),
  selfApproval: z.boolean(),
  approvedAt: z.date(),
});
export type KeyApproval = z.infer<typeof KeyApproval>;

/**
 * approved: granted, nobody has a secret yet. active: it works. suspended: it does not, until it
 * is resumed. The others are ends. A key that is blocked keeps its state: blocks are rows of their
 * own.
 */
export const KeyState = z.enum([
  "approved",
  "active",
  "suspended",
  "revoked",
  "lapsed",
  "expired",
  "undone",
]);
export type KeyState = z.infer<typeof KeyState>;

export const VirtualKey = z.object({
  orgId: z.int(),
  id: z.int(),
  name: KeyName,
  requestId: z.int().optional(),
  scopeId: z.int(),
  ownerId: z.int(),
  service: z.string().optional(),
  useCase: z.string(),
  environment: z.string().optional(),
  ciJob: z.string().optional(),
  costCentre: z.string().optional(),
  /** Patterns with `*`; empty = any model. */
  models: z.array(z.string()),
  allowUnbounded: z.boolean(),
  requestsPerMinute: z.int().optional(),
  gateway: z.string(),
  /** What a driven gateway calls it. */
  externalId: z.string().optional(),
  /** What ledger entries call it (UsageEvent.key). */
  ledgerKey: z.string(),
  /** The dimension value of that name: budgets and caps have the subject {kind: "key", id}. */
  dimensionId: z.int(),
  state: KeyState,
  approvedAt: z.date(),
  lapsesAt: z.date(),
  revealedAt: z.date().optional(),
  expiresAt: z.date().optional(),
  lastUsedAt: z.date().optional(),
  endedAt: z.date().optional(),
  changedAt: z.date(),
});
export type VirtualKey = z.infer<typeof VirtualKey>;

export const KeySecret = z.object({
  id: z.int(),
  keyId: z.int(),
  mintedAt: z.date(),
  /** Of the older one while a key is rotated. */
  expiresAt: z.date().optional(),
});
export type KeySecret = z.infer<typeof KeySecret>;

/** The kill switch on one key, or on a scope with everything below it. */
export const TrafficBlock = z.object({
  orgId: z.int(),
  id: z.int(),
  targetKind: z.enum(["key", "scope"]),
  targetId: z.int(),
  cutStreams: z.boolean(),
  reason: z.string(),
  blockedBy: z.int().optional(),
  blockedAt: z.date(),
  liftedBy: z.int().optional(),
  liftedAt: z.date().optional(),
});
export type TrafficBlock = z.infer<typeof TrafficBlock>;

/**
 * While it is in force, the limit of the cap of that subject and period is this where it is more.
 */
export const CapRaise = z.object({
  orgId: z.int(),
  id: z.int(),
  subject: z.object({ kind: z.enum(["scope", "key"]), id: z.int() }),
  period: BudgetPeriod,
  origin: z.enum(["raise", "break_glass"]),
  amount: z.bigint().positive(),
  fromAt: z.date(),
  untilAt: z.date(),
  reason: z.string(),
  raisedBy: z.int().optional(),
  endedAt: z.date().optional(),
});
export type CapRaise = z.infer<typeof CapRaise>;

/** A gateway of somebody else that aispend drives. */
export const KeyGateway = z.object({
  orgId: z.int(),
  id: z.int(),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/),
  kind: z.enum(["litellm", "openai", "anthropic"]),
  baseUrl: z.url(),
  project: z.string().optional(),
  /** Sealed. */
  credential: z.string().optional(),
  isDefault: z.boolean(),
  addedAt: z.date(),
  /** What it was found to lack, in words; empty where nothing is, or where nobody has looked yet. */
  weak: z.array(z.string()).default([]),
  checkedAt: z.date().optional(),
});
export type KeyGateway = z.infer<typeof KeyGateway>;

/** How firmly caps are held by a gateway, as far as that is known. */
export interface Held {
  readonly name: string;
  readonly enforcement: EnforcementClass;
  /** Of one that is driven: what was found when it was looked at last; undefined: not yet. */
  readonly check: { readonly at: Date; readonly weak: readonly string[] } | undefined;
}

/** At best, by kind; what lowers it is found by asking the gateway. */
export const CLASS_OF: Readonly<Record<KeyGateway["kind"] | "aispend", EnforcementClass>> = {
  aispend: "hard",
  litellm: "bounded",
  openai: "soft",
  anthropic: "observe",
};
