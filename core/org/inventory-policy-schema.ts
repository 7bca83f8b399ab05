import { z } from "zod";

const Dollars = z
  .union([z.string(), z.number()])
  .transform(String)
  .refine((text) => /^\d{1,12}(?:\.\d{1,9})?$/.test(text) && Number(text) > 0, {
    message: 'is not an amount in dollars: write it as 25000 or "25000.50"',
  });

const Thresholds = z
  .array(Dollars)
  .min(1)
  .max(10)
  .describe("Dollars spent in 365 days: each that is crossed requires a review.");

/** From when on a vendor is reviewed, and how soon. */
const VendorReviewPolicy = z.strictObject({
  spend_a_year: Thresholds.optional(),
  due_days: z.int().min(1).max(365).default(30).describe("After the day of crossing."),
  again_months: z.int().min(1).max(60).default(12).describe("Where a decision names no day."),
  vendors: z
    .array(
      z.strictObject({
        vendor: z.string().min(1).max(200).describe("The provider as the ledger names it."),
        spend_a_year: Thresholds,
      }),
    )
    .max(200)
    .optional()
    .describe("Vendors with thresholds of their own."),
});

/** When something in the inventory is listed for a decision. Days. */
export const InventoryPolicy = z.strictObject({
  idle_days: z.int().min(1).max(365).default(30).describe("Without spend for so long: idle."),
  shared_days: z
    .int()
    .min(1)
    .max(90)
    .default(30)
    .describe("Used by two teams within so many days: shared."),
  new_days: z.int().min(1).max(90).default(7).describe("First used so recently: new."),
  contract_days: z
    .int()
    .min(1)
    .max(365)
    .default(30)
    .describe("So long before notice is due, a contract is told of."),
  vendor_reviews: VendorReviewPolicy.prefault({}),
});
export type InventoryPolicy = z.infer<typeof InventoryPolicy>;
