import { z } from "zod";
import type { Day } from "../time.ts";

/** organisation: an Accountable at its top. teams: the owner of one or more teams. */
export const Breadth = z.enum(["organisation", "teams"]);
export type Breadth = z.infer<typeof Breadth>;

export const ReviewReader = z.object({
  month: z
    .string()
    .regex(/^\d{4}-\d{2}-01$/)
    .transform((text) => text as Day),
  personId: z.int(),
  breadth: Breadth,
  remindedAt: z.date().nullable(),
  acknowledgedAt: z.date().nullable(),
});
export type ReviewReader = z.infer<typeof ReviewReader>;
