import { calleeOf, type Entry, keyOf } from "./entry.ts";
import { traitsOf } from "./frame-traits.ts";
import { isModelId } from "./model-family.ts";
import { inPriceTable } from "./model-id.ts";
import { type ParameterRole, RULES, type Rule } from "./parameter-rules.ts";
import { pattern } from "./pattern.ts";
import { folded, lastName, snakeCase } from "./words.ts";

export interface ParameterFinding {
  readonly role: ParameterRole;
  readonly value: string;
  readonly confidence: "sure" | "possible";
  readonly why: string;
}

const LLM_NAMES = pattern`
    (?:^|_)(?:llms?|ai|gpt|sub_?agents?|openai|anthropic|claude|gemini|bedrock|vertex|mistral
    |ollama|litellm|router_settings|agents?|agentic|chat|chatbot|completions?|generate|generation|generator|prompt
    |rag|retriev\w*|embed\w*|rerank\w*|vector\w*|similarity\w*|splitter|chunk\w*|crew|thinking
    |reasoning|inference|summari\w+|langchain|react|tokens?|model|models|assistant|copilot|graph
    |text|stop_when|search|query|conversation|memory|as_retriever|messages|history
    |step_count_is)(?:_|$)`;
/** What says of workers and threads that each of them calls a model. */
const CALLS_MODELS = pattern`
    (?:^|_)(?:llms?|sub_?agents?|agents?|openai|anthropic|claude|gemini|completions?|prompts?|crew
    |inference|embed\w*)(?:_|$)`;
/** Counters, not limits. */
const COUNTED = /^(?:current|remaining|used|total|actual|consumed|observed)_/;
const EFFORT = pattern`
    ^(?:none|off|minimal|low|medium|high|x-?high|max|auto|default|adaptive|dynamic|enabled|disabled
    |summary|concise|detailed|\d+)$`;
/** Pieces of files and of streams, which no model reads. */
const STREAMS = pattern`
    (?:^|_)(?:iter_content|iter_bytes|iter_chunked|iter_lines|read|write|upload\w*|download\w*
    |copyfileobj|open|stream|fetch|multipart|buffer|file|files)$
    |(?:^|_)(?:typ(?:e|ing)|action|audio|video|bytes?|upload|download|stream|read|write|sql|db
    |insert|delete|update|upsert|fetch|query|commit|flush|sync|migrat\w+|purge|scan|page|export|import
    |all)_(?:\w+_)?(?:chunk|batch)_`;
const COUNTS_FROM = /^0$/;
const ASKS = /ollama|openai|anthropic|llm|chat|model|provider/i;
const LISTS = /^(?:list|describe|paginate|get_paginator|iter)(?:_|$)/;
/** `gpt35TurboContextSize` is what a model can do, not what is chosen of it. */
const VERSIONED = pattern`
    gpt_?\d|davinci|babbage|curie|_ada_?\d|bison|claude_?\d|gemini_?\d|llama_?\d|sonnet|haiku
    |opus`;
const CONVERSATION = /(?:^|_)(?:memory|history|conversations?|messages?|chats?|context)(?:_|$)/;
const HTTP_CACHE = /^(?:no-cache|no-store|public|private|immutable|must-revalidate)$/;
const PROBE = /health_?check|(?:liveness|readiness|startup)_?probe/i;
const WIDGET = /(?:^|[._])(?:slider|number_input|Slider|spinner|knob)$/;
/** Libraries in which a model is computed, and not asked. */
const TENSORS = /^(?:torch|tf|np|numpy|jax|jnp|keras|nn|F|plt|pd)\./;
const SAMPLING = /^(?:temperature|top_?p)$/;

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
  aboutLlm: boolean,
  ofLlm = false,
): ParameterFinding | undefined {
  if (entry.role !== "value" || !aboutLlm || entry.frame.types === true) return undefined;
  const { kind, text } = entry.value;
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
    /^(?:default|value|type|ge|initial|default_value|ttl|budget_tokens|enabled)$/i.test(inner.name)
      ? ruled(entry, outerKey(entry), ofLlm)
      : undefined) ??
    byEach(entry, ofLlm)
  );
}

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

function ruled(entry: Entry, name: string, ofLlm: boolean): ParameterFinding | undefined {
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
  const near = constant || nearLlm(entry, snake);
  if (!found.telling && !near) return undefined;
  return {
    role: found.role,
    value: text,
    confidence: found.telling || traitsOf(entry.frame).llm.length > 0 ? "sure" : "possible",
    why: `${name} sets the ${found.role}`,
  };
}

/** The same name said of something that costs no tokens. */
function meansOther(entry: Entry, role: ParameterRole, snake: string): boolean {
  const samples = (): boolean =>
    [...entry.frame.bound.keys()].slice(0, 60).some((name) => SAMPLING.test(snakeCase(name)));
  // Of the tokens that are drawn from, not of documents that are found.
  if (/^top_?k$/.test(snake)) return samples();
  if (/^max_length$/.test(snake)) return !samples();
  if (role === "context size" && VERSIONED.test(snake)) return true;
  // A window is one of a conversation where something around says so.
  if (role === "history length" && /^(?:window|buffer)_size$/.test(snake)) {
    return !around(entry).some((name) => CONVERSATION.test(snakeCase(name)));
  }
  // `{ reasoning: true }` says what a model can do; `reasoning: { enabled: true }` asks for it.
  if (snake === "reasoning" && keyOf(entry) !== "enabled") return true;
  // `broadcast(message, thinking: true)` shows that somebody waits.
  if (/^think(?:ing)?$/.test(snake) && entry.value.kind === "boolean" && keyOf(entry) !== "enabled")
    return traitsOf(entry.frame).llm.length === 0 && !ASKS.test(lastName(calleeOf(entry)));
  // What a step of a workflow keeps of packages, and what a page has computed.
  if (role === "cache" && entry.path.at(-2)?.name === "with") return true;
  if (/(?:^|\.)use(?:Memo|Callback)$/.test(calleeOf(entry))) return true;
  // What the web keeps of an answer.
  if (role === "cache" && HTTP_CACHE.test(entry.value.text)) return true;
  if (role === "retries" && around(entry).some((name) => PROBE.test(name))) return true;
  // How often a step of a workflow tries again.
  const step = entry.path.some(({ name }) => name === "steps");
  if (role === "retries" && step && !LLM_NAMES.test(snake)) return true;
  if (TENSORS.test(calleeOf(entry))) return true;
  // What was used, and not what may be.
  if (entry.scope.some((name) => /(?:Usage|Details|Stats|Metrics)$/.test(name))) return true;
  if (/_tokens$/.test(snake) && role === "thinking budget" && entry.value.text === "0") {
    return !/budget|max/.test(snake);
  }
  if (/(?:usage|details)$/.test(snakeCase(lastName(calleeOf(entry))))) return true;
  if (/^overlap/.test(snake)) return !boundTo(entry, CHUNKS);
  // `attempts = 0` counts what `max_attempts` bounds.
  if (role === "retries" && /^(?:nb?_|num_)?(?:attempts|retries|retry|retry_count)$/.test(snake)) {
    const { block } = entry.frame;
    // `{ model, prompt, retries: 0 }` asks for none.
    const asks = block !== true && traitsOf(entry.frame).llm.length >= 2;
    if (asks && snake === "retries") return false;
    return (block === true && Number(entry.value.text) <= 1) || COUNTS_FROM.test(entry.value.text);
  }
  // Pages of a list are no documents that are found.
  if (role === "retrieval size" && LISTS.test(snakeCase(lastName(calleeOf(entry))))) return true;
  // How many things go into one request; no text is cut so short.
  const few =
    role === "chunk size" && entry.frame.block === true && /^\d{1,2}$/.test(entry.value.text);
  if (few && !boundTo(entry, OVERLAPS)) return true;
  if (role === "chunk size" || role === "batch size") {
    return STREAMS.test(snake) || STREAMS.test(snakeCase(lastName(calleeOf(entry))));
  }
  if (role === "fan-out" && /worker|thread|concurren|parallel/.test(snake)) {
    if (CALLS_MODELS.test(snake)) return false;
    return !around(entry).some((name) => CALLS_MODELS.test(snakeCase(name)));
  }
  return false;
}

const CHUNKS = /(?:^|_)chunk_?(?:size|length|tokens)$/;
const OVERLAPS = /(?:^|_)overlap(?:_|$)/;
const MAX_BESIDE = 400;

/** Does a name of this kind stand beside it? */
function boundTo({ frame }: Entry, names: RegExp): boolean {
  let left = MAX_BESIDE;
  for (const name of frame.bound.keys()) {
    if (names.test(snakeCase(name))) return true;
    left -= 1;
    if (left === 0) return false;
  }
  return false;
}

function around({ path, scope }: Entry): string[] {
  return [...path.map(({ name }) => name), ...scope];
}

function fits({ role, values }: Rule, kind: Entry["value"]["kind"], text: string): boolean {
  const numeric = (kind === "number" && !/\d\.\d*[1-9]/.test(text)) || /^\d[\d_]*$/.test(text);
  if (kind === "number" && !numeric) return false;
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

function nearLlm(entry: Entry, snake: string): boolean {
  const { frame } = entry;
  if (traitsOf(frame).llm.some((name) => name !== snake)) return true;
  // `{ model: "gpt-4o", retry: { attempts: 3 } }`
  const own = entry.path.at(-1)?.kind === "key" && entry.path.at(-2)?.kind === "key";
  if (own && frame.block !== true && frame.owner?.block === false) {
    if (traitsOf(frame.owner).llm.length > 0) return true;
  }
  if (LLM_NAMES.test(snake) || LLM_NAMES.test(snakeCase(entry.frame.root ?? ""))) return true;
  // A constant of a file about models: `const TOP_K: usize = 10;`.
  if (snake === "top_k" && /^[A-Z_]+$/.test(keyOf(entry)) && entry.path.length === 1) return true;
  if (
    /^step_count_is$|^recursion_limit$|^max_(?:turns|iter|steps|iterations|\w+_loops)$/.test(snake)
  )
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
