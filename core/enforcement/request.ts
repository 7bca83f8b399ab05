import type { ServiceTier } from "#core/ledger/schema.ts";
import { readAnthropic } from "./request-anthropic.ts";
import { readGemini } from "./request-gemini.ts";
import { readChat, readEmbeddings, readResponses } from "./request-openai.ts";
import { type Json, listOf, type Wire } from "./wire.ts";

/** What of a request decides what it can cost. */
export interface RequestFacts {
  readonly wire: Wire;
  readonly model: string;
  readonly stream: boolean;
  /** Most output tokens of one choice, as asked; undefined where the request names none. */
  readonly outputLimit: number | undefined;
  /** A limit below this makes the request fail at the provider. */
  readonly leastOutput: number;
  /** How many answers are generated, each up to the limit. */
  readonly choices: number;
  /** Tiers in which it can be served and charged. */
  readonly tiers: readonly ServiceTier[];
  readonly region: string | undefined;
  /** Tokens that the bytes of the body do not bound: formatting of messages and tools, images. */
  readonly extraInputTokens: number;
  /** Output that is charged beside what the limit bounds. */
  readonly extraOutputTokens: number;
  /** Why the body does not say what it can cost, in words; empty = it does. */
  readonly unbounded: readonly string[];
}

export type ReadRequest =
  | { readonly state: "read"; readonly facts: RequestFacts }
  | { readonly state: "malformed"; readonly reason: string };

/** What the path says where the body does not. */
export interface PathFacts {
  readonly model?: string | undefined;
  readonly stream?: boolean | undefined;
}

/** Reads a body that was parsed; never throws for what is in it. */
export function readRequest(wire: Wire, body: Json, path: PathFacts = {}): ReadRequest {
  switch (wire) {
    case "openai_chat":
      return readChat(body);
    case "openai_responses":
      return readResponses(body);
    case "openai_embeddings":
      return readEmbeddings(body);
    case "anthropic_messages":
      return readAnthropic(body);
    case "gemini_generate":
      return readGemini(body, path);
  }
}

/**
 * The body with this output limit, in the field that it uses or, where it names none, in `field`.
 * Gemini's two spellings become one, so that the provider cannot read another limit than ours.
 */
export function withOutputLimit(wire: Wire, body: Json, limit: number, field: string): Json {
  if (wire === "openai_embeddings") return body;
  if (wire === "gemini_generate") {
    const { generation_config: snake, generationConfig: camel, ...rest } = body;
    const { max_output_tokens: _snake, ...config } = { ...objectOf(snake), ...objectOf(camel) };
    return { ...rest, generationConfig: { ...config, maxOutputTokens: limit } };
  }
  const fields = LIMIT_FIELDS[wire].filter((name) => typeof body[name] === "number");
  const named =
    fields.length > 0 ? fields : [wire === "openai_chat" ? field : LIMIT_FIELDS[wire][0]];
  return { ...body, ...Object.fromEntries(named.map((name) => [name, limit])) };
}

const LIMIT_FIELDS = {
  openai_chat: ["max_completion_tokens", "max_tokens"],
  openai_responses: ["max_output_tokens"],
  anthropic_messages: ["max_tokens"],
} as const;

function objectOf(value: unknown): Json {
  return typeof value === "object" && value !== null && !listOf(value).length ? { ...value } : {};
}
