import { z } from "zod";
import { DayOfSeconds } from "../day-pages.ts";
import {
  count,
  decimal,
  dollars,
  flag,
  type PlainRow,
  part,
  plainRows,
  text,
} from "../plain-rows.ts";

/** organization.usage.completions.result and .embeddings.result: the fields we read. */
const USAGE = {
  input_tokens: count,
  input_cached_tokens: count,
  input_cache_write_tokens: count,
  output_tokens: count,
  num_model_requests: count,
  project_id: text,
  api_key_id: text,
  model: text,
  batch: flag,
  service_tier: text,
};
export type UsageResult = PlainRow<typeof USAGE>;

/** organization.costs.result. Dollars. */
const COST = {
  amount: part({ value: decimal, currency: dollars }),
  line_item: text,
  project_id: text,
  api_key_id: text,
};
export type CostResult = PlainRow<typeof COST>;

function pageOf<Row>(results: z.ZodType<readonly Row[]>) {
  return z.object({
    has_more: z.boolean(),
    next_page: z.string().nullish(),
    data: z.array(
      z
        .object({ start_time: DayOfSeconds, results })
        .transform(({ start_time, results: rows }) => ({ day: start_time, results: rows })),
    ),
  });
}

export const UsagePage = pageOf(plainRows(USAGE));
export const CostPage = pageOf(plainRows(COST));

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
