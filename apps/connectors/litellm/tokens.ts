import type { Tokens } from "#core/ledger/schema.ts";
import type { LiteLlmPayload, LiteLlmUsage } from "./payload.ts";

interface Counted {
  /** Cache included. */
  input: number | undefined;
  cacheRead: number;
  cacheWrite: number;
  cacheWrite1h: number;
  /** Reasoning included. */
  output: number | undefined;
  reasoning: number;
}

type Count = number | null | undefined;

function largest(...counts: Count[]): number {
  return Math.max(0, ...counts.map((count) => count ?? 0));
}

function known(count: Count): number | undefined {
  return count ?? undefined;
}

/**
 * LiteLLM's own form. `prompt_tokens` includes the cache; releases of 2025 left the writes to
 * Anthropic's cache out of it, and a figure that is smaller than its own parts gives them away.
 */
function ownForm(usage: LiteLlmUsage, payload: LiteLlmPayload): Counted {
  const details = usage.prompt_tokens_details;
  const cacheRead = largest(details?.cached_tokens, usage.cache_read_input_tokens);
  const cacheWrite = largest(
    details?.cache_creation_tokens,
    details?.cache_write_tokens,
    usage.cache_creation_input_tokens,
  );
  const prompt = known(usage.prompt_tokens ?? payload.prompt_tokens);
  const completion = known(usage.completion_tokens ?? payload.completion_tokens);
  const reasoning = largest(usage.completion_tokens_details?.reasoning_tokens);
  return {
    input: prompt === undefined ? undefined : withCache(prompt, cacheRead, cacheWrite),
    cacheRead,
    cacheWrite,
    cacheWrite1h: largest(
      details?.cache_creation_token_details?.ephemeral_1h_input_tokens,
      usage.cache_creation?.ephemeral_1h_input_tokens,
    ),
    // Gemini's thoughts were outside of completion_tokens for a while.
    output:
      completion === undefined || reasoning <= completion ? completion : completion + reasoning,
    reasoning,
  };
}

function withCache(prompt: number, cacheRead: number, cacheWrite: number): number {
  if (prompt >= cacheRead + cacheWrite) return prompt;
  return prompt >= cacheRead ? prompt + cacheWrite : prompt + cacheRead + cacheWrite;
}

/** Anthropic's own form: `input_tokens` is what neither came from nor went into the cache. */
function anthropicForm(usage: LiteLlmUsage): Counted {
  const cacheRead = largest(usage.cache_read_input_tokens);
  const cacheWrite = largest(usage.cache_creation_input_tokens);
  const uncached = known(usage.input_tokens);
  return {
    input: uncached === undefined ? undefined : uncached + cacheRead + cacheWrite,
    cacheRead,
    cacheWrite,
    cacheWrite1h: largest(usage.cache_creation?.ephemeral_1h_input_tokens),
    output: known(usage.output_tokens),
    reasoning: largest(usage.output_tokens_details?.thinking_tokens),
  };
}

/** OpenAI's responses: the cache is part of `input_tokens`. */
function responsesForm(usage: LiteLlmUsage): Counted {
  return {
    input: known(usage.input_tokens),
    cacheRead: largest(usage.input_tokens_details?.cached_tokens),
    cacheWrite: largest(usage.input_tokens_details?.cache_write_tokens),
    cacheWrite1h: 0,
    output: known(usage.output_tokens),
    reasoning: largest(usage.output_tokens_details?.reasoning_tokens),
  };
}

/** Gemini: the cache is part of the prompt, thoughts are beside the candidates. */
function geminiForm(usage: LiteLlmUsage): Counted {
  const thoughts = largest(usage.thoughtsTokenCount);
  return {
    input: largest(usage.promptTokenCount) + largest(usage.toolUsePromptTokenCount),
    cacheRead: largest(usage.cachedContentTokenCount),
    cacheWrite: 0,
    cacheWrite1h: 0,
    output: largest(usage.candidatesTokenCount) + thoughts,
    reasoning: thoughts,
  };
}

function counted(usage: LiteLlmUsage, payload: LiteLlmPayload): Counted {
  const isOwn = usage.prompt_tokens != null || usage.completion_tokens != null;
  if (!isOwn && usage.promptTokenCount != null) return geminiForm(usage);
  if (!isOwn && usage.input_tokens != null) {
    const isAnthropic =
      usage.cache_read_input_tokens != null || usage.cache_creation_input_tokens != null;
    return isAnthropic ? anthropicForm(usage) : responsesForm(usage);
  }
  return ownForm(usage, payload);
}

/**
 * The token classes of a payload as the ledger counts them, whatever the provider's convention was:
 * input with the cache, output with reasoning. A call that succeeded with neither input nor output
 * is one whose usage LiteLLM did not see (its PR 37924): unknown, not free.
 */
export function tokensOf(payload: LiteLlmPayload): Tokens {
  const usage = payload.metadata?.usage_object ?? payload.hidden_params?.usage_object;
  const { input, cacheRead, cacheWrite, cacheWrite1h, output, reasoning } = counted(
    usage ?? NO_USAGE,
    payload,
  );
  if (!input && !output) return {};
  const long = Math.min(cacheWrite1h, cacheWrite);
  return {
    ...(input === undefined ? {} : { input }),
    ...(output === undefined ? {} : { output }),
    ...(cacheRead === 0 ? {} : { cacheRead }),
    ...(cacheWrite === long ? {} : { cacheWrite5m: cacheWrite - long }),
    ...(long === 0 ? {} : { cacheWrite1h: long }),
    ...(reasoning === 0 ? {} : { reasoning }),
  };
}

const NO_USAGE: LiteLlmUsage = {};
