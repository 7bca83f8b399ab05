import { z } from "zod";
import { Tags } from "./schema.ts";

/**
 * What a charge without tokens is for; kept on its entry as the operation. Harness is what stands
 * around the calls of a workload: unit costs say whether they include it.
 */
export const ChargeCategory = z.enum([
  "seat",
  "platform_fee",
  "gpu_hours",
  "vector_store",
  "harness",
  "prepaid",
  "draw_down",
  "credit",
  "refund",
  "tax",
]);
export type ChargeCategory = z.infer<typeof ChargeCategory>;

const Name = z.string().min(1).max(256);
const Amount = z.union([z.string().max(64), z.number()]);
const DayText = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, "must be a day such as 2026-11-22");

/**
 * One charge as `POST /v1/charges` takes it (docs/ingest.md). Amounts are positive US dollars; credits,
 * refunds and draw-downs are taken off by their category. Unknown fields are refused.
 */
export const Charge = z.strictObject({
  source: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._:-]{0,63}$/, "must be lower-case letters, digits and . _ : -")
    .default("charges"),
  externalId: z.string().min(1).max(200).optional(),
  category: ChargeCategory,
  /** Who is paid: github, cursor, nvidia. */
  provider: Name,
  /** What is paid for, as the invoice names it: "Copilot Business", "H100 80GB". */
  item: Name,
  amount: Amount.optional(),
  /** In place of an amount: 120.5 hours at 2.49 each. */
  quantity: Amount.optional(),
  unitPrice: Amount.optional(),
  currency: z.literal("USD", "must be USD: convert it, and say the rate in note").default("USD"),
  /** One of these: a month, a day, or the first and the last day. */
  month: z
    .string()
    .regex(/^\d{4}-(0[1-9]|1[0-2])$/, "must be a month such as 2026-11")
    .optional(),
  day: DayText.optional(),
  from: DayText.optional(),
  to: DayText.optional(),
  /** Of prepaid credit: the first day on which it is worth nothing. */
  expiresOn: DayText.optional(),
  account: Name.optional(),
  nativeProject: Name.optional(),
  tags: Tags.default({}),
  note: z.string().max(500).optional(),
});
export type Charge = z.infer<typeof Charge>;
