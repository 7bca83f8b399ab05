import { z } from "zod";
import { parseDay } from "../time.ts";

/** What an amount is set for. A scope with id 0 is the organisation; others are dimension values. */
export const BudgetSubject = z.object({
  kind: z.enum(["scope", "workflow", "product", "key"]),
  id: z.int().min(0),
});
export type BudgetSubject = z.infer<typeof BudgetSubject>;

/** A budget counts everything that is spent, a cap what goes through the gateway. */
export const BudgetKind = z.enum(["budget", "cap"]);
export type BudgetKind = z.infer<typeof BudgetKind>;

export const BudgetPeriod = z.enum(["day", "week", "month", "quarter", "year"]);
export type BudgetPeriod = z.infer<typeof BudgetPeriod>;

export const BudgetUnit = z.enum(["usd", "tokens"]);
export type BudgetUnit = z.infer<typeof BudgetUnit>;

export const BudgetState = z.enum([
  "pending",
  "live",
  "replaced",
  "declined",
  "withdrawn",
  "ended",
]);
export type BudgetState = z.infer<typeof BudgetState>;

/** Percent of the amount at which people are told, each once a period; ascending. */
export const Thresholds = z
  .array(z.int().min(1).max(1_000))
  .min(1)
  .max(10)
  .refine((list) => list.every((one, index) => index === 0 || one > (list[index - 1] ?? 0)), {
    message: "percentages ascend, each once",
  });

/** One version of a budget or cap. */
export const Budget = z.object({
  orgId: z.int(),
  id: z.int(),
  subject: BudgetSubject,
  kind: BudgetKind,
  period: BudgetPeriod,
  unit: BudgetUnit,
  /** Nano-USD, or tokens of input and output. */
  amount: z.bigint().positive(),
  /** Of a cap: hard refuses, soft warns. */
  enforcement: z.enum(["hard", "soft"]).optional(),
  /** Until then a cap only counts what it would have refused. */
  shadowUntil: z.date().optional(),
  thresholds: Thresholds,
  state: BudgetState,
  origin: z.enum(["file", "chat"]),
  /** Absent: the operator. */
  setBy: z.int().optional(),
  reason: z.string().min(1).max(2_000),
  validFrom: z.string().transform(parseDay),
  createdAt: z.date(),
  decidedBy: z.int().optional(),
  decidedAt: z.date().optional(),
  endedAt: z.date().optional(),
});
export type Budget = z.infer<typeof Budget>;

/** What one amount stands beside: there is one live version of each. */
export type BudgetSlot = Pick<Budget, "subject" | "kind" | "period" | "unit">;

/** domain.md section 4: alerts at 50, 80 and 100%; design.md 4.14: caps at 80 and 95%. */
export const DEFAULT_THRESHOLDS: Readonly<Record<BudgetKind, readonly number[]>> = {
  budget: [50, 80, 100],
  cap: [80, 95],
};
