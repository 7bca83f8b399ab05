import { z } from "zod";

/** Every source that can be connected; apps/connectors/sources has one file or folder for each. */
export const SourceKind = z.enum([
  "openai",
  "anthropic",
  "openrouter",
  "cursor",
  "copilot",
  "litellm",
]);
export type SourceKind = z.infer<typeof SourceKind>;

export const ConnectionState = z.enum(["pending", "active", "refused", "disconnected"]);
export type ConnectionState = z.infer<typeof ConnectionState>;

/** What is no secret about a connection; which of them a source reads, it says itself. */
export const ConnectionSettings = z.strictObject({
  /** Where the API is, if not at the provider's own address: a proxy, a self-hosted gateway. */
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .refine((url) => !/^https?:[/]+[^/]*@/.test(url), "must not hold a user or a password")
    .optional(),
  /** The account's id where the provider does not say it. */
  account: z.string().min(1).max(256).optional(),
  /** A GitHub organisation. */
  organisation: z.string().min(1).max(256).optional(),
  /** US dollars a seat and month, as a decimal. */
  seatPrice: z
    .string()
    .regex(/^\d{1,6}(\.\d{1,9})?$/, "must be dollars such as 19 or 19.50")
    .optional(),
});
export type ConnectionSettings = z.infer<typeof ConnectionSettings>;

export const ConnectionName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "must be lower-case letters, digits and -, up to 40");

export const Connection = z.object({
  id: z.int(),
  orgId: z.int(),
  kind: SourceKind,
  name: z.string(),
  account: z.string().nullable(),
  accountName: z.string().nullable(),
  settings: ConnectionSettings,
  state: ConnectionState,
  excessRights: z.string().nullable(),
  reason: z.string().nullable(),
  /** Null: the operator. */
  connectedBy: z.int().nullable(),
  connectedAt: z.date(),
  checkedAt: z.date().nullable(),
});
/** A source as it is remembered; its credential is read by `openCredential` alone. */
export type Connection = z.infer<typeof Connection>;

const Day = z.string();

export const FeedProgress = z.object({
  feed: z.string(),
  firstDay: Day,
  nextDay: Day,
  cursor: z.string().nullable(),
  newestChargeDay: Day.nullable(),
  readUntil: z.date().nullable(),
  lastSuccessAt: z.date().nullable(),
  lastFailureAt: z.date().nullable(),
  failure: z.string().nullable(),
  failures: z.int(),
  quietSince: z.date().nullable(),
});
/** How far one report of a connection was read, and how that goes. Days are UTC. */
export type FeedProgress = z.infer<typeof FeedProgress>;

export const NativeItem = z.object({
  kind: z.enum(["project", "key", "seat"]),
  nativeId: z.string().min(1).max(256),
  name: z.string().max(256).nullable(),
  /** The project or workspace that a key is of; the plan of a seat. */
  parent: z.string().max(256).nullable(),
  /** E-mail or login; only an opaque id of it is kept. */
  person: z.string().max(256).nullable(),
  active: z.boolean(),
  madeAt: z.date().nullable(),
  usedAt: z.date().nullable(),
});
/** A project, key or seat as the provider lists it. */
export type NativeItem = z.infer<typeof NativeItem>;

export const CodingToolDay = z.object({
  day: Day,
  tool: z.enum(["claude-code", "copilot", "cursor"]),
  /** E-mail or login; null for a key that stands for no person. */
  person: z.string().max(256).nullable(),
  billing: z.enum(["api", "subscription"]),
  model: z.string().max(256),
  sessions: z.bigint(),
  linesAdded: z.bigint(),
  linesRemoved: z.bigint(),
  commits: z.bigint(),
  pullRequests: z.bigint(),
  accepted: z.bigint(),
  rejected: z.bigint(),
  inputTokens: z.bigint(),
  cacheReadTokens: z.bigint(),
  cacheWriteTokens: z.bigint(),
  outputTokens: z.bigint(),
  /** Nano-USD; null where the tool does not say. */
  estimatedCost: z.bigint().nullable(),
});
/** What a tool says one engineer did with it on a UTC day. */
export type CodingToolDay = z.infer<typeof CodingToolDay>;
