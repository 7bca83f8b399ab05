import { calleeOf, type Entry, keyOf } from "./entry.ts";
import { traitsOf } from "./frame-traits.ts";
import { isModelId } from "./model-family.ts";
import { inPriceTable } from "./model-id.ts";
import { around, LLM_NAMES, meansOther } from "./parameter-meaning.ts";
import { placedName } from "./parameter-place.ts";
import { type ParameterRole, RULES, type Rule } from "./parameter-rules.ts";
import { pattern } from "./pattern.ts";
import { folded, lastName, snakeCase } from "./words.ts";

/** What the file says of its numbers. */
export interface ParameterContext {
  readonly aboutLlm: boolean;
  readonly ofLlm?: boolean;
  readonly asks?: boolean;
}

export interface ParameterFinding {
  readonly role: ParameterRole;
  readonly value: string;
  readonly confidence: "sure" | "possible";
  readonly why: string;
}

/** Counters, not limits. */
const COUNTED = /^(?:current|remaining|used|total|actual|consumed|observed)_/;
const EFFORT = pattern`
    ^(?:none|off|minimal|low|medium|high|x-?high|max|auto|default|adaptive|dynamic|enabled|disabled
    |summary|concise|detailed|\d+)$`;
const WIDGET = /(?:^|[._])(?:slider|number_input|Slider|spinner|knob)$/;

const SHOWN = /debug|log|print|puts|trace|inspect|render|assert|expect/i;
/** `history.slice(-10)`, `messages.takeLast(10)`: how much of a conversation is sent again. */
const KEEPS_LAST = pattern`
    (?:^|[._])(?:\w*[mM]essages|\w*[hH]istory|\w*[cC]onversation|\w*[tT]urns)
    \.(?:slice|takeLast|TakeLast|last|suffix)$`;

function nameOf(entry: Entry): { name: string; direct: boolean } {
  const innermost = entry.path.at(-1);
  // `fn default_max_tokens() -> u32 { 1000 }`
  if (innermost === undefined) {
    const scope = entry.scope.at(-1) ?? "";
    const limit = /^(?:get_)?(?:default|max)_/.test(snakeCase(scope)) && entry.value.text !== "0";
    return { name: limit ? scope : "", direct: false };
  }
  if (innermost.kind !== "call") return { name: innermost.name, direct: innermost.kind === "key" };
  // A builder's `.maxTokens(100)`, and a constant whose value goes through a call: `MAX =
  // int(env(..., 5))`.
  if (KEEPS_LAST.test(innermost.name) && entry.value.kind === "number") {
    const shown = entry.path.slice(0, -1).some(({ name }) => SHOWN.test(name));
    if (shown) return { name: "", direct: false };
    const last = /slice$/.test(innermost.name) ? /^-\d/.test(entry.value.text) : true;
    return { name: last && entry.position === 0 ? "last_messages" : "", direct: true };
  }
  return {
    name: lastName(innermost.name).replace(/^(?:with|set)_?(?=[A-Z_a-z])/i, ""),
    direct: true,
  };
}

/**
 * The parameter that a value sets, if the name and the place say that a model's cost depends on
 * it.
 */
export function findParameter(
  entry: Entry,
  { aboutLlm, ofLlm = false, asks = false }: ParameterContext,
): ParameterFinding | undefined {
  if (entry.role !== "value" || !aboutLlm || entry.frame.types === true) return undefined;
  const { kind } = entry.value;
  // C#'s `reasoningEffort.Value` is what a variable holds.
  const text = kind === "name" ? entry.value.text.replace(/\.Value$/, "") : entry.value.text;
  // A member of an enumeration is a value; a variable's name says nothing of one.
  const member =
    /^[\w.]+\(\)$/.test(text) ||
    (/\.[A-Z][A-Za-z\d_]*(?:\.value)?$/.test(text) &&
      !/(?:effort|tier|cache|control)$/i.test(text));
  if (kind === "name" && !(member && /cache|effort|tier/i.test(keyOf(entry)))) return undefined;
  // The radix of `parseInt(text, 10)` is no limit.
  if (entry.position > 0 && /^parse_?int$/i.test(calleeOf(entry))) return undefined;
  // The least of `max(1, n)` bounds nothing from above.
  if (/(?:^|\.)max$/i.test(calleeOf(entry)) && Number(text) <= 1) return undefined;
  // The ends of a slider are no choice.
  const positional = entry.position > 0 && entry.path.at(-1)?.kind === "call";
  if (positional && WIDGET.test(calleeOf(entry))) return undefined;
  const inner = nameOf(entry);
  return (
    ruled(entry, inner.name, ofLlm) ??
    (entry.path.at(-1)?.kind === "call" ||
    /^(?:default|value|type|ge|initial|default_(?:value|factory)|ttl|budget_tokens|enabled)$/i.test(
      inner.name,
    )
      ? ruled(entry, outerKey(entry), ofLlm)
      : undefined) ??
    byEach(entry, ofLlm) ??
    (asks ? (retried(entry, inner.name) ?? atOnce(entry)) : undefined) ??
    found(entry, inner.name) ??
    ruled(entry, placedName(entry) ?? "", ofLlm)
  );
}

/** `MAX_RETRIES = 5` of a file that asks models, unless something around says what else is tried. */
function retried(entry: Entry, name: string): ParameterFinding | undefined {
  const keyed = entry.path.every(({ kind }) => kind === "key") && entry.path.length <= 2;
  const [innermost] = entry.path.slice(-1);
  // `@retry(stop=stop_after_attempt(3))`, `top_k: int = Option(5)`
  const called = innermost?.kind === "call" ? lastName(innermost.name) : "";
  const tries = entry.path.some(({ kind, name: one }) => kind === "call" && TRIES.test(one));
  const bound = entry.path.length === 2 && /^(?:Option|Field|field|Param|Query)$/.test(called);
  const constant = keyed || tries || bound;
  if (!constant || !(tries ? ATTEMPTS : CHOSEN).test(snakeCase(bound ? keyOf(entry) : name))) {
    return undefined;
  }
  if (around(entry).some((one) => OTHER_TRIES.test(snakeCase(one)))) return undefined;
  return ruled(entry, bound ? keyOf(entry) : name, true, true);
}

/** `pLimit(5)`, `asyncio.Semaphore(5)`: how many calls run side by side. */
function atOnce(entry: Entry): ParameterFinding | undefined {
  const [innermost] = entry.path.slice(-1);
  const limits = innermost?.kind === "call" && entry.position === 0 && AT_ONCE.test(innermost.name);
  return limits ? ruled(entry, "fan_out", true, true) : undefined;
}

const AT_ONCE = /(?:^|[._])(?:pLimit|p_limit|(?:Bounded)?Semaphore(?:Slim)?|CapacityLimiter)$/;

/** `memory.search("docs", query, limit=5)`: how many of what is found go into the prompt. */
function found(entry: Entry, name: string): ParameterFinding | undefined {
  if (!/^(?:limit|k|top|top_?n|n|count|max|num)$/i.test(name)) return undefined;
  if (entry.path.at(-1)?.kind !== "key" || entry.path.at(-2)?.kind !== "call") return undefined;
  const vectors = ["query_vector", "queryVector", "query_embedding", "queryEmbedding"];
  const near = vectors.some((one) => entry.frame.bound.has(one));
  if (!near && !SEARCHES.test(calleeOf(entry))) return undefined;
  return ruled(entry, "top_k", true, true);
}

const SEARCHES = pattern`
    (?:memory|memories|vector\w*|embedding\w*|retriever|knowledge\w*|qdrant\w*|weaviate\w*|milvus\w*
    |pinecone\w*)\w*\.(?:\w*[sS]earch\w*|query\w*|Query\w*|retrieve\w*|\w*[sS]imilarity\w*)$`;

const TRIES = /retry|retries|backoff|attempt|polly|resilien/i;
const CHOSEN = pattern`
    ^(?:default_|num_)?(?:max_)?(?:retries|retry_?(?:count|attempts)|top_?k)$
    |^max_(?:\w+_)?(?:chars?|characters)$|^best_of(?:_n)?$
    |^(?:num|n)_(?:samples|candidates|completions|generations)(?:_per_\w+)?$
    |^max_context_(?:items|entries|lines|files|results)$
    |^max_(?:diff|patch|transcript|code|snippet|document|context|history)_(?:length|len|size
    |lines)$`;
const ATTEMPTS =
  /^(?:max_?|with_|num_)*(?:retries|attempts|tries|retry_?(?:count|attempts|times)|stop_after_attempt)$/;

const OTHER_TRIES = pattern`
    (?:^|_)(?:db|database|sql|redis|http|fetch|download|upload|health|poll\w*|connect\w*|socket
    |ws|queue
    |webhook|job|email|sms|git|docker|deploy\w*|e2e|test\w*|speech|audio|voice)(?:_|$)`;

/** `max_tokens_by_task: { review: 4000 }`, `reasoning_by_task: { review: "high" }` */
function byEach(entry: Entry, ofLlm: boolean): ParameterFinding | undefined {
  const around = entry.path.at(-1)?.kind === "key" ? outerKey(entry) : "";
  const [, name] = /^(\w+?)_(?:by|per|for)_(?:each_)?[a-z]+s?$/.exec(snakeCase(around)) ?? [];
  if (name === undefined) return undefined;
  return ruled(
    entry,
    /^(?:reasoning|thinking|effort)$/.test(name) ? "reasoning_effort" : name,
    ofLlm,
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
  ofLlm: boolean,
  known = false,
): ParameterFinding | undefined {
  const { kind, text } = entry.value;
  const snake = snakeCase(name).replace(/^(?:default|get)_(?=.)/, "");
  if (snake === "" || snake.length > 60 || COUNTED.test(snake)) return undefined;
  const found = RULES.find(({ pattern }) => pattern.test(snake));
  if (found === undefined || !fits(found, kind, text)) return undefined;
  // `Capability("prompt_caching")` names the parameter; it does not set it.
  const own = folded(text);
  if (
    kind === "text" &&
    (own === folded(snake) || (text.includes("_") && folded(snake).endsWith(own)))
  ) {
    return undefined;
  }
  if (inPriceTable(entry) || isCapability(entry) || meansOther(entry, found.role, snake))
    return undefined;
  // Of the constants of a source, or anywhere in a configuration.
  const { block } = entry.frame;
  const constant = ofLlm && (block === undefined || (block && entry.path.length === 1));
  const near = known || constant || nearLlm(entry, snake);
  if (!found.telling && !near) return undefined;
  return {
    role: found.role,
    value: text,
    confidence: found.telling || traitsOf(entry.frame).llm.length > 0 ? "sure" : "possible",
    why: `${name} sets the ${found.role}`,
  };
}

function fits({ role, values }: Rule, kind: Entry["value"]["kind"], text: string): boolean {
  // A share of the chunk.
  if (role === "chunk overlap" && kind === "number" && /^0?\.\d+$/.test(text)) return true;
  const numeric = (kind === "number" && !/\d\.\d*[1-9]/.test(text)) || /^\d[\d_]*$/.test(text);
  // `4096 * 0.7` stays as it is written.
  if (kind === "number" && !numeric) return values === "number" && /^\d{3}\S* [*/] /.test(text);
  if (kind === "null") return true;
  if (role === "reasoning effort" && kind === "text" && !EFFORT.test(text.toLowerCase())) {
    return false;
  }
  if (values === "number") return numeric;
  if (values === "word") return kind === "text" ? /^[\w.-]{1,24}$/.test(text) : kind === "name";
  if (values === "switch" && numeric) return false;
  return (
    numeric ||
    kind === "boolean" ||
    (kind === "text" && /^[\w.-]{1,24}$/.test(text)) ||
    kind === "name"
  );
}

/** A table of what models can do is no setting: `{ id, contextWindow, maxTokens, cost }`. */
function isCapability(entry: Entry): boolean {
  return traitsOf(entry.frame).capabilities >= 2 || isOfModelKey(entry);
}

const OF_CATALOGUE = /^(?:top_provider|capabilities|specs|model_info|architecture|metadata)$/;
const LISTS_MODELS =
  /(?:^|_)(?:built_?in|available|supported|all|known)_(?:\w+_)?models(?:_by_\w+)?$/;
const CALLED = /^(?:temperature|top_p|messages|prompt|system_prompt|extra_params|stream)$/;

/** `"gpt-4o": { max_context_length: 128000 }` says what a model can do, unless it is called there. */
function isOfModelKey({ path, frame }: Entry): boolean {
  const outer = path.slice(0, -1);
  const around = outer.filter(({ kind }) => kind === "key");
  if (around.some(({ name }) => LISTS_MODELS.test(snakeCase(name)))) return true;
  if (around.some(({ name }) => OF_CATALOGUE.test(snakeCase(name)))) return true;
  // Keyed by a model, and not an entry of a list of those that are called.
  const listed = outer.at(-2)?.name === "models";
  if (!listed && !isModelId(around.at(-1)?.name ?? "")) return false;
  // An entry of a configuration says whom it asks: `{ provider: "ollama", model: "llama3" }`.
  const asks = frame.bound.has("model") && frame.bound.has("provider");
  return !asks && ![...frame.bound.keys()].some((name) => CALLED.test(snakeCase(name)));
}

/** What is said of a setting. */
const SAYS_LLM =
  /\b(?:LLMs?|(?:language )?models?|GPT\S*|OpenAI|Claude|Gemini|prompts?|agents?|embeddings?)\b/i;

const STEPS =
  /^step_count_is$|^recursion_limit$|^max_(?:turns|iter|steps|iterations|\w+_loops|tool_\w+)$/;

function nearLlm(entry: Entry, snake: string): boolean {
  const { frame } = entry;
  if (traitsOf(frame).llm.some((name) => name !== snake)) return true;
  // `{ model: "gpt-4o", retry: { attempts: 3 } }`
  const own = entry.path.at(-1)?.kind === "key" && entry.path.at(-2)?.kind === "key";
  if (own && frame.block !== true && frame.owner?.block === false) {
    if (traitsOf(frame.owner).llm.length > 0) return true;
  }
  if (LLM_NAMES.test(snake) || LLM_NAMES.test(snakeCase(entry.frame.root ?? ""))) return true;
  if (SAYS_LLM.test(frame.bound.get("description") ?? frame.bound.get("help") ?? "")) return true;
  // A constant of a file about models: `const TOP_K: usize = 10;`.
  if (snake === "top_k" && /^[A-Z_]+$/.test(keyOf(entry)) && entry.path.length === 1) return true;
  if (STEPS.test(snake)) return true;
  return (
    entry.path.some(
      ({ name, kind }) =>
        kind !== "list" && LLM_NAMES.test(snakeCase(name)) && snakeCase(name) !== snake,
    ) ||
    entry.scope.some((name) => LLM_NAMES.test(snakeCase(name))) ||
    LLM_NAMES.test(snakeCase(calleeOf(entry)))
  );
}
