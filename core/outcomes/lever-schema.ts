import { z } from "zod";
import type { Day } from "../time.ts";
import { LEVER_KINDS } from "./lever.ts";

const DayField = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .transform((text) => text as Day);

export const LeverKindField = z.enum(LEVER_KINDS);

/** A lever that was promoted through the gate, with what was promised of it. */
export const PromotedLever = z.object({
  id: z.int(),
  scopeId: z.int().min(0),
  kind: LeverKindField,
  said: z.string(),
  /** Nano-USD a week at the calls of the baseline. */
  promised: z.bigint(),
  baselineStart: DayField,
  baselineEnd: DayField,
  baselineRequests: z.bigint(),
  baselineCost: z.bigint(),
  passBefore: z.int(),
  passAfter: z.int(),
  promotedOn: DayField,
  promotedBy: z.int().nullable(),
  reason: z.string(),
  endedOn: DayField.nullable(),
});
export type PromotedLever = z.infer<typeof PromotedLever>;

/** What it did in one whole week since. */
export const LeverWeek = z.object({
  leverId: z.int(),
  week: DayField,
  requests: z.bigint(),
  cost: z.bigint(),
  saved: z.bigint(),
});
export type LeverWeek = z.infer<typeof LeverWeek>;
