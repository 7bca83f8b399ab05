import { z } from "zod";

const Metrics = z.looseObject({
  testPassCount: z.int().min(0),
  testFailCount: z.int().min(0),
  testErrorCount: z.int().min(0).default(0),
  cost: z.number().min(0).optional(),
});

/** What promptfoo counted, with `--output results.json`; one prompt a column. */
export const PromptfooCounts = z.looseObject({
  results: z.looseObject({
    prompts: z
      .array(z.looseObject({ metrics: Metrics }))
      .min(1)
      .max(200),
  }),
});
