import { z } from "zod";

const Dollars = z
  .union([z.string(), z.number()])
  .transform(String)
  .refine((text) => /^\d{1,9}(?:\.\d{1,9})?$/.test(text), {
    message: 'is not an amount in dollars: write it as 25 or "25.50"',
  });

const MODEL = /^[A-Za-z0-9*][A-Za-z0-9*._:/@-]{0,127}$/;

export const AllowedModels = z
  .array(z.string().regex(MODEL, "is not a model or a pattern such as claude-haiku-*"))
  .min(1)
  .max(50);

/** How keys are approved; amounts are dollars a month. */
export const KeyPolicyFile = z.strictObject({
  approve_up_to: Dollars.optional().describe(
    "A key whose cap a month is at most this is approved by itself when it fits the budget.",
  ),
  approve_days: z.int().min(1).max(3_660).default(90).describe("... and ends within so many days."),
  second_approver_above: Dollars.optional().describe("A cap a month above this takes two."),
  remind_after_hours: z.int().min(1).max(720).default(24),
  escalate_after_hours: z.int().min(1).max(720).default(48),
  expire_after_days: z.int().min(1).max(90).default(14),
});
export type KeyPolicyFile = z.infer<typeof KeyPolicyFile>;
