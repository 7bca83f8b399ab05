import type { Day } from "#core/time.ts";
import type { AttributedBy } from "./attribution.ts";
import type { Basis, EntryKind, EntryStatus, ServiceTier } from "./schema.ts";

/** One row of ledger_entry; ids are 0 where unattributed, amounts are nano-USD. */
export interface Entry {
  readonly org_id: number;
  readonly day: Day;
  readonly source: string;
  readonly external_id: string;
  /** 16 bytes as hex. */
  readonly content_hash: string;
  readonly occurred_at: Date;
  readonly recorded_at: Date;
  readonly local_day: Day;
  readonly kind: EntryKind;
  readonly basis: Basis;
  readonly team_id: number;
  readonly project_id: number;
  readonly agent_id: number;
  readonly provider_id: number;
  readonly model_id: number;
  readonly key_id: number;
  readonly account_id: number;
  readonly workflow_id: number;
  readonly product_id: number;
  readonly customer_id: number;
  readonly person_id: number;
  readonly feature_id: number;
  readonly environment_id: number;
  readonly attributed_by: AttributedBy;
  readonly operation: string | null;
  readonly service_tier: ServiceTier;
  readonly status: EntryStatus;
  readonly prompt_revision: string | null;
  readonly session: string | null;
  readonly trace: string | null;
  readonly end_user: string | null;
  readonly latency_ms: number | null;
  readonly request_count: bigint;
  readonly error_count: bigint;
  readonly input_tokens: bigint | null;
  readonly cache_read_tokens: bigint;
  readonly cache_write_tokens: bigint;
  readonly output_tokens: bigint | null;
  readonly reasoning_tokens: bigint;
  readonly system_tokens: number | null;
  readonly retrieval_tokens: number | null;
  readonly history_tokens: number | null;
  readonly tool_tokens: number | null;
  readonly user_tokens: number | null;
  readonly input_cost: bigint;
  readonly cache_read_cost: bigint;
  readonly cache_write_cost: bigint;
  readonly output_cost: bigint;
  readonly reasoning_cost: bigint;
  readonly other_cost: bigint;
  readonly cost: bigint;
  readonly list_cost: bigint;
  readonly reported_cost: bigint | null;
  readonly price_id: number;
  readonly estimated: boolean;
  readonly corrects: string | null;
  readonly tags: string | null;
}

/** The columns in the order of COPY, with their types where a value is given as a parameter. */
export const ENTRY_TYPES = {
  org_id: "int",
  day: "date",
  source: "text",
  external_id: "text",
  content_hash: "bytea",
  occurred_at: "timestamptz",
  recorded_at: "timestamptz",
  local_day: "date",
  kind: "text",
  basis: "text",
  team_id: "int",
  project_id: "int",
  agent_id: "int",
  provider_id: "int",
  model_id: "int",
  key_id: "int",
  account_id: "int",
  workflow_id: "int",
  product_id: "int",
  customer_id: "int",
  person_id: "int",
  feature_id: "int",
  environment_id: "int",
  attributed_by: "text",
  operation: "text",
  service_tier: "text",
  status: "text",
  prompt_revision: "text",
  session: "text",
  trace: "text",
  end_user: "text",
  latency_ms: "int",
  request_count: "bigint",
  error_count: "bigint",
  input_tokens: "bigint",
  cache_read_tokens: "bigint",
  cache_write_tokens: "bigint",
  output_tokens: "bigint",
  reasoning_tokens: "bigint",
  system_tokens: "int",
  retrieval_tokens: "int",
  history_tokens: "int",
  tool_tokens: "int",
  user_tokens: "int",
  input_cost: "bigint",
  cache_read_cost: "bigint",
  cache_write_cost: "bigint",
  output_cost: "bigint",
  reasoning_cost: "bigint",
  other_cost: "bigint",
  cost: "bigint",
  list_cost: "bigint",
  reported_cost: "bigint",
  price_id: "int",
  estimated: "boolean",
  corrects: "text",
  tags: "jsonb",
} as const satisfies Record<keyof Entry, string>;

function isColumn(name: string): name is keyof Entry {
  return name in ENTRY_TYPES;
}

export const ENTRY_COLUMNS: readonly (keyof Entry)[] = Object.keys(ENTRY_TYPES).filter(isColumn);

/** Tokens as OpenTelemetry counts them: input with cache, output with reasoning. */
export const TOKEN_COLUMNS = [
  "input_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "output_tokens",
  "reasoning_tokens",
] as const satisfies readonly (keyof Entry)[];

/** Amounts in nano-USD: the classes, which add up to the cost, and the cost at other prices. */
export const COST_COLUMNS = [
  "input_cost",
  "cache_read_cost",
  "cache_write_cost",
  "output_cost",
  "reasoning_cost",
  "other_cost",
  "cost",
  "list_cost",
  "reported_cost",
] as const satisfies readonly (keyof Entry)[];

/** Where the input tokens come from, where the source says it. */
export const COMPOSITION_COLUMNS = [
  "system_tokens",
  "retrieval_tokens",
  "history_tokens",
  "tool_tokens",
  "user_tokens",
] as const satisfies readonly (keyof Entry)[];

const NEEDS_ESCAPE = /[\\\t\n\r]/;

/** A text as COPY's text format has it. */
export function escapeText(text: string): string {
  if (!NEEDS_ESCAPE.test(text)) return text;
  return text
    .replaceAll("\\", "\\\\")
    .replaceAll("\t", "\\t")
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r");
}

/** A line of COPY's text format for the columns, preceded by the ordinal in the batch. */
export function copyLine(ordinal: number, entry: Entry, columns: readonly (keyof Entry)[]): string {
  let line = String(ordinal);
  for (const column of columns) {
    const value = entry[column];
    line += "\t";
    if (value === null) line += "\\N";
    else if (typeof value === "string") {
      line += column === "content_hash" ? `\\\\x${value}` : escapeText(value);
    } else if (value instanceof Date) line += value.toISOString();
    else line += value;
  }
  return `${line}\n`;
}

/** What tells two entries apart: within the organisation, the day, the source and its id. */
export function identityOf(entry: Pick<Entry, "day" | "source" | "external_id">): string {
  return `${entry.day} ${entry.source} ${entry.external_id}`;
}
