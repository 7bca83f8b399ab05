import { z } from "zod";
import { ITEM_KINDS, PROCUREMENTS } from "../org/words.ts";
import { parseDay } from "../time.ts";

/** What is declared in aispend.yaml, and the models that are in use. */
export const InventoryKind = z.enum([...ITEM_KINDS, "model"]);
export type InventoryKind = z.infer<typeof InventoryKind>;

/** Why something is listed for a decision; the gravest first. flags.ts has the rule of each. */
export const InventoryFlag = z.enum([
  "reopened",
  "ownerless",
  "new",
  "shared",
  "idle",
  "contract",
  "review",
]);
export type InventoryFlag = z.infer<typeof InventoryFlag>;

export const DecisionKind = z.enum(["claimed", "assigned", "retired", "undone"]);
export type DecisionKind = z.infer<typeof DecisionKind>;

const Text = z.string().nullable();
const Day = z
  .string()
  .nullable()
  .transform((text) => (text === null ? null : parseDay(text)));

/** A declaration as it was before a decision; its owner is kept beside it, as an opaque id. */
export const RecordBefore = z.object({
  name: Text,
  provider: Text,
  account: Text,
  nativeId: Text,
  scope: Text,
  owner: z.null(),
  costCentre: Text,
  approvedUse: Text,
  seats: z.int().nullable(),
  procurement: z.enum(PROCUREMENTS).nullable(),
  contractFrom: Day,
  contractUntil: Day,
  noticeDays: z.int().nullable(),
  paymentMethod: Text,
  projects: z.array(z.object({ id: z.string(), scope: z.string() })),
});
export type RecordBefore = z.infer<typeof RecordBefore>;

/** What was decided last about a thing. */
export const ItemDecision = z.object({
  id: z.int(),
  kind: InventoryKind,
  item: z.string(),
  decision: DecisionKind,
  /** The decision before it; 0 = none. */
  follows: z.int(),
  ownerId: z.int().nullable(),
  ownerBefore: z.int().nullable(),
  isRetired: z.boolean(),
  recordBefore: RecordBefore.nullable(),
  decidedBy: z.int(),
  decidedAt: z.date(),
  reason: z.string().nullable(),
});
export type ItemDecision = z.infer<typeof ItemDecision>;

export const VendorDecision = z.enum(["keep", "keep_with_conditions", "replace", "stop"]);
export type VendorDecision = z.infer<typeof VendorDecision>;

/** A review of a vendor: open until it is decided. Amounts are nano-USD. */
export const VendorReview = z.object({
  id: z.int(),
  vendor: z.string(),
  cause: z.enum(["spend", "date", "asked"]),
  threshold: z.bigint().nullable(),
  crossedOn: z.string(),
  dueOn: z.string(),
  decision: VendorDecision.nullable(),
  reason: z.string().nullable(),
  spend: z.bigint().nullable(),
  nextOn: z.string().nullable(),
  decidedBy: z.int().nullable(),
  decidedAt: z.date().nullable(),
});
export type VendorReview = z.infer<typeof VendorReview>;
