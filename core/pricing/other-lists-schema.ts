import { z } from "zod";

const Rate = z.union([z.number(), z.string().max(64)]);

/** The fields of LiteLLM's price map that are compared; everything else passes by. */
export const LiteLlmPrices = z.record(
  z.string(),
  z.object({
    litellm_provider: z.string().optional(),
    input_cost_per_token: Rate.optional(),
    output_cost_per_token: Rate.optional(),
    cache_read_input_token_cost: Rate.optional(),
    cache_creation_input_token_cost: Rate.optional(),
  }),
);

/** The same of models.dev. */
export const ModelsDev = z.record(
  z.string(),
  z.object({
    models: z.record(
      z.string(),
      z.object({
        cost: z
          .object({
            input: Rate.optional(),
            output: Rate.optional(),
            cache_read: Rate.optional(),
            cache_write: Rate.optional(),
          })
          .optional(),
      }),
    ),
  }),
);
