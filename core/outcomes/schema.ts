import { z } from "zod";

const Name = z.string().min(1).max(256);
const Decimal = z.union([z.string().max(64), z.number()]);

/**
 * A success or failure that the business counts: a resolved ticket, a merged PR, a processed document.
 * The strict object refuses any field that is not listed here.
 */
export const OutcomeEvent = z.strictObject({
  /** Which feed it came from; part of the identity. */
  source: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._:-]{0,63}$/, "must be lower-case letters, digits and . _ : -")
    .default("api"),
  /** The source's own id, unique a day: sent again it is counted once. */
  externalId: Name,
  /** When it happened, ISO 8601 with an offset. */
  occurredAt: z.iso.datetime({ offset: true }),
  workflow: Name,
  success: z.boolean(),
  /** What it is: "resolved ticket". */
  outcome: z.string().min(1).max(80).optional(),
  customer: Name.optional(),
  product: Name.optional(),
  /** What it is worth, and what it earned, in US dollars; at least 0. */
  value: Decimal.optional(),
  revenue: Decimal.optional(),
  /** 0 to 1, of an evaluation of this very result. */
  evalScore: z.number().min(0).max(1).optional(),
});
export type OutcomeEvent = z.infer<typeof OutcomeEvent>;
export type OutcomeEventInput = z.input<typeof OutcomeEvent>;

/** What became of one event of a batch, in the order of the batch. */
export type OutcomeResult =
  | { readonly state: "appended" }
  | { readonly state: "duplicate" }
  | { readonly state: "conflict"; readonly reason: string }
  /** `forbidden`: the caller's ingest token may not write for the workflow. */
  | { readonly state: "refused"; readonly reason: string; readonly forbidden?: true };
