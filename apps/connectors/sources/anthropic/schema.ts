import { z } from "zod";
import { DayOfInstant } from "../day-pages.ts";
import {
  count,
  decimalText,
  dollars,
  maybe,
  type PlainRow,
  part,
  plainRows,
  text,
} from "../plain-rows.ts";

const Id = z.string().nullish();
const Count = z.int().min(0).nullish();
/** A row of usage_report/messages: input without what was read from or written to the cache. */
const USAGE = {
  uncached_input_tokens: count,
  cache_creation: maybe(
    part({ ephemeral_1h_input_tokens: count, ephemeral_5m_input_tokens: count }),
  ),
  cache_read_input_tokens: count,
  output_tokens: count,
  api_key_id: text,
  workspace_id: text,
  model: text,
  service_tier: text,
  context_window: text,
};
export type UsageResult = PlainRow<typeof USAGE>;

/** A row of cost_report; `amount` is a decimal string in cents. */
const COST = {
  currency: dollars,
  amount: decimalText,
  workspace_id: text,
  description: text,
  cost_type: text,
  context_window: text,
  model: text,
  service_tier: text,
  token_type: text,
};
export type CostResult = PlainRow<typeof COST>;

function pageOf<Row>(results: z.ZodType<readonly Row[]>) {
  return z.object({
    has_more: z.boolean(),
    next_page: z.string().nullish(),
    data: z.array(
      z
        .object({ starting_at: DayOfInstant, results })
        .transform(({ starting_at, results: rows }) => ({ day: starting_at, results: rows })),
    ),
  });
}

export const UsagePage = pageOf(plainRows(USAGE));
export const CostPage = pageOf(plainRows(COST));

const Pair = z.object({ accepted: Count, rejected: Count }).nullish();

/** A row of usage_report/claude_code: one engineer or key, one UTC day. */
export const ClaudeCodeRow = z.object({
  date: z.string(),
  actor: z.object({ type: z.string(), email_address: Id, api_key_name: Id }),
  customer_type: Id,
  terminal_type: Id,
  core_metrics: z
    .object({
      num_sessions: Count,
      lines_of_code: z.object({ added: Count, removed: Count }).nullish(),
      commits_by_claude_code: Count,
      pull_requests_by_claude_code: Count,
    })
    .nullish(),
  tool_actions: z.record(z.string(), Pair).nullish(),
  model_breakdown: z
    .array(
      z.object({
        model: z.string(),
        tokens: z
          .object({ input: Count, output: Count, cache_read: Count, cache_creation: Count })
          .nullish(),
        estimated_cost: z
          .object({ currency: z.string(), amount: z.union([z.number(), z.string()]) })
          .nullish(),
      }),
    )
    .nullish(),
});
export type ClaudeCodeRow = z.infer<typeof ClaudeCodeRow>;

export const ClaudeCodePage = z.object({
  data: z.array(ClaudeCodeRow),
  has_more: z.boolean(),
  next_page: z.string().nullish(),
});

export const Organization = z.object({ id: z.string(), name: z.string().nullish() });

const ListPage = <Row extends z.ZodType>(row: Row) =>
  z.object({ data: z.array(row), has_more: z.boolean(), last_id: z.string().nullish() });

export const WorkspacePage = ListPage(
  z.object({
    id: z.string(),
    name: z.string().nullish(),
    created_at: z.string().nullish(),
    archived_at: z.string().nullish(),
  }),
);

export const KeyPage = ListPage(
  z.object({
    id: z.string(),
    name: z.string().nullish(),
    status: z.string(),
    workspace_id: Id,
    created_at: z.string().nullish(),
  }),
);
