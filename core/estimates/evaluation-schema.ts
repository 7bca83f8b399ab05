import { z } from "zod";

const Side = z.strictObject({
  /** US dollars. */
  cost_per_call: z.union([z.number().min(0), z.string().max(40)]).optional(),
  /** 0 to 100. */
  pass_rate: z.number().min(0).max(100),
  cases: z.int().min(1).optional(),
});

/** Our own form of an evaluation's result. */
export const EvaluationFile = z.strictObject({
  version: z.literal(1),
  baseline: Side,
  candidate: Side,
});

const Metrics = z.looseObject({
  testPassCount: z.int().min(0),
  testFailCount: z.int().min(0),
  testErrorCount: z.int().min(0).default(0),
  cost: z.number().min(0).optional(),
});

/** What promptfoo writes with `--output results.json`, versions 2 and 3; one prompt a column. */
export const PromptfooFile = z.looseObject({
  results: z.looseObject({
    prompts: z
      .array(z.looseObject({ provider: z.string().optional(), metrics: Metrics }))
      .min(1)
      .max(200),
  }),
});
