import { pattern } from "../pattern.ts";
import { calleeOf, type Entry, keyOf } from "../reading/entry.ts";
import { traitsOf } from "../reading/frame-traits.ts";
import { lastName, snakeCase } from "../words.ts";
import { isOfDrawing, samples } from "./drawing.ts";
import { runsOther } from "./other-fan-out.ts";
import { isOfRequests } from "./other-pieces.ts";
import type { ParameterRole } from "./parameter-rules.ts";
import { isRecorded } from "./recorded-call.ts";

/** What says of workers and threads that each of them calls a model. */
const CALLS_MODELS = pattern`
    (?:^|_)(?:llms?|deep_research|sub_?agents?|agents?|openai|anthropic|claude|gemini|ollama
    |bedrock|mistral|groq|chat_?gpt|completions?|prompts?|crew|inference|embed\w*)(?:_|$)`;
export const LLM_NAMES = pattern`
    (?:^|_)(?:llms?|deep_research|ai|gpt|sub_?agents?|openai|anthropic|claude|gemini|bedrock
    |vertex|mistral|ollama|litellm|router_settings|agents?|agentic|chat|chatbot|completions?
    |generate|generation|generator|prompt|rag|retriev\w*|embed\w*|rerank\w*|vector\w*
    |similarity\w*|splitter|chunk\w*|crew|thinking|reasoning|inference|summari\w+|langchain|react
    |tokens?|model|models|assistant|copilot|graph|text|tools|stop_when|search|semantic|query
    |conversation|multi_turn|memory|as_retriever|messages|history|step_count_is|usage_limits)(?:_
    |$)`;
/** Pieces of files and of streams, which no model reads. */
const STREAMS = pattern`
    (?:^|_)(?:iter_content|iter_bytes|iter_chunked|iter_lines|read|write|upload\w*|download\w*
    |copyfileobj|open|stream|fetch|multipart|buffer|file|files)$|(?:^|_)(?:typ(?:e|ing)|action
    |audio|video|bytes?|upload|download|stream|read|write|sql|db|insert|delete|update|upsert
    |fetch|query|commit|flush|sync|migrat\w+|purge|scan|page|export|import|all
    |logs?)_(?:\w+_)?(?:chunk|batch)_`;
const COUNTS_FROM = /^0$/;
const ASKS = /ollama|openai|anthropic|llm|chat|model|provider/i;
const LISTS = /^(?:list|describe|paginate|get_paginator|iter)(?:_|$)/;
/** `gpt35TurboContextSize` is what a model can do, and what a log shows is sent to none. */
const VERSIONED = pattern`
    gpt_?\d|davinci|babbage|curie|_ada_?\d|bison|claude_?\d|gemini_?\d|llama_?\d|sonnet|haiku
    |opus|^log_`;
const CONVERSATION = /(?:^|_)(?:memory|history|conversations?|messages?|chats?|context)(?:_|$)/;
const LEVELS = /^(?:none|minimal|low|medium|high|x-?high|max)$/i;
const FLAGS = /^(?:Bool|BoolVar|BoolP|BoolVarP|add_argument|addOption|option|Option|flag)$/;
const HTTP_CACHE = /^(?:no-cache|no-store|public|private|immutable|must-revalidate)$/;
const PROBE = /health_?check|(?:liveness|readiness|startup)_?probe|^probe(?:_|$)/i;
/** Libraries in which a model is computed, and not asked. */
const TENSORS = pattern`
    ^(?:torch|tf|np|numpy|jax|jnp|keras|nn|F|plt|pd)\.|Train(?:ing|er)|DataLoader|(?:SFT|DPO|PPO
    |GRPO|Lora)Config$`;
const TRAINS = /^_?(?:train|fit|fine_?tune)(?:_|$)/;
/** What a page or a client of the web asks again. */
const WEB = /^use[A-Z]\w+$|axios|QueryClient$|^(?:got|ky)(?:\.|$)/;
/** `getModelContextSize(name)` tells what each model can do. */
const TOLD = /^get\w*(?:ForModel|(?:Model|Embedding)(?:Context|Token|Max)\w*)$/;
/** No model sees so few tokens: `Option::CtxWindow => 3` is where something is shown. */
const FEW = /^[1-9]\d?$/;
const PRESSED = /^on_?(?:click|change|press|select|input)\w*$/i;
const OF_TOKENS = /tokens?|ctx/;
/** What programs try again by themselves, by its own name. */
const OTHER_RETRIES = pattern`
    (?:^|_)(?:db|database|sql|sqlite|postgres\w*|pg|mysql|mssql|telegram|whatsapp|discord|twilio|asr
    |redis|https?|fetch|downloads?|uploads?|health|poll\w*|connect\w*
    |socket|ws|queue|webhooks?|jobs?|email|sms|git|docker|deploy\w*|kafka|rabbit\w*|amqp|mongo\w*
    |bundle|npm|pip|yarn|gem|cargo|maven|gradle|s3|smtp|mqtt|locks?|auth|login|payments?|stripe
    |slack|sync|mount|dns)_(?:\w+_)?(?:retries|retry\w*|attempts|tries)$`;

/** Where a configuration says all of it side by side, it is found among what was cut in pieces. */
const RETRIEVES = /(?:^|_)(?:chunk_(?:size|overlap)|rerank(?:er)?_\w+|retriev\w+)$/;

/** What is cut in pieces for whoever reads it. */
const CUTS_FOR_PEOPLE = pattern`
    ^_?(?:handle_)?(?:split|chunk|cut|send|post|reply)_(?:\w+_)?(?:string|message|response|reply
    |output|answer|lines)s?(?:_|$)`;

const LONG_PIECE = 50_000;
const MOST_COMPLETIONS = 64;
/** Who tries as often waits for something to be done. */
const MOST_ATTEMPTS = 20;

/** The same name said of something that costs no tokens. */
export function meansOther(entry: Entry, role: ParameterRole, snake: string): boolean {
  // Sixty is what ranks are fused with.
  if (snake === "k" && entry.value.text === "60") return true;
  // Of the tokens that are drawn from, not of documents that are found.
  if (/^top_?k$/.test(snake)) {
    return (
      (samples(entry) && !boundTo(entry, RETRIEVES)) || isOfDrawing(calleeOf(entry), around(entry))
    );
  }
  if (/^max_length$/.test(snake)) {
    // Beside the limit of an answer it is one of something else.
    if (entry.frame.bound.has("max_tokens")) return true;
    return !samples(entry) && !boundTo(entry, OVERLAPS);
  }
  if (role === "context size" && (VERSIONED.test(snake) || TOLD.test(keyOf(entry)))) return true;
  if (role === "context size" && FEW.test(entry.value.text) && OF_TOKENS.test(snake)) return true;
  // What a page sets when somebody presses a button, and what is given to a file.
  if (around(entry).some((name) => PRESSED.test(name)) || /(?:^|_)export_max_/.test(snake))
    return true;
  // `k = 60` weighs the ranks of several lists.
  const fuses = snake === "k" && /^60(?:\.0)?$/.test(entry.value.text);
  if (fuses && entry.scope.some((name) => /fus|rrf|rank/i.test(name))) return true;
  // Pieces of a file are longer than those of a text.
  const pieces =
    role === "chunk size" &&
    !snake.includes("token") &&
    Number(entry.value.text.replaceAll("_", "")) >= LONG_PIECE;
  if (pieces && traitsOf(entry.frame).llm.length === 0) return true;
  const characters = /chars|characters|(?:response|answer|output)_(?:length|len)$/.test(snake);
  if (role === "context size" && characters && TITLE.test(entry.value.text)) return true;
  if (characters && outside(entry).some((one) => CUTS_FOR_PEOPLE.test(snakeCase(one)))) return true;
  // A window is one of a conversation where something around says so.
  if (role === "history length" && /(?:^|_)(?:window|buffer)_size$|^target_count$/.test(snake)) {
    return !around(entry).some((name) => CONVERSATION.test(snakeCase(name)));
  }
  if (MEMORIES.test(snake) && !outside(entry).some((one) => CONVERSATION.test(snakeCase(one)))) {
    // A constant is named for itself; megabytes are no messages.
    const all = snake === "max_memory";
    if (all ? Number(entry.value.text) > MAX_KEPT : entry.path.length > 1) return true;
  }
  if (role === "history length" && OTHER_HISTORY.test(snake)) return true;
  // Seconds for which a program keeps something are no prefix of a prompt.
  if (/(?:^|_)cache_(?:ttl|retention)$/.test(snake) && entry.value.kind === "number") {
    const alone = entry.frame.block === true || traitsOf(entry.frame).llm.length === 0;
    return alone && !CACHES_PROMPTS.test(snake);
  }
  if (isRecorded(entry, role) || (role === "batch size" && OTHER_BATCH.test(snake))) return true;
  // `UsageLimits(request_limit=5)` is of one run; others are of an hour or of a customer.
  if (/^(?:request|tool_calls)_limit$/.test(snake)) {
    return !around(entry).some((name) => /^usage_?limits$/i.test(name));
  }
  // `{ reasoning: true }` says what a model can do; `reasoning: { enabled: true }` asks for it.
  const level = entry.value.kind === "text" && LEVELS.test(entry.value.text);
  if (snake === "reasoning" && keyOf(entry) !== "enabled" && !level) return true;
  // `broadcast(message, thinking: true)` shows that somebody waits.
  if (/^think(?:ing)?$/.test(snake) && entry.value.kind === "boolean" && keyOf(entry) !== "enabled")
    return traitsOf(entry.frame).llm.length === 0 && !ASKS.test(lastName(calleeOf(entry)));
  // What a step of a workflow keeps of packages, and what a page has computed.
  if (role === "cache" && entry.path.at(-2)?.name === "with") return true;
  if (/(?:^|\.)use(?:Memo|Callback)$/.test(calleeOf(entry))) return true;
  // Which calls share a prefix: how long it is says the prefix.
  if (role === "cache" && /_key$/.test(snake)) return true;
  // `Flags().Bool("cache", false, "...")`: of what a program keeps by itself.
  if (role === "cache" && snake === "cache" && FLAGS.test(lastName(calleeOf(entry)))) return true;
  // What the web keeps of an answer.
  if (role === "cache" && HTTP_CACHE.test(entry.value.text)) return true;
  if (TENSORS.test(calleeOf(entry))) return true;
  if (role === "batch size" && entry.scope.some((name) => TRAINS.test(snakeCase(name))))
    return true;
  // What was used, and not what may be.
  if (entry.scope.some((name) => /(?:Usage|Details|Stats|Metrics)$/.test(name))) return true;
  if (/_tokens$/.test(snake) && role === "thinking budget" && entry.value.text === "0") {
    return !/budget|max/.test(snake);
  }
  if (/(?:usage|details)$/.test(snakeCase(lastName(calleeOf(entry))))) return true;
  if (/^(?:max_)?overlap/.test(snake)) return !ofChunks(entry);
  // What is shown bit by bit was answered before.
  if (role === "batch size" && entry.scope.some((name) => /stream/i.test(name))) return true;
  if (role === "retries") return triesOther(entry, snake);
  if (role === "retrieval size" && isListed(entry, snake)) return true;
  // How many things go into one request; no text is cut so short.
  const few =
    role === "chunk size" && entry.frame.block === true && /^\d{1,2}$/.test(entry.value.text);
  if ((few || (role === "chunk size" && isOfRequests(entry))) && !boundTo(entry, OVERLAPS))
    return true;
  if (role === "chunk size" || role === "batch size") {
    return STREAMS.test(snake) || STREAMS.test(snakeCase(lastName(calleeOf(entry))));
  }
  if (role === "completions" && entry.value.text === "0") return true;
  // More than any library gives for one call: `n = 800` characters; and of words that are compared.
  if (snake === "n" && Number(entry.value.text) > MOST_COMPLETIONS) return true;
  if (snake === "n" && boundTo(entry, COMPARED)) return true;
  if (role === "fan-out" && /^(?:reserved|provisioned)_/.test(snake)) return true;
  if (role === "fan-out" && runsOther([snake, ...around(entry).map(snakeCase)])) return true;
  if (role === "fan-out" && /worker|thread|concurren|parallel/.test(snake)) {
    if (CALLS_MODELS.test(snake) || isOfProviders(entry) || besideModels(entry)) return false;
    return !around(entry).some((name) => CALLS_MODELS.test(snakeCase(name)));
  }
  return false;
}

/** No text that goes into a prompt is shorter than a title. */
const TITLE = /^\d{1,2}$/;
const COMPARED = /^(?:references?|hypothes[ie]s|ground_truths?)$/;

/** What is tried again for something else, or counted. */
function triesOther(entry: Entry, snake: string): boolean {
  if (/wait|delay|interval|between|backoff/.test(snake)) return true;
  const paged = entry.frame.block !== true && boundTo(entry, /^page_size$/);
  if (paged || OTHER_RETRIES.test(snake) || WEB.test(calleeOf(entry))) return true;
  // `Retry(3, 500*time.Millisecond, ...)`: how long is waited stands behind.
  if (snake === "retry" && entry.position > 0) return true;
  if (/attempts$/.test(snake) && Number(entry.value.text) >= MOST_ATTEMPTS) return true;
  // `record(name, 1)` says which try it was.
  if (entry.argument !== undefined && Number(entry.value.text) <= 1) return true;
  if (around(entry).some((name) => PROBE.test(name))) return true;
  // How often a step of a workflow tries again.
  const step = entry.path.some(({ name }) => name === "steps");
  if (step && !LLM_NAMES.test(snake)) return true;
  // `{ query_attempts: 1 }` is where a state begins.
  const begins = /(?:^|_)(?:attempts|tries)$/.test(snake) && !/max|num/.test(snake);
  if (begins && Number(entry.value.text) <= 1) return true;
  // `attempts = 0` counts what `max_attempts` bounds.
  if (!/^(?:nb?_|num_)?(?:attempts|retries|retry|retry_count)$/.test(snake)) return false;
  const { block } = entry.frame;
  // `{ model, prompt, retries: 0 }` asks for none.
  const asks = block !== true && traitsOf(entry.frame).llm.length >= 2;
  if (asks && snake === "retries") return false;
  return (block === true && Number(entry.value.text) <= 1) || COUNTS_FROM.test(entry.value.text);
}

/** Pages of a list are no documents that are found, and `{ results_count: 1 }` is what was. */
function isListed(entry: Entry, snake: string): boolean {
  if (LISTS.test(snakeCase(lastName(calleeOf(entry))))) return true;
  return /_count$/.test(snake) && Number(entry.value.text) <= 1;
}

/** Numbers of what is remembered, if it is a conversation that remembers. */
const MEMORIES =
  /^(?:max|num|n|top)_(?:\w+_)?(?:recent|memor(?:y|ies)|summaries|conversations|exchanges)$/;
const MAX_KEPT = 100;
/** What programs read, tag and keep by themselves. */
const OTHER_BATCH = pattern`
    (?:^|_)(?:vocab(?:ulary)?|ner|nlp|spacy|tagg(?:er|ing)|lemma\w*|ocr|images?|frames?|faces?
    |train(?:ing)?|validation|rows?|records?|emails?|jobs?|gpu|workers?|consumers?|queue|events?
    |notifications?|webhooks?|redis|kafka)_(?:\w+_)?batch_|^min_(?:\w+_)?batch_size$`;
const OTHER_HISTORY = pattern`
    (?:^|_)(?:revisions?|jobs?|commands?|browser|undo|scroll|logs?|versions?|releases?|git|prices?
    |orders?|location|audit)_(?:history|messages?)`;
const CACHES_PROMPTS = /prompt|llm|anthropic|claude|gemini|openai|context|system|tools?/;
const CHUNKS = /(?:^|_)chunk_?(?:size|length|tokens)$|^max_tokens(?:_per_\w+)?$/;
/** `def chunk_text(text, max_length=1500, overlap=150)` */
function ofChunks(entry: Entry): boolean {
  return entry.scope.some((name) => /chunk|split/i.test(name)) || boundTo(entry, CHUNKS);
}

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

/** The same without the name of the value itself. */
function outside({ path, scope }: Entry): string[] {
  return [...path.slice(0, -1).map(({ name }) => name), ...scope];
}

/** `providers: [{ maxConcurrent: 3 }]` in a configuration that also lists their models. */
export function isOfProviders({ path, frame }: Entry): boolean {
  if (!path.some(({ name }) => name === "providers")) return false;
  let outer = frame.owner;
  for (let left = 4; left > 0 && outer !== undefined; left -= 1) {
    if (outer.bound.has("models")) return true;
    outer = outer.owner;
  }
  return false;
}

const NAMES_MODEL = /(?:^|[_.])(?:llm|model)$/;

/** `guide.top-k=10` beside `guide.llm.model`, `maxConcurrency` beside `thinkerLlm` and `writerLlm`. */
export function besideModels({ path, frame }: Entry): boolean {
  const own = path.at(-1)?.name ?? "";
  const prefix = own.slice(0, own.lastIndexOf(".") + 1);
  if (prefix === "" && frame.block === true) return false;
  let [left, models] = [MAX_BESIDE, 0];
  for (const name of frame.bound.keys()) {
    left -= 1;
    if (left === 0) return false;
    if (name === own || !name.startsWith(prefix)) continue;
    if (NAMES_MODEL.test(snakeCase(name.slice(prefix.length)))) models += 1;
    if (models > (prefix === "" ? 1 : 0)) return true;
  }
  return false;
}

/** What a value stands in, by name. */
export function around({ path, scope }: Entry): string[] {
  return [...path.map(({ name }) => name), ...scope];
}

/** `const [matchCount, setMatchCount] = useState(5)`: what a page sends with each call. */
export function isState(entry: Entry, role: ParameterRole): boolean {
  if (!/^(?:React\.)?useState$/.test(calleeOf(entry)) || Number(entry.value.text) < 1) return false;
  return role === "retrieval size" || role === "chunk size" || role === "history length";
}
