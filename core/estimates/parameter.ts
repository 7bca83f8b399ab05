import { calleeOf, type Entry, keyOf } from "./entry.ts";
import { traitsOf } from "./frame-traits.ts";
import { inPriceTable } from "./model-id.ts";
import { pattern } from "./pattern.ts";
import { lastName, snakeCase } from "./words.ts";

/** What a parameter does to cost, whatever a library calls it. */
export type ParameterRole =
  | "output limit"
  | "reasoning effort"
  | "thinking budget"
  | "step limit"
  | "retries"
  | "fan-out"
  | "completions"
  | "batch size"
  | "service tier"
  | "cache"
  | "context size"
  | "retrieval size"
  | "chunk size"
  | "chunk overlap"
  | "history length";

interface Rule {
  readonly role: ParameterRole;
  /** Against the name in snake case. */
  readonly pattern: RegExp;
  /** The name alone says that a model is meant; others need a call of one around them. */
  readonly telling: boolean;
  readonly values: "number" | "word" | "any";
}

const rule = (
  role: ParameterRole,
  pattern: RegExp,
  telling = true,
  values: Rule["values"] = "number",
): Rule => ({ role, pattern, telling, values });

/** In this order: the first that fits decides. */
const RULES: readonly Rule[] = [
  rule(
    "thinking budget",
    pattern`
      (?:^|_)(?:thinking|reasoning)_(?:token_?)?(?:budget|tokens|max_tokens)(?:_tokens)?$
      |^budget_tokens$|max_(?:thinking|reasoning)_tokens`,
  ),
  rule(
    "context size",
    pattern`
      (?:^|_)(?:max_(?:input|context|prompt|total_context|history)_tokens?|num_ctx|n_ctx
      |context_(?:window|length|size|limit|tokens|budget)(?:_tokens)?|max_context(?:_(?:length
      |size|window|chars))?|max_model_len|max_seq(?:uence)?_len(?:gth)?|ctx_size|token_limit
      |input_token_limit|truncation_length|max_(?:input|context|prompt)_(?:chars|length))$`,
  ),
  rule(
    "output limit",
    pattern`
      (?:^|_)max_?(?:output_|completion_|new_|gen(?:eration)?_|response_|answer_
      |generated_)*(?:tokens?|token_count|tokens_to_sample)$|(?:^|_)num_predict$|(?:^|_)(?:output
      |completion|response)_(?:token_limit|tokens?_max|max_tokens)$|(?:^|_)max_(?:output|response
      |answer|completion)_(?:length|len)$|^max_tokens_`,
  ),
  rule(
    "reasoning effort",
    /(?:^|_)(?:reasoning|thinking)_(?:effort|level)$|model_reasoning_effort|^verbosity$/,
    true,
    "word",
  ),
  rule(
    "reasoning effort",
    pattern`
      ^(?:default_|model_|agent_|llm_|claude_|codex_|output_)?effort$|^thinking$|enable_thinking
      |include_reasoning|^think$`,
    false,
    "any",
  ),
  rule(
    "step limit",
    pattern`
      (?:^|_)max_(?:agent_|tool_|llm_|react_|agentic_|conversation_)*(?:steps?|turns?|iterations?
      |iters?|rounds?|loops?|tool_calls|tool_roundtrips|tool_use|llm_calls|consecutive_auto_reply
      |function_calls|hops|reflections?|replans?|rpm)$|^recursion_limit$|^step_count_is$
      |^max_iter$|(?:^|_)(?:step|turn|iteration|tool_call)_(?:limit|cap|budget)$`,
    false,
  ),
  rule(
    "retries",
    pattern`
      (?:^|_)(?:max_)?(?:num_)?(?:retries|retry|retry_(?:count|limit|attempts)|attempts|max_retry
      |max_attempts|stop_after_attempt)$`,
    false,
  ),
  rule(
    "completions",
    pattern`
      ^(?:n|num_completions|best_of|candidate_count|num_generations|num_return_sequences
      |n_(?:samples|completions|responses|candidates)|num_(?:samples|candidates|responses)|samples
      |votes|self_consistency(?:_\w+)?)$`,
    false,
  ),
  rule(
    "fan-out",
    pattern`
      (?:^|_)(?:max_)?(?:concurrency|parallel(?:ism|_calls|_requests|_agents|_tool_calls)?
      |concurrent(?:_\w+)?|fan_?out|num_(?:agents|workers|queries|subagents|variants|threads)
      |n_(?:agents|workers|queries)|max_(?:workers|agents|subagents|parallel)|query_count
      |num_questions)$`,
    false,
  ),
  rule("batch size", /(?:^|_)batch_?(?:size|limit)$|^use_batch(?:_api)?$|^batch$/, false, "any"),
  rule("service tier", /(?:^|_)service_tier$/, true, "word"),
  rule(
    "cache",
    pattern`
      (?:^|_)(?:cache_control|cache_point|prompt_cach(?:e|ing)(?:_\w+)?
      |enable_(?:prompt_)?cach(?:e|ing)|cache_(?:prompt|system|ttl|tools|messages|retention|seed
      |creation)|use_cache|cached_content|anthropic_cache\w*|supports_prompt_caching)$`,
    true,
    "any",
  ),
  rule("cache", /^(?:cache|caching|cached)$|_cache_enabled$/, false, "any"),
  rule("chunk overlap", /(?:^|_)chunk_overlap(?:_tokens)?$/),
  rule(
    "chunk size",
    pattern`
      (?:^|_)(?:chunk_(?:size|length|tokens|limit)|max_chunk_(?:size|tokens|length)
      |chunk_max_tokens|tokens_per_chunk|splitter_size)$`,
    false,
  ),
  rule(
    "retrieval size",
    pattern`
      (?:^|_)(?:similarity_top_k|retriev\w*_(?:k|limit|count|top_k)|rag_(?:top_)?k|rerank(?:er
      |ing)?_top_(?:k|n)|num_(?:documents|docs|chunks|results|passages|context_docs)
      |max_(?:documents|docs|chunks|results|passages|context_docs|sources|search_results|examples
      |snippets)|n_results|fetch_k|top_n|k|num_few_?shot|few_shot_(?:count|k)|match_count
      |search_limit)$`,
    false,
  ),
  rule("retrieval size", /(?:^|_)top_?k$/, false),
  rule(
    "history length",
    pattern`
      (?:^|_)(?:max_(?:history|messages|memory|history_(?:length|messages|turns|items)
      |chat_history|message_history|context_messages|conversation_(?:length|history))
      |history_(?:length|limit|size|window|turns|max\w*)|memory_(?:window|size|limit|k)
      |message_(?:limit|window)|num_(?:history|messages)\w*|conversation_window|window_size
      |last_n_messages|buffer_size|short_term_limit)$`,
    false,
  ),
];

export interface ParameterFinding {
  readonly role: ParameterRole;
  readonly value: string;
  readonly confidence: "sure" | "possible";
  readonly why: string;
}

const LLM_NAMES = pattern`
    (?:^|_)(?:llms?|ai|gpt|sub_?agents?|openai|anthropic|claude|gemini|bedrock|vertex|mistral
    |ollama|litellm|agents?|agentic|chat|chatbot|completions?|generate|generation|generator|prompt
    |rag|retriev\w*|embed\w*|rerank\w*|vector\w*|similarity\w*|splitter|chunk\w*|crew|thinking
    |reasoning|inference|summari\w+|langchain|react|tokens?|model|models|assistant|copilot|graph
    |text|stop_when|search|query|conversation|memory|as_retriever|messages|history|step_count_is
    |run)(?:_|$)`;

function nameOf(entry: Entry): { name: string; direct: boolean } {
  const innermost = entry.path.at(-1);
  if (innermost === undefined) return { name: "", direct: false };
  if (innermost.kind !== "call") return { name: innermost.name, direct: innermost.kind === "key" };
  // A builder's `.maxTokens(100)`, and a constant whose value goes through a call: `MAX =
  // int(env(..., 5))`.
  return {
    name: lastName(innermost.name).replace(/^(?:with|set)_?(?=[A-Z_a-z])/i, ""),
    direct: true,
  };
}

/**
 * The parameter that a value sets, if the name and the place say that a model's cost depends on
 * it.
 */
export function findParameter(entry: Entry, aboutLlm: boolean): ParameterFinding | undefined {
  if (entry.role !== "value" || !aboutLlm) return undefined;
  const { kind, text } = entry.value;
  // A member of an enumeration is a value; a variable's name says nothing of one.
  const member = /\.[A-Z][A-Za-z\d_]*(?:\.value)?$/.test(text);
  if (kind === "name" && !(member && /cache|effort|tier/i.test(keyOf(entry)))) return undefined;
  // The radix of `parseInt(text, 10)` is no limit.
  if (entry.position > 0 && /^parse_?int$/i.test(calleeOf(entry))) return undefined;
  const inner = nameOf(entry);
  return (
    ruled(entry, inner.name, kind, text) ??
    (entry.path.at(-1)?.kind === "call" ||
    /^(?:default|value|type|ge|initial|default_value|ttl|budget_tokens)$/i.test(inner.name)
      ? ruled(entry, outerKey(entry), kind, text)
      : undefined)
  );
}

/**
 * The name around a generic one: `max_tokens: { default: 100 }`, `cache_control: { type: ... }`.
 */
function outerKey(entry: Entry): string {
  const keys = entry.path.filter((step) => step.kind === "key");
  const last = entry.path.at(-1)?.kind === "key" ? keys.at(-2) : keys.at(-1);
  return last?.name ?? "";
}

function ruled(
  entry: Entry,
  name: string,
  kind: Entry["value"]["kind"],
  text: string,
): ParameterFinding | undefined {
  const snake = snakeCase(name).replace(/^default_(?=.)/, "");
  if (snake === "" || snake.length > 60) return undefined;
  const found = RULES.find(({ pattern }) => pattern.test(snake));
  if (found === undefined || !fits(found, kind, text)) return undefined;
  if (inPriceTable(entry) || isCapability(entry)) return undefined;
  const near = nearLlm(entry, snake);
  if (!found.telling && !near) return undefined;
  return {
    role: found.role,
    value: text,
    confidence: found.telling || traitsOf(entry.frame).llm.length > 0 ? "sure" : "possible",
    why: `${name} sets the ${found.role}`,
  };
}

function fits({ values }: Rule, kind: Entry["value"]["kind"], text: string): boolean {
  const numeric = kind === "number" || /^\d[\d_]*$/.test(text);
  if (kind === "null") return true;
  if (values === "number") return numeric;
  if (values === "word") return kind === "text" ? /^[\w.-]{1,24}$/.test(text) : kind === "name";
  return (
    numeric ||
    kind === "boolean" ||
    (kind === "text" && /^[\w.-]{1,24}$/.test(text)) ||
    kind === "name"
  );
}

/** A table of what models can do is no setting: `{ id, contextWindow, maxTokens, cost }`. */
function isCapability(entry: Entry): boolean {
  return traitsOf(entry.frame).capabilities >= 2;
}

function nearLlm(entry: Entry, snake: string): boolean {
  if (traitsOf(entry.frame).llm.some((name) => name !== snake)) return true;
  if (LLM_NAMES.test(snake)) return true;
  if (/^step_count_is$|^recursion_limit$|^max_(?:turns|iter|steps|iterations)$/.test(snake))
    return true;
  return (
    entry.path.some(
      ({ name, kind }) =>
        kind !== "list" && LLM_NAMES.test(snakeCase(name)) && snakeCase(name) !== snake,
    ) ||
    entry.scope.some((name) => LLM_NAMES.test(snakeCase(name))) ||
    LLM_NAMES.test(snakeCase(calleeOf(entry)))
  );
}
