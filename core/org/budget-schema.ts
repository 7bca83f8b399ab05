import { z } from "zod";
import { Key, Label, Said, ScopePath } from "./name-schema.ts";

const Dollars = z
  .union([z.number().positive().max(9e9), z.string().regex(/^\d{1,10}(?:\.\d{1,9})?$/)])
  .describe("US dollars.");
const Percent = z.number().min(0).max(100);

/** A budget or cap as aispend.yaml says it. Without a subject it is the organisation's. */
export const BudgetEntry = z.strictObject({
  scope: ScopePath.optional(),
  workflow: Label.optional(),
  product: Key.optional(),
  amount: z
    .union([z.number().positive().max(9e15), z.string().regex(/^\d{1,16}(?:\.\d{1,9})?$/)])
    .describe("US dollars, or tokens with unit: tokens."),
  period: z.enum(["day", "week", "month", "quarter", "year"]).default("month"),
  unit: z.enum(["usd", "tokens"]).default("usd"),
  alerts: z
    .array(z.int().min(1).max(1_000))
    .min(1)
    .max(10)
    .optional()
    .describe("Percent of the amount, ascending; 50, 80, 100 for a budget, 80, 95 for a cap."),
  cap: z
    .enum(["hard", "soft"])
    .optional()
    .describe("A cap in the request path: hard refuses, soft warns. Without it: a budget."),
  reason: Said.max(500).optional(),
});
export type BudgetEntry = z.infer<typeof BudgetEntry>;

const WorkflowTarget = z.strictObject({
  workflow: Label,
  outcome: Label.optional().describe("What a success is called: resolved ticket."),
  cost_per_outcome: Dollars.optional().describe("US dollars of a success, at most."),
  human_baseline: Dollars.optional().describe("US dollars that a person costs for the same."),
  cache_hit_rate: Percent.optional().describe("Percent of the input that the cache serves."),
});

/** Targets of the KPIs in percent, and of the unit economics of workflows. */
export const Targets = z.strictObject({
  attribution_coverage: Percent.optional().describe("Above this; 95 without."),
  forecast_accuracy: Percent.optional().describe("Within this; 10 without."),
  budget_variance: Percent.optional().describe("Within this; 5 without."),
  cache_hit_rate: Percent.optional().describe("Above this; without it only tracked."),
  workflows: z.array(WorkflowTarget).max(2_000).optional(),
});
export type Targets = z.infer<typeof Targets>;
