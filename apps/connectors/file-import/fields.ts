import type { Composition, Tags, Tokens } from "#core/ledger/schema.ts";

/** Where a field of the mapping goes in a UsageEvent, and so how its text is read. */
export type FieldTarget =
  | { kind: "time" }
  | { kind: "id" }
  | { kind: "text"; key: TextKey; maxLength: number }
  | { kind: "choice"; key: "kind" | "basis" | "serviceTier" | "status" }
  | { kind: "endUser" }
  | { kind: "tag"; tag: keyof Tags }
  | { kind: "tokens"; part: keyof Tokens }
  | { kind: "composition"; part: keyof Composition }
  | { kind: "count"; key: "requestCount" | "errorCount" | "latencyMs" }
  | { kind: "cost" };

export type TextKey =
  | "provider"
  | "model"
  | "operation"
  | "region"
  | "key"
  | "account"
  | "nativeProject"
  | "promptRevision"
  | "session"
  | "trace";

export interface Field {
  readonly target: FieldTarget;
  /** Column names that mean this field without being told, lower case, `_` between words. */
  readonly columns: readonly string[];
}

function text(key: TextKey, maxLength: number, ...columns: string[]): Field {
  return { target: { kind: "text", key, maxLength }, columns };
}

function tag(name: keyof Tags, ...columns: string[]): Field {
  return { target: { kind: "tag", tag: name }, columns: [name, ...columns] };
}

function tokens(part: keyof Tokens, ...columns: string[]): Field {
  return { target: { kind: "tokens", part }, columns };
}

function composition(part: keyof Composition): Field {
  return { target: { kind: "composition", part }, columns: [] };
}

/** Every name that `--map NAME=COLUMN` takes; docs/ingest.md lists the same ones. */
export const FIELDS: Readonly<Record<string, Field>> = {
  time: {
    target: { kind: "time" },
    columns: ["ts", "time", "timestamp", "occurred_at", "start_time", "starttime", "created_at"],
  },
  id: { target: { kind: "id" }, columns: ["id", "external_id", "request_id", "event_id"] },
  kind: { target: { kind: "choice", key: "kind" }, columns: [] },
  basis: { target: { kind: "choice", key: "basis" }, columns: [] },
  provider: text("provider", 256, "provider", "provider_name", "custom_llm_provider"),
  model: text("model", 256, "model", "model_name", "response_model"),
  operation: text("operation", 64, "operation"),
  service_tier: { target: { kind: "choice", key: "serviceTier" }, columns: ["service_tier"] },
  region: text("region", 64, "region"),
  status: { target: { kind: "choice", key: "status" }, columns: [] },
  requests: {
    target: { kind: "count", key: "requestCount" },
    columns: ["requests", "request_count", "num_model_requests"],
  },
  errors: { target: { kind: "count", key: "errorCount" }, columns: ["errors", "error_count"] },
  input_tokens: tokens("input", "input_tokens", "prompt_tokens"),
  cached_input_tokens: tokens(
    "cacheRead",
    "cached_input_tokens",
    "cache_read_tokens",
    "cache_read_input_tokens",
    "input_cached_tokens",
    "cached_tokens",
  ),
  cache_write_tokens: tokens(
    "cacheWrite5m",
    "cache_write_tokens",
    "cache_write_5m_tokens",
    "cache_creation_input_tokens",
  ),
  cache_write_1h_tokens: tokens("cacheWrite1h", "cache_write_1h_tokens"),
  output_tokens: tokens("output", "output_tokens", "completion_tokens"),
  reasoning_tokens: tokens("reasoning", "reasoning_tokens"),
  system_tokens: composition("system"),
  retrieval_tokens: composition("retrieval"),
  history_tokens: composition("history"),
  tool_tokens: composition("tools"),
  user_tokens: composition("user"),
  team: tag("team"),
  project: tag("project"),
  agent: tag("agent"),
  workflow: tag("workflow"),
  product: tag("product"),
  feature: tag("feature"),
  environment: tag("environment", "env"),
  customer: tag("customer"),
  person: tag("person", "user", "user_email", "employee"),
  end_user: { target: { kind: "endUser" }, columns: ["end_user"] },
  key: text("key", 256, "key_hash", "api_key_hash", "api_key_id"),
  account: text("account", 256, "account"),
  native_project: text("nativeProject", 256, "native_project"),
  prompt_revision: text("promptRevision", 128, "prompt_revision"),
  session: text("session", 256, "session", "session_id"),
  trace: text("trace", 256, "trace", "trace_id"),
  latency_ms: { target: { kind: "count", key: "latencyMs" }, columns: ["latency_ms"] },
  cost: {
    target: { kind: "cost" },
    columns: ["cost_usd", "cost", "reported_cost", "response_cost", "spend"],
  },
};

/** Without these a row is no usage event. */
export const REQUIRED_FIELDS = ["time", "provider", "model"] as const;
