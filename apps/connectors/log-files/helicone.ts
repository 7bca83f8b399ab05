import { UsageEvent } from "#core/ledger/schema.ts";
import { describeIssue } from "../describe-issue.ts";
import { type ParsedEvent, refused } from "../parsed-event.ts";
import { plainText } from "../plain-text.ts";
import { given } from "../sources/buckets.ts";
import { tagsOfRecord } from "../tag-names.ts";
import { countOf, instantOf, type LogFormat, objectOf, providerOfModel } from "./log-format.ts";

type Row = Readonly<Record<string, unknown>>;

/** Helicone keeps Anthropic's convention for Anthropic: there input leaves the cache out. */
function tokensOf(row: Row, provider: string) {
  const read = countOf(row.prompt_cache_read_tokens) ?? 0;
  const written = countOf(row.prompt_cache_write_tokens) ?? 0;
  const prompt = countOf(row.prompt_tokens);
  const input = prompt === undefined || provider !== "anthropic" ? prompt : prompt + read + written;
  return given({
    input,
    cacheRead: read || undefined,
    cacheWrite5m: written || undefined,
    output: countOf(row.completion_tokens),
  });
}

/** Negative statuses are cancelled calls and time-outs. */
function statusOf(value: unknown): "ok" | "error" | "aborted" {
  const status = Number(value ?? 200);
  if (status < 0) return "aborted";
  return status >= 400 ? "error" : "ok";
}

function parseRow(row: Row, endUserId: (text: string) => string): ParsedEvent {
  const occurredAt = instantOf(row.request_created_at ?? row.created_at);
  if (occurredAt === undefined)
    return refused("request_created_at", "request_created_at is no time");
  const model = plainText(row.response_model ?? row.model ?? row.request_model, 256);
  if (model === undefined) return refused("model", "model is empty");
  const provider = plainText(row.provider, 256)?.toLowerCase() ?? providerOfModel(model);
  const user = plainText(row.user_id ?? row.request_user_id, 256);
  const cost = row.cost ?? row.cost_usd ?? row.costUSD;
  const draft = UsageEvent.safeParse({
    source: "helicone",
    externalId: plainText(row.request_id ?? row.id, 256) ?? "",
    occurredAt,
    provider,
    model,
    operation: "chat",
    status: statusOf(row.status ?? row.response_status),
    tokens: tokensOf(row, provider),
    tags: tagsOfRecord(objectOf(row.properties ?? row.request_properties)),
    ...given({
      endUser: user === undefined ? undefined : endUserId(user),
      latencyMs: countOf(row.delay_ms ?? row.latency),
      reportedCost: cost === undefined || cost === null || cost === "" ? undefined : String(cost),
    }),
  });
  if (draft.success) return { state: "event", event: draft.data };
  const { field, reason } = describeIssue(draft.error, undefined);
  return refused(field, reason);
}

export const helicone: LogFormat = {
  name: "helicone",
  said: "Helicone requests, JSONL or CSV",
  columns: ["request_created_at", "created_at"],
  parse: (rows, endUserId) => rows.map((row) => parseRow(row, endUserId)),
};
