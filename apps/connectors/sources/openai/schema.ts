import { z } from "zod";
import { DayOfSeconds } from "../day-pages.ts";

const Id = z.string().nullish();
const Count = z.int().min(0).nullish();
/** The ledger is in dollars: another currency is not what the report documents. */
const Dollars = z.string().regex(/^usd$/i, "must be USD");

/** organization.usage.completions.result and .embeddings.result: the fields we read. */
export const UsageResult = z.object({
  input_tokens: Count,
  input_cached_tokens: Count,
  input_cache_write_tokens: Count,
  output_tokens: Count,
  num_model_requests: Count,
  project_id: Id,
  api_key_id: Id,
  model: Id,
  batch: z.boolean().nullish(),
  service_tier: Id,
});
export type UsageResult = z.infer<typeof UsageResult>;

/** organization.costs.result. Dollars. */
export const CostResult = z.object({
  amount: z.object({ value: z.union([z.number(), z.string()]), currency: Dollars }),
  line_item: Id,
  project_id: Id,
  api_key_id: Id,
  quantity: z.number().nullish(),
});
export type CostResult = z.infer<typeof CostResult>;

function pageOf<Row extends z.ZodType>(row: Row) {
  return z.object({
    has_more: z.boolean(),
    next_page: z.string().nullish(),
    data: z.array(
      z
        .object({ start_time: DayOfSeconds, results: z.array(row) })
        .transform(({ start_time, results }) => ({ day: start_time, results })),
    ),
  });
}

export const UsagePage = pageOf(UsageResult);
export const CostPage = pageOf(CostResult);

const ListPage = <Row extends z.ZodType>(row: Row) =>
  z.object({ data: z.array(row), has_more: z.boolean(), last_id: z.string().nullish() });

export const ProjectPage = ListPage(
  z.object({
    id: z.string(),
    name: z.string().nullish(),
    status: z.string().nullish(),
    created_at: z.int().nullish(),
  }),
);

export const ProjectKeyPage = ListPage(
  z.object({
    id: z.string(),
    name: z.string().nullish(),
    created_at: z.int().nullish(),
    last_used_at: z.int().nullish(),
    owner: z
      .object({
        type: z.string().nullish(),
        user: z.object({ email: z.string().nullish() }).nullish(),
      })
      .nullish(),
  }),
);
