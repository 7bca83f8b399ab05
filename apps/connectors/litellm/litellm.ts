import { hash } from "node:crypto";
import { type EntryStatus, type ServiceTier, type Tags, UsageEvent } from "#core/ledger/schema.ts";
import { decimalOf } from "#core/money.ts";
import { describeIssue } from "../describe-issue.ts";
import type { EndUserId } from "../end-user.ts";
import { deliveryIds } from "../event-identity.ts";
import { epochMs, isoOfMs, latencyMs } from "../instant.ts";
import { type ParsedEvent, refused } from "../parsed-event.ts";
import { plainText } from "../plain-text.ts";
import { shownValue } from "../shown-value.ts";
import { tagsOfLabels, tagsOfRecord } from "../tag-names.ts";
import { LiteLlmPayload } from "./payload.ts";
import { tokensOf } from "./tokens.ts";

const Unidentified = UsageEvent.omit({ externalId: true });
export const LITELLM_SOURCE = "litellm";
const UNKNOWN = "unknown";

/** LiteLLM's call types as OpenTelemetry names operations; others keep their own name. */
const OPERATIONS: Readonly<Record<string, string>> = {
  completion: "chat",
  responses: "chat",
  anthropic_messages: "chat",
  generate_content: "generate_content",
  generate_content_stream: "generate_content",
  text_completion: "text_completion",
  embedding: "embeddings",
};

/**
 * Calls that read or manage something stored and run no model. LiteLLM prices the retrieval of a
 * response like the response itself, each time and under another id (its issue 17814).
 */
const NO_CHARGE = new RegExp(
  "^a?(?:(?:get|list|delete|cancel)_|(?:file|vector_store|container|skill)_|call_mcp_tool$" +
    "|create_(?:batch|file|thread|assistants|fine_tuning_job|container|skill)$)",
);

/** The cost of a finished batch is logged with its retrieval. */
const BATCH = /^a?retrieve_batch$/;

const TIERS: Readonly<Record<string, ServiceTier>> = {
  batch: "batch",
  flex: "flex",
  priority: "priority",
  scale: "provisioned",
};

function timeMs(value: string | number | null | undefined): number | undefined {
  if (typeof value === "number") return epochMs(value, 0);
  if (typeof value !== "string") return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return epochMs(value, 0);
  // A time without an offset could be the time of any zone.
  const ms = /(Z|[+-]\d\d:?\d\d)$/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) || ms <= 0 ? undefined : ms;
}

function statusOf(payload: LiteLlmPayload): EntryStatus {
  if (payload.status !== "failure") return "ok";
  const error = payload.error_information;
  const gone = String(error?.error_code) === "499";
  return gone || /Cancel|Disconnect/.test(String(error?.error_class)) ? "aborted" : "error";
}

/**
 * The key's team is LiteLLM's own word and beats a tag that the caller sends: nobody bills another
 * team by a header. Everything else that the caller says narrows it.
 */
function tagsOf(payload: LiteLlmPayload): Tags {
  const metadata = payload.metadata;
  const team = plainText(metadata?.user_api_key_team_alias, 256);
  const project = plainText(metadata?.user_api_key_project_alias, 256);
  const user = plainText(metadata?.user_api_key_user_id, 256);
  const person =
    plainText(metadata?.user_api_key_user_email, 256) ??
    (user === "default_user_id" ? undefined : user);
  return {
    ...(person === undefined ? {} : { person }),
    ...tagsOfRecord(metadata?.spend_logs_metadata),
    ...tagsOfRecord(metadata?.requester_metadata),
    ...tagsOfLabels(payload.request_tags ?? []),
    ...(project === undefined ? {} : { project }),
    ...(team === undefined ? {} : { team }),
  };
}

/** sha256 hex of the virtual key. A key that came in the clear is hashed here, as LiteLLM does. */
function keyOf(payload: LiteLlmPayload): string | undefined {
  const key = plainText(payload.metadata?.user_api_key_hash, 256);
  return key?.startsWith("sk-") ? hash("sha256", key, "hex") : key;
}

/**
 * `id` alone is no identity: providers reuse ids, send none ("None"), and a caller can fix the
 * call's id by a header (LiteLLM's issues 28376, 39749, 35563). With the second of its start it is
 * one, and the same in the spend log, whose times are rounded; attempts that failed share the id of
 * their call, so that theirs is the millisecond. A batch is one charge, however often it is read.
 */
function externalIdOf(payload: LiteLlmPayload, startMs: number, failed: boolean) {
  const ids = [payload.id, payload.call_id, payload.litellm_call_id];
  const id = ids.map((value) => plainText(value, 200)).find((text) => text && text !== "None");
  if (id === undefined || BATCH.test(String(payload.call_type))) return id;
  return failed ? `${id}@${startMs}` : `${id}@${Math.floor(startMs / 1000)}`;
}

/** A batch is charged on the day it was made, so that each retrieval names the same day. */
function startOf(payload: LiteLlmPayload): number | undefined {
  const made = BATCH.test(String(payload.call_type)) ? payload.response?.created_at : undefined;
  return timeMs(made ?? payload.startTime);
}

function describe(payload: LiteLlmPayload, startMs: number, endUserId: EndUserId) {
  const callType = plainText(payload.call_type, 64)?.replace(/^a(?=[a-z])(?!nthropic)/, "");
  const status = statusOf(payload);
  const cached = payload.cache_hit === true || payload.cache_hit === "True";
  // Answered from LiteLLM's own cache, or refused: no provider billed it, so that 0 is a fact.
  const free = cached || status === "error";
  const seen = cached ? {} : tokensOf(payload);
  const tokens = free ? { input: 0, output: 0, ...seen } : seen;
  const usage = payload.metadata?.usage_object ?? payload.hidden_params?.usage_object;
  const tier = BATCH.test(String(payload.call_type)) ? "batch" : String(usage?.service_tier);
  const endUser = plainText(payload.end_user ?? payload.metadata?.user_api_key_end_user_id, 256);
  const optional = {
    operation: callType === undefined ? undefined : (OPERATIONS[callType] ?? callType),
    serviceTier: TIERS[tier],
    key: keyOf(payload),
    nativeProject: plainText(payload.metadata?.user_api_key_team_id, 256),
    promptRevision: plainText(payload.metadata?.prompt_management_metadata?.prompt_id, 128),
    session: plainText(payload.session_id, 256),
    trace: plainText(payload.trace_id, 256),
    endUser: endUser === undefined ? undefined : endUserId(endUser),
    latencyMs: latencyMs(startMs, timeMs(payload.endTime)),
    reportedCost: payload.response_cost ?? undefined,
  };
  return {
    source: LITELLM_SOURCE,
    occurredAt: isoOfMs(startMs),
    provider: plainText(payload.custom_llm_provider, 256) ?? UNKNOWN,
    model: plainText(payload.model, 256) ?? UNKNOWN,
    status,
    tokens,
    tags: tagsOf(payload),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  };
}

/** Reads the payloads of one delivery of LiteLLM's generic_api callback. */
export function parseLiteLlm(items: readonly unknown[], endUserId: EndUserId): ParsedEvent[] {
  const idOf = deliveryIds();
  return items.map((item) => {
    const parsed = LiteLlmPayload.safeParse(item);
    if (!parsed.success) {
      const { field, reason } = describeIssue(parsed.error, item);
      return refused(field, reason);
    }
    const payload = parsed.data;
    if (NO_CHARGE.test(String(payload.call_type))) return { state: "ignored" };
    const startMs = startOf(payload);
    if (startMs === undefined) {
      const shown = shownValue(payload.startTime ?? undefined);
      return refused("startTime", `startTime is ${shown}: it must be seconds since 1970`);
    }
    const cost = payload.response_cost;
    if (cost !== null && cost !== undefined && decimalOf(cost) === undefined) {
      return refused("response_cost", `response_cost is ${shownValue(cost)}: it must be dollars`);
    }
    const draft = Unidentified.safeParse(describe(payload, startMs, endUserId));
    if (!draft.success) {
      const { field, reason } = describeIssue(draft.error, undefined);
      return refused(field, reason);
    }
    const event = draft.data;
    const externalId = externalIdOf(payload, startMs, event.status !== "ok") ?? idOf(event);
    return { state: "event", event: { ...event, externalId } };
  });
}
