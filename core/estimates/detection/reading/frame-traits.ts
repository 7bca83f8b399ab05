import { pattern } from "../pattern.ts";
import { hasWord, remembered, snakeCase } from "../words.ts";
import type { Frame } from "./entry.ts";

/** What the names that stand together say of each other; computed once for each frame. */
export interface FrameTraits {
  /** Prices stand here: a table names models without calling them. */
  readonly priced: boolean;
  /** Names that a call of a model has, in snake case; a few are enough. */
  readonly llm: readonly string[];
  /** How many names describe what a model can do. */
  readonly capabilities: number;
}

const PRICE_WORDS = new Set([
  "price",
  "prices",
  "pricing",
  "cost",
  "costs",
  "rates",
  "usd",
  "tariff",
]);
const LLM = pattern`
    ^(?:model|model_name|model_id|llm|(?:default_)?llm_model|system_prompt\w*|(?:default|chat|llm
    |openai|gpt|claude|gemini|anthropic|ollama|completion)_model(?:_name|_id)?|messages|prompt
    |system|system_prompt|temperature|top_p|max_tokens|max_output_tokens|max_completion_tokens
    |max_new_tokens|reasoning_effort|instructions|tools|tool_choice|agent|agents|persona
    |retriever|vectorstore|vector_store|(?:\w+_)?embeddings?|query_vector|embedding_model|stream
    |stop_sequences|stop_when|response_format|response_model|frequency_penalty|model_list
    |litellm_params|(?:azure_)?(?:openai|anthropic|gemini|groq|mistral|cohere|deepseek|openrouter
    |ollama|llm)_(?:api_key|model\w*|max_\w*tokens|temperature|base_url|host|provider|endpoint
    |num_predict|num_ctx))$`;
const CAPABILITY = pattern`
    ^(?:context_(?:window|length)|supports_\w+|input_modalities|modalities|capabilities
    |knowledge_cutoff|release_date|display_name|reasoning|input_cost\w*|vision|tokenizer
    |open_weights|max_input_tokens|tool_calls|tool_use|json_mode|function_calling|label
    |description|owned_by)$`;

const known = new WeakMap<Frame, FrameTraits>();

/** A limit on cost is a setting, and no price. */
const LIMIT = /(?:^|_)(?:limit|budget|cap|max|maximum|alert|threshold|tracking|tracker)(?:_|$)/;
/** `highCost`, `very_low_cost_models`, `COST_EFFECTIVE`: a kind of model, and no price. */
const TIER = pattern`
  ^(?:very_)?(?:high|higher|low|lower|medium|mid)_costs?(?:_(?:models?|llms?|tiers?))?$
  |^costs?_(?:effective|efficient|optimi[sz]ed|saving|conscious|sensitive)(?:_(?:models?|llms?
  |tiers?|modes?))?$`;

export const isPriceName = remembered((snake) => {
  const priced = hasWord(snake, PRICE_WORDS) || /_per_(?:1k|1m|million|token)/.test(snake);
  return priced && !LIMIT.test(snake) && !TIER.test(snake);
});

/** What one name says; the same few come again and again. */
const traitsOfName = remembered((name) => {
  const snake = snakeCase(name);
  return {
    snake,
    priced: isPriceName(snake),
    llm: LLM.test(snake),
    capability: CAPABILITY.test(snake),
  };
});

/** To be asked when the frame's file has been read to its end. */
export function traitsOf(frame: Frame): FrameTraits {
  const found = known.get(frame);
  if (found !== undefined) return found;
  const llm: string[] = [];
  let priced = false;
  const table = frame.block !== true;
  let capabilities = 0;
  for (const name of frame.bound.keys()) {
    const said = traitsOfName(name);
    priced ||= table && said.priced;
    if (said.llm && llm.length < 4) llm.push(said.snake);
    if (said.capability && table) capabilities += 1;
  }
  const traits = { priced, llm, capabilities };
  known.set(frame, traits);
  return traits;
}

/** Does a marker of a cache stand beside it? */
export function isCached(frame: Frame): boolean {
  return [...frame.bound.keys()]
    .slice(0, 40)
    .some((name) => /^cache_(?:control|point)$/.test(snakeCase(name)));
}
