import { ENTRY_COLUMNS, type Entry } from "./entry.ts";

/** How a batch is staged: the columns that differ row by row, and those with one value in all. */
export interface StagedColumns {
  readonly differing: readonly (keyof Entry)[];
  readonly common: readonly (keyof Entry)[];
}

interface Group {
  readonly columns: readonly (keyof Entry)[];
  /** Named one by one: looked up by name, this takes as long as writing the columns. */
  readonly isSame: (entry: Entry, first: Entry) => boolean;
}

/** Columns that tend to have one value in all of a batch, together. */
const GROUPS: readonly Group[] = [
  {
    columns: ["recorded_at", "kind", "basis", "service_tier", "status", "estimated", "price_id"],
    isSame: (entry, first) =>
      entry.recorded_at.getTime() === first.recorded_at.getTime() &&
      entry.kind === first.kind &&
      entry.basis === first.basis &&
      entry.service_tier === first.service_tier &&
      entry.status === first.status &&
      entry.estimated === first.estimated &&
      entry.price_id === first.price_id,
  },
  {
    columns: ["occurred_at", "local_day", "provider_id", "account_id", "attributed_by"],
    isSame: (entry, first) =>
      entry.occurred_at.getTime() === first.occurred_at.getTime() &&
      entry.local_day === first.local_day &&
      entry.provider_id === first.provider_id &&
      entry.account_id === first.account_id &&
      entry.attributed_by === first.attributed_by,
  },
  {
    columns: ["workflow_id", "product_id", "customer_id", "person_id", "feature_id"],
    isSame: (entry) =>
      entry.workflow_id === 0 &&
      entry.product_id === 0 &&
      entry.customer_id === 0 &&
      entry.person_id === 0 &&
      entry.feature_id === 0,
  },
  {
    columns: ["operation", "prompt_revision", "session", "trace", "end_user", "latency_ms"],
    isSame: (entry) =>
      entry.operation === null &&
      entry.prompt_revision === null &&
      entry.session === null &&
      entry.trace === null &&
      entry.end_user === null &&
      entry.latency_ms === null,
  },
  {
    columns: ["system_tokens", "retrieval_tokens", "history_tokens", "tool_tokens", "user_tokens"],
    isSame: (entry) =>
      entry.system_tokens === null &&
      entry.retrieval_tokens === null &&
      entry.history_tokens === null &&
      entry.tool_tokens === null &&
      entry.user_tokens === null,
  },
  {
    columns: ["error_count", "cache_write_tokens", "reasoning_tokens", "cache_write_cost"],
    isSame: (entry) =>
      entry.error_count === 0n &&
      entry.cache_write_tokens === 0n &&
      entry.reasoning_tokens === 0n &&
      entry.cache_write_cost === 0n,
  },
  {
    columns: ["input_cost", "cache_read_cost", "output_cost", "reasoning_cost"],
    isSame: (entry) =>
      entry.input_cost === 0n &&
      entry.cache_read_cost === 0n &&
      entry.output_cost === 0n &&
      entry.reasoning_cost === 0n,
  },
  { columns: ["corrects"], isSame: (entry) => entry.corrects === null },
  { columns: ["environment_id"], isSame: (entry) => entry.environment_id === 0 },
];

/** Most columns of a batch have one value in all of it, and need not be written once a row. */
export function stagedColumns(entries: readonly Entry[]): StagedColumns {
  const [first] = entries;
  const common = new Set<keyof Entry>();
  for (const { columns, isSame } of GROUPS) {
    if (first === undefined || !entries.every((entry) => isSame(entry, first))) continue;
    for (const column of columns) common.add(column);
  }
  return {
    differing: ENTRY_COLUMNS.filter((column) => !common.has(column)),
    common: [...common],
  };
}
