import type { ServiceTier, Tokens } from "#core/ledger/schema.ts";
import { isObject, type Json, type Wire } from "./wire.ts";

/** What an answer, or the part of it that came so far, says of its usage. */
export interface Seen {
  readonly tokens: Readonly<Tokens>;
  /** The model that answered. */
  readonly model: string | undefined;
  readonly tier: ServiceTier | undefined;
  readonly id: string | undefined;
}

export const NOTHING_SEEN: Seen = {
  tokens: {},
  model: undefined,
  tier: undefined,
  id: undefined,
};

/** More than the ledger books of one call is no count. */
const MOST_TOKENS = 9_000_000_000_000;

function count(value: unknown): number | undefined {
  const isCount = typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
  return isCount && value <= MOST_TOKENS ? value : undefined;
}

const PLAIN = /^[\x20-\x7e]{1,256}$/;

/** A name that the ledger can keep: one char that it cannot would keep a whole batch out. */
function text(value: unknown): string | undefined {
  return typeof value === "string" && PLAIN.test(value) ? value : undefined;
}

const TIERS: Readonly<Record<string, ServiceTier>> = {
  default: "standard",
  standard: "standard",
  flex: "flex",
  priority: "priority",
  scale: "provisioned",
  batch: "batch",
};

/** Only what is there, so that a later part completes an earlier one. */
function present(given: Readonly<Record<keyof Tokens, number | undefined>>): Tokens {
  const tokens: Tokens = {};
  if (given.input !== undefined) tokens.input = given.input;
  if (given.cacheRead !== undefined) tokens.cacheRead = given.cacheRead;
  if (given.cacheWrite5m !== undefined) tokens.cacheWrite5m = given.cacheWrite5m;
  if (given.cacheWrite1h !== undefined) tokens.cacheWrite1h = given.cacheWrite1h;
  if (given.output !== undefined) tokens.output = given.output;
  if (given.reasoning !== undefined) tokens.reasoning = given.reasoning;
  return tokens;
}

const NO_TOKENS = {
  input: undefined,
  cacheRead: undefined,
  cacheWrite5m: undefined,
  cacheWrite1h: undefined,
  output: undefined,
  reasoning: undefined,
};

function openaiTokens(usage: Json, wire: Wire): Tokens {
  const [input, output] =
    wire === "openai_responses"
      ? [usage.input_tokens, usage.output_tokens]
      : [usage.prompt_tokens, usage.completion_tokens];
  const inputDetails = usage.prompt_tokens_details ?? usage.input_tokens_details;
  const outputDetails = usage.completion_tokens_details ?? usage.output_tokens_details;
  return present({
    ...NO_TOKENS,
    input: count(input),
    output: count(output),
    cacheRead: isObject(inputDetails) ? count(inputDetails.cached_tokens) : undefined,
    reasoning: isObject(outputDetails) ? count(outputDetails.reasoning_tokens) : undefined,
  });
}

/** Its input count leaves cached tokens out; ours is of all input. */
function anthropicTokens(usage: Json): Tokens {
  const fresh = count(usage.input_tokens);
  const cacheRead = count(usage.cache_read_input_tokens);
  const written = count(usage.cache_creation_input_tokens);
  const detail = isObject(usage.cache_creation) ? usage.cache_creation : {};
  const hour = count(detail.ephemeral_1h_input_tokens);
  const short = written === undefined ? undefined : written - (hour ?? 0);
  const input = fresh === undefined ? undefined : fresh + (cacheRead ?? 0) + (written ?? 0);
  return present({
    ...NO_TOKENS,
    input,
    cacheRead,
    cacheWrite5m: short !== undefined && short >= 0 ? short : written,
    cacheWrite1h: hour,
    output: count(usage.output_tokens),
  });
}

/** Thoughts are charged as output, and what tools gave back as input. */
function geminiTokens(usage: Json): Tokens {
  const prompt = count(usage.promptTokenCount);
  const answered = count(usage.candidatesTokenCount);
  const thoughts = count(usage.thoughtsTokenCount);
  const said = answered === undefined && thoughts === undefined;
  return present({
    ...NO_TOKENS,
    input: prompt === undefined ? undefined : prompt + (count(usage.toolUsePromptTokenCount) ?? 0),
    cacheRead: count(usage.cachedContentTokenCount),
    output: said ? undefined : (answered ?? 0) + (thoughts ?? 0),
    reasoning: thoughts,
  });
}

function merged(seen: Seen, from: Json, model: unknown, tokens: Tokens): Seen {
  const tier = text(from.service_tier);
  return {
    tokens: { ...seen.tokens, ...tokens },
    model: text(model) ?? seen.model,
    tier: (tier === undefined ? undefined : TIERS[tier]) ?? seen.tier,
    id: text(from.id) ?? text(from.responseId) ?? seen.id,
  };
}

/**
 * Adds what an answer, or one event of a stream, says to what was seen before. Counts of a stream are
 * cumulative in every format: the last one stands.
 */
export function addUsage(wire: Wire, seen: Seen, value: unknown): Seen {
  if (!isObject(value)) return seen;
  switch (wire) {
    case "openai_chat":
    case "openai_embeddings":
      return merged(
        seen,
        value,
        value.model,
        usageOf(value, (u) => openaiTokens(u, wire)),
      );
    case "openai_responses": {
      const answer = isObject(value.response) ? value.response : value;
      return merged(
        seen,
        answer,
        answer.model,
        usageOf(answer, (u) => openaiTokens(u, wire)),
      );
    }
    case "anthropic_messages": {
      const answer = isObject(value.message) ? value.message : value;
      return merged(seen, answer, answer.model, usageOf(answer, anthropicTokens));
    }
    case "gemini_generate": {
      const usage = isObject(value.usageMetadata) ? geminiTokens(value.usageMetadata) : {};
      return merged(seen, value, value.modelVersion, usage);
    }
  }
}

function usageOf(answer: Json, tokensOf: (usage: Json) => Tokens): Tokens {
  return isObject(answer.usage) ? tokensOf(answer.usage) : {};
}

/** Enough to be priced: an embedding has no output. */
export function isComplete(wire: Wire, { tokens }: Seen): boolean {
  if (tokens.input === undefined) return false;
  return wire === "openai_embeddings" || tokens.output !== undefined;
}
