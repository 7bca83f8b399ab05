import { z } from "zod";

const Name = z.string().trim().min(1).max(120);
const Amount = z.union([z.string().max(40), z.number().nonnegative()]);
/** 0.954, "95.4%"; or counts. */
const Rate = z.union([z.string().max(12), z.number().min(0).max(1)]);

const Measured = z.looseObject({
  name: Name.optional(),
  costPerCall: Amount,
  passRate: Rate.optional(),
  passed: z.int().min(0).optional(),
  cases: z.int().min(1).max(1_000_000_000).optional(),
});
export type Measured = z.infer<typeof Measured>;

/** The small JSON of ours that `aispend experiment evaluate` takes. */
export const EvaluationFile = z.looseObject({
  experiment: Name.optional(),
  workflow: z.string().min(1).max(256).optional(),
  baseline: Measured,
  candidates: z.array(Measured).min(1).max(20),
});
export type EvaluationFile = z.infer<typeof EvaluationFile>;

/** What is read of a promptfoo result; its prompts and outputs are dropped here. */
const PromptfooPrompt = z.looseObject({
  label: z.string().optional(),
  raw: z.string().optional(),
  provider: z.string().optional(),
  metrics: z
    .looseObject({
      testPassCount: z.int().min(0),
      testFailCount: z.int().min(0),
      testErrorCount: z.int().min(0).optional(),
      cost: z.number().nonnegative().optional(),
    })
    .optional(),
});
export const PromptfooFile = z.looseObject({
  results: z.union([
    z.looseObject({ prompts: z.array(PromptfooPrompt).min(1) }),
    z.looseObject({
      table: z.looseObject({ head: z.looseObject({ prompts: z.array(PromptfooPrompt).min(1) }) }),
    }),
  ]),
});
export type PromptfooPrompt = z.infer<typeof PromptfooPrompt>;

export const ExperimentState = z.enum(["open", "promoted", "rejected"]);
export type ExperimentState = z.infer<typeof ExperimentState>;
