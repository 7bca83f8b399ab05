import { UsageEvent } from "#core/ledger/schema.ts";
import { describeIssue } from "../describe-issue.ts";
import { type ParsedEvent, refused } from "../parsed-event.ts";
import { plainText } from "../plain-text.ts";
import { given } from "../sources/buckets.ts";
import { tagsOfRecord } from "../tag-names.ts";
import { countOf, instantOf, type LogFormat, objectOf, providerOfModel } from "./log-format.ts";

type Row = Readonly<Record<string, unknown>>;

/** Langfuse's kinds of usage leave each other out: input is all of those that begin with it. */
function sumOf(usage: Row, prefix: string): number | undefined {
  const counts = Object.entries(usage).flatMap(([name, value]) => {
    const count = name.startsWith(prefix) ? countOf(value) : undefined;
    return count === undefined ? [] : [count];
  });
  return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0);
}

function tokensOf(row: Row) {
  const usage = objectOf(row.usageDetails ?? row.usage_details ?? row.usage);
  return given({
    input: sumOf(usage, "input") ?? countOf(row.promptTokens ?? row.inputTokens),
    cacheRead:
      countOf(
        usage.input_cached_tokens ?? usage.input_cache_read ?? usage.cache_read_input_tokens,
      ) || undefined,
    cacheWrite5m:
      countOf(usage.input_cache_creation ?? usage.cache_creation_input_tokens) || undefined,
    output: sumOf(usage, "output") ?? countOf(row.completionTokens ?? row.outputTokens),
    reasoning: countOf(usage.output_reasoning_tokens ?? usage.output_reasoning) || undefined,
  });
}

function costOf(row: Row): string | undefined {
  const cost =
    objectOf(row.costDetails ?? row.cost_details).total ?? row.totalCost ?? row.calculatedTotalCost;
  return typeof cost === "number" || (typeof cost === "string" && cost !== "")
    ? String(cost)
    : undefined;
}

/** One observation; only generations and embeddings are calls. Inputs and outputs are dropped. */
function parseRow(row: Row, endUserId: (text: string) => string): ParsedEvent {
  const type = String(row.type ?? "GENERATION").toUpperCase();
  if (type !== "GENERATION" && type !== "EMBEDDING") return { state: "ignored" };
  const occurredAt = instantOf(row.startTime ?? row.start_time);
  if (occurredAt === undefined) return refused("startTime", "startTime is no time");
  const model = plainText(row.model ?? row.providedModelName ?? row.provided_model_name, 256);
  if (model === undefined) return refused("model", "model is empty");
  const user = plainText(row.userId ?? row.user_id, 256);
  const metadata = objectOf(row.metadata);
  const draft = UsageEvent.safeParse({
    source: "langfuse",
    externalId: plainText(row.id, 256) ?? "",
    occurredAt,
    provider: plainText(metadata.ls_provider, 256) ?? providerOfModel(model),
    model,
    operation: type === "EMBEDDING" ? "embeddings" : "chat",
    status: row.level === "ERROR" ? "error" : "ok",
    tokens: tokensOf(row),
    tags: { ...tagsOfRecord(metadata), ...tagsOfRecord({ environment: row.environment }) },
    ...given({
      trace: plainText(row.traceId ?? row.trace_id, 256),
      session: plainText(row.sessionId ?? row.session_id, 256),
      promptRevision: plainText(row.promptName ?? row.prompt_name, 128),
      endUser: user === undefined ? undefined : endUserId(user),
      reportedCost: costOf(row),
    }),
  });
  if (draft.success) return { state: "event", event: draft.data };
  const { field, reason } = describeIssue(draft.error, undefined);
  return refused(field, reason);
}

export const langfuse: LogFormat = {
  name: "langfuse",
  said: "Langfuse observations, JSONL or CSV",
  columns: ["startTime", "start_time"],
  parse: (rows, endUserId) => rows.map((row) => parseRow(row, endUserId)),
};
