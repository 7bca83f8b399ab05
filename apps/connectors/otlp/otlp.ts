import {
  Composition,
  type ServiceTier,
  type Tags,
  type Tokens,
  UsageEvent,
} from "#core/ledger/schema.ts";
import { describeIssue } from "../describe-issue.ts";
import type { EndUserId } from "../end-user.ts";
import { epochMs, isoOfMs, latencyMs } from "../instant.ts";
import { type ParsedEvent, refused } from "../parsed-event.ts";
import { plainText } from "../plain-text.ts";
import { shownValue } from "../shown-value.ts";
import { tagsOfRecord } from "../tag-names.ts";
import { type Attributes, firstOf, type Span } from "./attributes.ts";
import { outerSpans } from "./outer-spans.ts";

export const OTLP_SOURCE = "otlp";
const UNKNOWN = "unknown";

const MODEL_CALLS = new Set(["chat", "generate_content", "text_completion", "embeddings"]);

/** Spans around model calls; what usage they carry is the sum of the calls within them. */
const NO_MODEL_CALLS = new Set([
  "invoke_agent",
  "create_agent",
  "invoke_workflow",
  "execute_tool",
  "plan",
  "retrieval",
]);
const STEPS = new Set(["workflow", "task", "agent", "tool"]);

/** OpenLLMetry's request types as OpenTelemetry names operations. */
const REQUEST_TYPES: Readonly<Record<string, string>> = {
  chat: "chat",
  completion: "text_completion",
  embedding: "embeddings",
};

const TIERS: Readonly<Record<string, ServiceTier>> = {
  batch: "batch",
  flex: "flex",
  priority: "priority",
  scale: "provisioned",
};

const INPUT = ["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"];
const OUTPUT = ["gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"];
const CACHE_READ = ["gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens"];
const CACHE_WRITE = [
  "gen_ai.usage.cache_creation.input_tokens",
  "gen_ai.usage.cache_creation_input_tokens",
];
const REASONING = ["gen_ai.usage.reasoning.output_tokens", "llm.usage.reasoning_tokens"];

function operationOf(attributes: Attributes): string | undefined {
  const named = plainText(firstOf(attributes, "gen_ai.operation.name"), 64);
  if (named !== undefined) return named;
  const type = plainText(firstOf(attributes, "llm.request.type"), 64);
  return type === undefined ? undefined : (REQUEST_TYPES[type] ?? type);
}

export function isModelCall({ attributes }: Span): boolean {
  if (STEPS.has(String(attributes.get("traceloop.span.kind")))) return false;
  const operation = operationOf(attributes);
  if (operation !== undefined && NO_MODEL_CALLS.has(operation)) return false;
  if (operation !== undefined && MODEL_CALLS.has(operation)) return true;
  return firstOf(attributes, ...INPUT, ...OUTPUT) !== undefined;
}

/** A count as sent; what is no number is left as it is, for the schema to refuse by name. */
function countOf(attributes: Attributes, names: readonly string[]): unknown {
  const value = firstOf(attributes, ...names);
  return typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
}

function positive(count: unknown): number {
  return typeof count === "number" && count > 0 ? count : 0;
}

/**
 * The conventions count the cache as part of the input. An input smaller than its cache shows an
 * instrumentation that passes Anthropic's own figures on; where the cache happens to be the smaller
 * one nothing shows it, so that the resource attribute `aispend.input_excludes_cache` can say so.
 */
function tokensOf({ attributes, resource }: Span): Record<keyof Tokens, unknown> {
  const input = countOf(attributes, INPUT);
  const cacheRead = countOf(attributes, CACHE_READ);
  const cacheWrite = countOf(attributes, CACHE_WRITE);
  const cache = positive(cacheRead) + positive(cacheWrite);
  const excluded = String(resource.get("aispend.input_excludes_cache")) === "true";
  const isShort = typeof input === "number" && input < cache;
  return {
    input: typeof input === "number" && (excluded || isShort) ? input + cache : input,
    cacheRead,
    cacheWrite5m: cacheWrite,
    cacheWrite1h: undefined,
    output: countOf(attributes, OUTPUT),
    reasoning: countOf(attributes, REASONING),
  };
}

/** Where the input came from, for who measures it: aispend.composition.system and so on. */
function compositionOf({ attributes }: Span): Record<string, unknown> | undefined {
  const parts = Object.keys(Composition.shape);
  const found = parts.map((part) => [part, countOf(attributes, [`aispend.composition.${part}`])]);
  const known = found.filter(([, count]) => count !== undefined);
  return known.length === 0 ? undefined : Object.fromEntries(known);
}

const ASSOCIATION = "traceloop.association.properties.";

function associations(attributes: Attributes): Record<string, unknown> {
  const found = [...attributes].filter(([name]) => name.startsWith(ASSOCIATION));
  return Object.fromEntries(found.map(([name, value]) => [name.slice(ASSOCIATION.length), value]));
}

function prefixed(attributes: Attributes): Record<string, unknown> {
  return Object.fromEntries([...attributes].filter(([name]) => name.startsWith("aispend.")));
}

/** The span says more than its process, and what is meant for aispend more than what is not. */
function tagsOf({ attributes, resource }: Span): Tags {
  const agent = firstOf(attributes, "gen_ai.agent.name") ?? firstOf(resource, "service.name");
  const workflow = firstOf(attributes, "gen_ai.workflow.name", "traceloop.workflow.name");
  const environment = firstOf(resource, "deployment.environment.name", "deployment.environment");
  return {
    ...tagsOfRecord({ agent, workflow, environment }),
    ...tagsOfRecord(prefixed(resource)),
    ...tagsOfRecord(associations(attributes)),
    ...tagsOfRecord(prefixed(attributes)),
  };
}

function endUserOf({ attributes }: Span): string | undefined {
  const value = firstOf(attributes, "enduser.id", "user.id", `${ASSOCIATION}user_id`);
  return plainText(value, 256);
}

const TIER_NAMES = ["gen_ai.response.service_tier", "gen_ai.request.service_tier"].concat(
  ["response", "request"].flatMap((side) => [
    `gen_ai.openai.${side}.service_tier`,
    `openai.${side}.service_tier`,
  ]),
);

function present(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

function eventOf(span: Span, startMs: number, endUserId: EndUserId): ParsedEvent {
  const { attributes } = span;
  const endUser = endUserOf(span);
  const failed = span.failed || firstOf(attributes, "error.type") !== undefined;
  const event = present({
    source: OTLP_SOURCE,
    externalId: `${span.traceId}/${span.spanId}`,
    occurredAt: isoOfMs(startMs),
    provider: plainText(firstOf(attributes, "gen_ai.provider.name", "gen_ai.system"), 256),
    model: plainText(firstOf(attributes, "gen_ai.response.model", "gen_ai.request.model"), 256),
    operation: operationOf(attributes),
    serviceTier: TIERS[String(firstOf(attributes, ...TIER_NAMES))],
    status: failed ? "error" : "ok",
    tokens: present(tokensOf(span)),
    composition: compositionOf(span),
    tags: tagsOf(span),
    promptRevision: plainText(attributes.get("aispend.prompt_revision"), 128),
    session: plainText(firstOf(attributes, "gen_ai.conversation.id", "session.id"), 256),
    trace: span.traceId,
    endUser: endUser === undefined ? undefined : endUserId(endUser),
    latencyMs: latencyMs(startMs, epochMs(span.endNano, 9)),
  });
  const named = { provider: UNKNOWN, model: UNKNOWN, ...event };
  const parsed = UsageEvent.safeParse(named);
  if (parsed.success) return { state: "event", event: parsed.data };
  const { field, reason } = describeIssue(parsed.error, named);
  return refused(field, reason);
}

/**
 * Reads the spans of one export: each model call is an event, identified by its trace and span.
 * Undefined stands for a span that could not be decoded.
 */
export function parseSpans(
  spans: readonly (Span | undefined)[],
  endUserId: EndUserId,
): ParsedEvent[] {
  const outer = outerSpans(spans.filter((span) => span !== undefined));
  return spans.map((span) => {
    if (span === undefined) return refused("span", "the span is not of OTLP's form");
    if (!isModelCall(span) || outer.has(span)) return { state: "ignored" };
    if (!/^[0-9a-f]{32}$/.test(span.traceId) || !/^[0-9a-f]{16}$/.test(span.spanId)) {
      return refused("spanId", "traceId and spanId must be 32 and 16 hexadecimal digits");
    }
    const startMs = epochMs(span.startNano, 9);
    if (startMs === undefined) {
      const shown = shownValue(span.startNano);
      return refused("startTimeUnixNano", `startTimeUnixNano is ${shown}: the span needs a time`);
    }
    return eventOf(span, startMs, endUserId);
  });
}
