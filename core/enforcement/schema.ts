import { z } from "zod";

/** One cap in one of its periods, as the database has it; nano-USD. */
export const CapCounter = z.object({
  id: z.int(),
  subjectKind: z.enum(["scope", "key"]),
  subjectId: z.int(),
  period: z.enum(["day", "week", "month", "quarter", "year"]),
  periodStart: z.string(),
  settled: z.bigint(),
  held: z.bigint(),
  unconfirmed: z.bigint(),
  wouldRefuse: z.bigint(),
});
export type CapCounter = z.infer<typeof CapCounter>;

export const CapLease = z.object({
  id: z.int(),
  counterId: z.int(),
  replica: z.string(),
  granted: z.bigint(),
  isLost: z.boolean(),
});
export type CapLease = z.infer<typeof CapLease>;
