import type { ServiceTier } from "#core/ledger/schema.ts";
import type { ReadRequest, RequestFacts } from "./request.ts";
import {
  addImage,
  addMessages,
  addTools,
  type Findings,
  largest,
  limitOf,
  modelOf,
  newFindings,
  objectsOf,
  refuseUnknown,
  textOf,
} from "./request-reading.ts";
import { isAsked, isObject, type Json, listOf, type Wire } from "./wire.ts";

const SHARED = [
  "model",
  "stream",
  "stream_options",
  "temperature",
  "top_p",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "metadata",
  "store",
  "user",
  "service_tier",
  "top_logprobs",
  "safety_identifier",
  "prompt_cache_key",
  "prompt_cache_retention",
];

const CHAT = new Set([
  ...SHARED,
  "messages",
  "max_tokens",
  "max_completion_tokens",
  "n",
  "stop",
  "seed",
  "frequency_penalty",
  "presence_penalty",
  "logit_bias",
  "logprobs",
  "response_format",
  "functions",
  "function_call",
  "reasoning_effort",
  "verbosity",
  "modalities",
  "prediction",
  // Of providers that speak the same format.
  "top_k",
  "min_p",
  "top_a",
  "repetition_penalty",
  "chat_template_kwargs",
  "enable_thinking",
  "random_seed",
  "safe_prompt",
]);

const RESPONSES = new Set([
  ...SHARED,
  "input",
  "instructions",
  "max_output_tokens",
  "text",
  "reasoning",
  "include",
  "truncation",
  "max_tool_calls",
]);

const EMBEDDINGS = new Set([
  "model",
  "input",
  "encoding_format",
  "dimensions",
  "user",
  "input_type",
  "truncate",
]);

// The dearest image: gpt-4o-mini, high detail, 8 tiles: 2,833 + 8 x 5,667 tokens.
// https://developers.openai.com/api/docs/guides/images-vision#calculating-costs
const IMAGE_TOKENS = 50_000;

/** Models that call tools or take media by themselves. */
const UNBOUNDED_MODEL = /search|deep-research|computer-use|audio|realtime|transcribe|tts|image/;

const TIERS: Readonly<Record<string, readonly ServiceTier[]>> = {
  default: ["standard"],
  standard: ["standard"],
  flex: ["flex"],
  priority: ["priority"],
};

/** `auto` follows a setting of the provider's project, which may be priority. */
function tiersOf(body: Json): readonly ServiceTier[] | string {
  const asked = body.service_tier;
  if (!isAsked(asked) || asked === "auto") return ["standard", "priority"];
  const found = typeof asked === "string" ? TIERS[asked] : undefined;
  return found ?? `'service_tier' is '${String(asked)}', which has no price here`;
}

function addParts(findings: Findings, parts: unknown): void {
  for (const part of objectsOf(parts)) {
    addMessages(findings, 1);
    switch (part.type) {
      case "text":
      case "refusal":
      case "input_text":
      case "output_text":
      case "summary_text":
      case "reasoning_text":
        break;
      case "image_url": {
        const image = part.image_url;
        addImage(findings, isObject(image) ? image.url : image, IMAGE_TOKENS);
        break;
      }
      case "input_image":
        if (isAsked(part.file_id)) findings.unbounded.add("a stored file");
        else addImage(findings, part.image_url, IMAGE_TOKENS);
        break;
      case "file":
      case "input_file":
        findings.unbounded.add("a file");
        break;
      default:
        findings.unbounded.add(`content of type '${String(part.type)}'`);
    }
  }
}

function addToolList(findings: Findings, tools: unknown): void {
  const list = objectsOf(tools);
  addTools(findings, list.length);
  for (const { type } of list) {
    if (type !== undefined && type !== "function" && type !== "custom") {
      findings.unbounded.add(`the tool '${String(type)}', which the provider runs`);
    }
  }
}

function malformed(reason: string): ReadRequest {
  return { state: "malformed", reason };
}

function factsOf(
  wire: Wire,
  body: Json,
  findings: Findings,
  limits: Pick<RequestFacts, "outputLimit" | "choices" | "extraOutputTokens">,
): ReadRequest {
  const named = modelOf(body.model);
  if ("fault" in named) return malformed(named.fault);
  const model = named.name;
  if (UNBOUNDED_MODEL.test(model)) findings.unbounded.add(`the model '${model}'`);
  const tiers = wire === "openai_embeddings" ? (["standard"] as const) : tiersOf(body);
  if (typeof tiers === "string") return malformed(tiers);
  const { unbounded, extraInputTokens } = findings;
  return {
    state: "read",
    facts: {
      wire,
      model,
      stream: body.stream === true,
      leastOutput: 1,
      tiers,
      region: undefined,
      extraInputTokens,
      unbounded: [...unbounded],
      ...limits,
    },
  };
}

export function readChat(body: Json): ReadRequest {
  const findings = newFindings();
  refuseUnknown(findings, body, CHAT);
  const messages = objectsOf(body.messages);
  if (messages.length === 0) return malformed("'messages' is not a list of messages");
  addMessages(findings, messages.length);
  for (const { content, audio } of messages) {
    addParts(findings, content);
    if (isAsked(audio)) findings.unbounded.add("audio");
  }
  addToolList(findings, body.tools);
  addTools(findings, listOf(body.functions).length);
  if (listOf(body.modalities).some((one) => one !== "text")) findings.unbounded.add("audio");
  const newer = limitOf(body, "max_completion_tokens");
  const older = limitOf(body, "max_tokens");
  const choices = limitOf(body, "n");
  for (const fault of [newer, older, choices]) {
    if (typeof fault === "string") return malformed(fault);
  }
  return factsOf("openai_chat", body, findings, {
    outputLimit: largest(numberOf(newer), numberOf(older)),
    choices: numberOf(choices) ?? 1,
    // Predicted text that the model rejects is charged as output.
    extraOutputTokens: isAsked(body.prediction) ? bytesOf(body.prediction) : 0,
  });
}

const numberOf = (value: number | string | undefined): number | undefined =>
  typeof value === "number" ? value : undefined;

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** Items of the input that carry text or calls; anything else stands for something stored. */
const ITEMS = new Set([
  undefined,
  "message",
  "function_call",
  "function_call_output",
  "custom_tool_call",
  "custom_tool_call_output",
  "reasoning",
]);

const STORED: readonly (readonly [string, string])[] = [
  ["previous_response_id", "'previous_response_id': the earlier conversation is not in the body"],
  ["conversation", "'conversation': the earlier conversation is not in the body"],
  ["prompt", "'prompt': a stored prompt is not in the body"],
  ["background", "'background': it goes on without us"],
];

export function readResponses(body: Json): ReadRequest {
  const findings = newFindings();
  const { previous_response_id: _a, conversation: _b, prompt: _c, background: _d, ...rest } = body;
  refuseUnknown(findings, rest, RESPONSES);
  for (const [field, why] of STORED) if (isAsked(body[field])) findings.unbounded.add(why);
  if (typeof body.input !== "string" && !Array.isArray(body.input)) {
    return malformed("'input' is neither a text nor a list");
  }
  for (const item of objectsOf(body.input)) {
    addMessages(findings, 1);
    const type = textOf(item.type);
    if (!ITEMS.has(type)) findings.unbounded.add(`an input item of type '${type}'`);
    addParts(findings, item.content);
    addParts(findings, item.output);
  }
  addToolList(findings, body.tools);
  const limit = limitOf(body, "max_output_tokens");
  if (typeof limit === "string") return malformed(limit);
  return factsOf("openai_responses", body, findings, {
    outputLimit: limit,
    choices: 1,
    extraOutputTokens: 0,
  });
}

export function readEmbeddings(body: Json): ReadRequest {
  const findings = newFindings();
  refuseUnknown(findings, body, EMBEDDINGS);
  if (typeof body.input !== "string" && !Array.isArray(body.input)) {
    return malformed("'input' is neither a text nor a list");
  }
  addMessages(findings, listOf(body.input).length);
  return factsOf("openai_embeddings", body, findings, {
    outputLimit: undefined,
    choices: 0,
    extraOutputTokens: 0,
  });
}
