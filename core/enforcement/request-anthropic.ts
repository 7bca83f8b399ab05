import type { ReadRequest } from "./request.ts";
import {
  addMessages,
  addTools,
  type Findings,
  limitOf,
  modelOf,
  newFindings,
  objectsOf,
  refuseUnknown,
  textOf,
} from "./request-reading.ts";
import { isAsked, isObject, type Json } from "./wire.ts";

const FIELDS = new Set([
  "model",
  "messages",
  "max_tokens",
  "system",
  "stream",
  "temperature",
  "top_k",
  "top_p",
  "stop_sequences",
  "tools",
  "tool_choice",
  "metadata",
  "thinking",
  "service_tier",
  "output_config",
  "output_format",
  "inference_geo",
  "cache_control",
  "speed",
]);

// https://platform.claude.com/docs/en/build-with-claude/vision: at most 4,784 tokens an image.
const IMAGE_TOKENS = 5_000;

/** Tools of Anthropic's that the caller runs; all other typed tools run at Anthropic. */
const CLIENT_TOOL = /^(?:custom|bash_|text_editor_|computer_|memory_)/;

/** Blocks that only say what was said. */
const TEXT_BLOCKS = new Set([
  undefined,
  "text",
  "tool_use",
  "thinking",
  "redacted_thinking",
  "search_result",
]);

function addBlocks(findings: Findings, blocks: unknown): void {
  for (const block of objectsOf(blocks)) {
    addMessages(findings, 1);
    const type = textOf(block.type);
    if (TEXT_BLOCKS.has(type)) continue;
    if (type === "tool_result") addBlocks(findings, block.content);
    else if (type === "image") addSource(findings, block.source, "image");
    else if (type === "document") addSource(findings, block.source, "document");
    else findings.unbounded.add(`content of type '${type}'`);
  }
}

function addSource(findings: Findings, source: unknown, what: "image" | "document"): void {
  const type = isObject(source) ? source.type : undefined;
  if (type === "text") return;
  if (type === "content" && isObject(source)) addBlocks(findings, source.content);
  else if (type === "base64" && what === "image") findings.extraInputTokens += IMAGE_TOKENS;
  else if (type === "base64") findings.unbounded.add("a document, which is read as pictures too");
  else findings.unbounded.add(`a remote or stored ${what}`);
}

function addToolList(findings: Findings, tools: unknown): void {
  const list = objectsOf(tools);
  addTools(findings, list.length);
  for (const { type } of list) {
    if (typeof type === "string" && !CLIENT_TOOL.test(type)) {
      findings.unbounded.add(`the tool '${type}', which the provider runs`);
    }
  }
}

const GEOGRAPHY = /^[a-z0-9_-]{1,64}$/i;

/** Thinking is part of the limit; a limit below it is an error at the provider. */
function leastOutput(thinking: unknown): number {
  const budget = isObject(thinking) ? thinking.budget_tokens : undefined;
  return typeof budget === "number" && Number.isSafeInteger(budget) ? budget + 1 : 1;
}

export function readAnthropic(body: Json): ReadRequest {
  const findings = newFindings();
  refuseUnknown(findings, body, FIELDS);
  const named = modelOf(body.model);
  if ("fault" in named) return { state: "malformed", reason: named.fault };
  const model = named.name;
  const messages = objectsOf(body.messages);
  if (messages.length === 0) {
    return { state: "malformed", reason: "'messages' is not a list of messages" };
  }
  addMessages(findings, messages.length);
  for (const { content } of messages) addBlocks(findings, content);
  addBlocks(findings, body.system);
  addToolList(findings, body.tools);
  if (isAsked(body.speed) && body.speed !== "standard") {
    findings.unbounded.add(`'speed' ${String(body.speed)}, which has no price here`);
  }
  const limit = limitOf(body, "max_tokens");
  if (typeof limit === "string") return { state: "malformed", reason: limit };
  if (limit === undefined) return { state: "malformed", reason: "'max_tokens' is missing" };
  const geography = textOf(body.inference_geo);
  if (geography !== undefined && !GEOGRAPHY.test(geography)) {
    return { state: "malformed", reason: "'inference_geo' is no place" };
  }
  return {
    state: "read",
    facts: {
      wire: "anthropic_messages",
      model,
      stream: body.stream === true,
      outputLimit: limit,
      leastOutput: leastOutput(body.thinking),
      choices: 1,
      // Its priority tier is capacity that was paid before: no dearer per token.
      tiers: ["standard"],
      region: geography === "global" ? undefined : geography,
      extraInputTokens: findings.extraInputTokens,
      extraOutputTokens: 0,
      unbounded: [...findings.unbounded],
    },
  };
}
