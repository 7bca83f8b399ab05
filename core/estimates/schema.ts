import { z } from "zod";
import { Tokens } from "#core/ledger/schema.ts";

/** Tokens of a prompt, and how they were counted. */
export const PromptTokens = z.object({
  from: z.int().nullable(),
  to: z.int().nullable(),
  /** "o200k_base", or the ratio that was used where no tokenizer is public. */
  countedBy: z.string(),
  /** One side in this many may be off: 0 for a tokenizer, 0.2 for a ratio. */
  error: z.number(),
  /** Parts that only the running program knows; they are not in the counts. */
  unknownParts: z.int(),
});
export type PromptTokens = z.infer<typeof PromptTokens>;

/** A model's list price before and after, USD per million tokens as decimal text. */
export const RateChange = z.object({
  state: z.enum(["priced", "unpriced", "same"]),
  /** "same model, same price", or why there is no price. */
  note: z.string(),
  lines: z.array(
    z.object({
      tokenClass: z.string(),
      from: z.string().nullable(),
      to: z.string().nullable(),
      percent: z.number().nullable(),
    }),
  ),
});
export type RateChange = z.infer<typeof RateChange>;

export const Use = z.object({ path: z.string(), line: z.int() });
export type Use = z.infer<typeof Use>;

/** One change of what a call costs. */
export const Change = z.object({
  path: z.string(),
  /** In the head version; of a removed value, in the base version. */
  line: z.int(),
  kind: z.enum(["model", "prompt", "params"]),
  status: z.enum(["changed", "added", "removed"]),
  /** As written. Of a prompt only its size: text never leaves. */
  from: z.string().nullable(),
  to: z.string().nullable(),
  /** "model", "prompt", or what the parameter does: "output limit", "retries". */
  role: z.string(),
  /** The call site or configuration entry. */
  where: z.string(),
  confidence: z.enum(["sure", "possible"]),
  why: z.string(),
  /** Of a prompt or parameter: the model of the same file, as its head has it. */
  model: z.string().optional(),
  tokens: PromptTokens.optional(),
  rates: RateChange.optional(),
  /** The constant that changed at its definition. */
  defines: z.string().optional(),
  /** Where a constant is used that changed at its definition. */
  uses: z.array(Use),
});
export type Change = z.infer<typeof Change>;

export const Skipped = z.object({ path: z.string(), reason: z.string() });
export type Skipped = z.infer<typeof Skipped>;

export const DiffTotals = z.object({
  files: z.int(),
  filesRead: z.int(),
  filesSkipped: z.int(),
  changes: z.int(),
  models: z.int(),
  prompts: z.int(),
  params: z.int(),
  unpriced: z.int(),
  /** Of the prompts, where both sides could be counted. */
  promptTokens: z.int(),
});
export type DiffTotals = z.infer<typeof DiffTotals>;

/** What `aispend diff --format json` prints; published as docs/diff.schema.json. */
export const DiffReport = z.object({
  version: z.literal(1),
  base: z.string(),
  head: z.string(),
  changes: z.array(Change),
  skipped: z.array(Skipped),
  totals: DiffTotals,
});
export type DiffReport = z.infer<typeof DiffReport>;

/**
 * What a call site really sends, over a period: measured from the ledger, kept as a snapshot in the
 * repository, or declared by hand. Tokens as the ledger counts them: input includes what was cached.
 */
export const TrafficProfile = z.strictObject({
  source: z.enum(["measured", "snapshot", "declared"]),
  /** What the traffic is of: "workflow refunds". */
  label: z.string().min(1),
  /** The first and the last day. */
  from: z.iso.date(),
  until: z.iso.date(),
  provider: z.string().optional(),
  model: z.string().min(1),
  calls: z.int().positive(),
  /** Of one call. */
  median: Tokens,
  p90: Tokens,
  /** Of all calls of the period. */
  total: Tokens,
  /** "average": the source reports no single calls, and the average stands for both. */
  distribution: z.enum(["calls", "average"]).optional(),
});
export type TrafficProfile = z.infer<typeof TrafficProfile>;
