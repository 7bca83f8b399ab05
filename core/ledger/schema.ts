import { z } from "zod";

const Name = z.string().min(1).max(256);
const Count = z.int().min(0).max(9_000_000_000_000);
/** What an int column holds. */
const SmallCount = z.int().min(0).max(2_147_483_647);
const Decimal = z.union([z.string().max(64), z.number()]);

/**
 * Tags by which a caller says what a call was for. They narrow a key's chain, they never leave
 * it.
 */
export const Tags = z.strictObject({
  team: Name.optional(),
  project: Name.optional(),
  agent: Name.optional(),
  workflow: Name.optional(),
  product: Name.optional(),
  feature: Name.optional(),
  environment: Name.optional(),
  customer: Name.optional(),
  /** An employee, by e-mail, login or an opaque id; the ledger keeps our opaque id. */
  person: Name.optional(),
});
export type Tags = z.infer<typeof Tags>;

/** Where the tokens of a request came from, when the source says. */
export const Composition = z.strictObject({
  system: SmallCount.optional(),
  retrieval: SmallCount.optional(),
  history: SmallCount.optional(),
  tools: SmallCount.optional(),
  user: SmallCount.optional(),
});
export type Composition = z.infer<typeof Composition>;

/**
 * Token counts as OpenTelemetry GenAI counts them: `input` includes what was read from and
 * written to the cache, `output` includes reasoning. A count the source does not give is absent,
 * never 0.
 */
export const Tokens = z.strictObject({
  input: Count.optional(),
  cacheRead: Count.optional(),
  cacheWrite5m: Count.optional(),
  cacheWrite1h: Count.optional(),
  output: Count.optional(),
  reasoning: Count.optional(),
});
export type Tokens = z.infer<typeof Tokens>;

export const EntryKind = z.enum([
  "call",
  "bucket",
  "seat",
  "fee",
  "infrastructure",
  "credit",
  "refund",
  "tax",
  "correction",
  "reconciliation",
]);
export type EntryKind = z.infer<typeof EntryKind>;

/** How many calls an entry is of which nobody says how many: a seat or a fee is none. */
export function callsIn(kind: EntryKind): 0 | 1 {
  return kind === "call" || kind === "bucket" ? 1 : 0;
}

export const Basis = z.enum(["metered", "billed", "reconciliation"]);
export type Basis = z.infer<typeof Basis>;

export const ServiceTier = z.enum(["standard", "batch", "flex", "priority", "provisioned"]);
export type ServiceTier = z.infer<typeof ServiceTier>;

export const EntryStatus = z.enum(["ok", "error", "retry", "aborted"]);
export type EntryStatus = z.infer<typeof EntryStatus>;

/**
 * One usage event after its edge has validated and normalised it. It never holds a prompt or an
 * answer: the strict object refuses any field that is not listed here.
 */
export const UsageEvent = z.strictObject({
  /** Which feed it came from ("litellm", "otlp", "import:requests.csv"); part of the identity. */
  source: z.string().min(1).max(128),
  /**
   * The source's own id; without one the edge derives it from the canonical row (design.md 4.6).
   */
  externalId: z.string().min(1).max(256),
  /** Start of the request or of the bucket, ISO 8601 with an offset. */
  occurredAt: z.iso.datetime({ offset: true }),
  kind: EntryKind.default("call"),
  basis: Basis.default("metered"),
  provider: Name,
  /**
   * The model that answered, as the source names it; the requested one where that is all there
   * is.
   */
  model: Name,
  operation: z.string().max(64).optional(),
  serviceTier: ServiceTier.default("standard"),
  /** Region or deployment geography where the price depends on it. */
  region: z.string().max(64).optional(),
  status: EntryStatus.default("ok"),
  /** 1 for a call, n for a bucket of n calls. */
  requestCount: Count.default(1),
  errorCount: Count.optional(),
  tokens: Tokens,
  composition: Composition.optional(),
  tags: Tags.default({}),
  /** sha256 hex of a virtual key, or the provider's own key id. Never a secret. */
  key: Name.optional(),
  /** The provider's own account, and its project or workspace. */
  account: Name.optional(),
  nativeProject: Name.optional(),
  promptRevision: z.string().max(128).optional(),
  session: z.string().max(256).optional(),
  trace: z.string().max(256).optional(),
  /** A customer's user, already a keyed hash made at the edge. */
  endUser: z.string().max(128).optional(),
  latencyMs: z.int().min(0).max(2_000_000_000).optional(),
  /** What the source says it cost, in US dollars. Kept beside our own price. */
  reportedCost: Decimal.optional(),
  /** The figures were bounded, not seen (an aborted stream). */
  estimated: z.boolean().default(false),
});
export type UsageEvent = z.infer<typeof UsageEvent>;
/** What an edge writes: defaults may be left out. */
export type UsageEventInput = z.input<typeof UsageEvent>;

/** What became of one event of a batch, in the order of the batch. */
export type AppendOutcome =
  | { state: "appended"; unpriced: boolean }
  | { state: "duplicate" }
  /** Kept, in no total: `reason` says which source counts it instead. */
  | { state: "traced"; reason: string }
  | { state: "conflict"; reason: string }
  /** `forbidden`: the caller's ingest token may not write where the event belongs. */
  | { state: "refused"; reason: string; forbidden?: true };
