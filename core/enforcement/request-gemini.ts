import type { ServiceTier } from "#core/ledger/schema.ts";
import type { PathFacts, ReadRequest } from "./request.ts";
import {
  addMessages,
  addTools,
  type Findings,
  limitOf,
  newFindings,
  objectsOf,
  refuseUnknown,
  textOf,
} from "./request-reading.ts";
import { isAsked, isObject, type Json, listOf } from "./wire.ts";

const FIELDS = new Set([
  "model",
  "contents",
  "system_instruction",
  "generation_config",
  "tools",
  "tool_config",
  "safety_settings",
  "service_tier",
  "labels",
]);

const CONFIG = new Set([
  "max_output_tokens",
  "candidate_count",
  "temperature",
  "top_p",
  "top_k",
  "seed",
  "stop_sequences",
  "presence_penalty",
  "frequency_penalty",
  "response_mime_type",
  "response_schema",
  "response_json_schema",
  "response_modalities",
  "response_logprobs",
  "logprobs",
  "thinking_config",
  "media_resolution",
]);

// 3072 x 3072 pixels are 16 tiles of 258 tokens: https://ai.google.dev/gemini-api/docs/tokens
const IMAGE_TOKENS = 5_000;

const TIERS: Readonly<Record<string, ServiceTier>> = {
  standard: "standard",
  flex: "flex",
  priority: "priority",
};

/** Field names as one spelling: the API takes both, and a body may name one thing twice. */
function snake(body: Json): Json | string {
  const found: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    const one = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    if (Object.hasOwn(found, one)) return `'${name}' is given twice`;
    found[one] = value;
  }
  return found;
}

function addContent(findings: Findings, content: Json): void {
  for (const part of objectsOf(content.parts)) {
    addMessages(findings, 1);
    const known = snake(part);
    if (typeof known === "string") findings.unbounded.add(`a part where ${known}`);
    else addPart(findings, known);
  }
}

function addPart(findings: Findings, part: Json): void {
  if (isAsked(part.file_data)) findings.unbounded.add("a stored or remote file");
  if (isAsked(part.inline_data)) {
    const data = isObject(part.inline_data) ? snake(part.inline_data) : {};
    const mime = typeof data === "string" ? undefined : textOf(data.mime_type);
    if (mime?.toLowerCase().startsWith("image/")) findings.extraInputTokens += IMAGE_TOKENS;
    else findings.unbounded.add(`inline data of type '${mime}'`);
  }
  if (isAsked(part.video_metadata)) findings.unbounded.add("video");
  if (isAsked(part.executable_code)) findings.unbounded.add("code that the provider runs");
}

function addToolList(findings: Findings, tools: unknown): void {
  for (const tool of objectsOf(tools)) {
    const known = snake(tool);
    for (const [name, value] of typeof known === "string" ? [] : Object.entries(known)) {
      if (name === "function_declarations") addTools(findings, listOf(value).length);
      else if (isAsked(value)) {
        findings.unbounded.add(`the tool '${name}', which the provider runs`);
      }
    }
    if (typeof known === "string") findings.unbounded.add(`a tool where ${known}`);
  }
}

function malformed(reason: string): ReadRequest {
  return { state: "malformed", reason };
}

export function readGemini(given: Json, path: PathFacts): ReadRequest {
  const findings = newFindings();
  const body = snake(given);
  if (typeof body === "string") return malformed(body);
  refuseUnknown(findings, body, FIELDS);
  const { model } = path;
  if (model === undefined) return malformed("the path names no model");
  const contents = isObject(body.contents) ? [body.contents] : objectsOf(body.contents);
  if (contents.length === 0) return malformed("'contents' is not a list");
  addMessages(findings, contents.length);
  for (const content of contents) addContent(findings, content);
  if (isObject(body.system_instruction)) addContent(findings, body.system_instruction);
  addToolList(findings, body.tools);
  const config = isObject(body.generation_config) ? snake(body.generation_config) : {};
  if (typeof config === "string") return malformed(config);
  refuseUnknown(findings, config, CONFIG);
  const modalities = listOf(config.response_modalities);
  if (modalities.some((one) => String(one).toUpperCase() !== "TEXT")) {
    findings.unbounded.add("an answer that is not text");
  }
  const limit = limitOf(config, "max_output_tokens");
  const candidates = limitOf(config, "candidate_count");
  if (typeof limit === "string") return malformed(limit);
  if (typeof candidates === "string") return malformed(candidates);
  const asked = textOf(body.service_tier)?.toLowerCase() ?? "standard";
  const tier = TIERS[asked];
  if (tier === undefined) return malformed(`'serviceTier' is '${asked}', which has no price here`);
  return {
    state: "read",
    facts: {
      wire: "gemini_generate",
      model,
      stream: path.stream === true,
      // It bounds thinking and answer together (googleapis/python-genai #2062).
      outputLimit: limit,
      leastOutput: 1,
      choices: candidates ?? 1,
      tiers: [tier],
      region: undefined,
      extraInputTokens: findings.extraInputTokens,
      extraOutputTokens: 0,
      unbounded: [...findings.unbounded],
    },
  };
}
