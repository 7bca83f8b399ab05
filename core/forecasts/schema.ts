import { z } from "zod";

/** What is forecast: a scope (0 = the organisation), or a value of a dimension. */
export const ForecastSubject = z.object({
  kind: z.enum(["scope", "workflow", "product", "key"]),
  id: z.int().min(0),
});
export type ForecastSubject = z.infer<typeof ForecastSubject>;

/** Month and quarter of the calendar; `year` is twelve months from the first of this one. */
export const Horizon = z.enum(["month", "quarter", "year"]);
export type Horizon = z.infer<typeof Horizon>;

/** What a forecast was made from, kept beside it. */
export const ForecastInputs = z.object({
  firstDay: z.string(),
  lastDays: z.array(z.string()),
  growth: z.enum(["measured", "assumed"]),
  adoptionPercentPerMonth: z.string().optional(),
  tokensPercent: z.string().optional(),
  mixPercent: z.string().optional(),
});
export type ForecastInputs = z.infer<typeof ForecastInputs>;
