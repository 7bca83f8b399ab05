import { z } from "zod";

const Name = z.string().trim().min(1).max(256);
const Decimal = z
  .union([z.string().max(40), z.number().finite()])
  .transform(String)
  .pipe(
    z
      .string()
      .regex(
        /^\d{1,15}(?:\.\d{1,18})?(?:[eE][+-]?\d{1,2})?$/,
        "is not a decimal number of 0 or more",
      ),
  );

/**
 * A success or failure that the business counts: a resolved ticket, a merged PR, a processed document.
 * Known again by source and id, like usage.
 */
export const OutcomeEvent = z.strictObject({
  /** Unique per source and day: sent twice, it is counted once. */
  id: Name,
  /** When it happened, ISO 8601 with a zone. */
  time: z.iso.datetime({ offset: true }),
  workflow: Name,
  success: z.boolean(),
  /** What it is: "resolved ticket". */
  outcome: Name.max(80).optional(),
  customer: Name.optional(),
  product: Name.optional(),
  /** What it is worth, in US dollars. */
  value: Decimal.optional(),
  /** What it earned, in US dollars. */
  revenue: Decimal.optional(),
  /** 0 to 1, of an evaluation of this very result. */
  evalScore: z.number().min(0).max(1).optional(),
});
export type OutcomeEvent = z.infer<typeof OutcomeEvent>;
export type OutcomeEventInput = z.input<typeof OutcomeEvent>;
