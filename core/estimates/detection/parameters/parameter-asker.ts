import { pattern } from "../pattern.ts";
import { calleeOf, type Entry, keyOf } from "../reading/entry.ts";
import { RECALLED } from "../reading/recalled-turns.ts";
import { lastName, snakeCase } from "../words.ts";
import { around } from "./parameter-meaning.ts";
import { sizeName } from "./parameter-sizes.ts";

/** The parameter that a value sets in a file that asks models, where its name alone does not say so. */
export function ofAsker(entry: Entry, name: string, calls: boolean): string | undefined {
  return (
    // What a tool tries again is no call of a model.
    retried(entry, name, calls) ??
    atOnce(entry, name) ??
    conversation(entry, name) ??
    together(entry, name) ??
    sized(entry, name)
  );
}

/** `MAX_ROUNDS = 4`, `maxSources = 5` */
function sized(entry: Entry, name: string): string | undefined {
  const keyed = entry.path.every(({ kind }) => kind === "key") && entry.path.length <= 2;
  if (
    !(keyed || entry.argument === name) ||
    entry.value.kind !== "number" ||
    Number(entry.value.text) < 1
  )
    return undefined;
  const found = sizeName(snakeCase(name)) ?? content(entry, name);
  return found === undefined || isOther(entry) ? undefined : found;
}

/** `MAX_CONTENT_LENGTH = 12000`; what is shorter is what a form or a message may hold. */
function content({ value }: Entry, name: string): string | undefined {
  const size = Number(value.text.replaceAll("_", ""));
  const large = size > LEAST_CONTENT && size < MOST_CONTENT;
  return large && /^max_content_(?:length|len|size)$/.test(snakeCase(name))
    ? "max_context_chars"
    : undefined;
}

const [LEAST_CONTENT, MOST_CONTENT] = [4096, 1_000_000];

/** `int chunkSize = 20`: how many things one prompt is about; no text is cut so short. */
function together({ path, value, frame }: Entry, name: string): string | undefined {
  const few = frame.block === true && path.length === 1 && /^\d{1,2}$/.test(value.text);
  return few && snakeCase(name) === "chunk_size" ? "batch_size" : undefined;
}

/** `MAX_RETRIES = 5`, unless something around says what else is tried. */
function retried(entry: Entry, name: string, calls: boolean): string | undefined {
  const keyed = entry.path.every(({ kind }) => kind === "key") && entry.path.length <= 2;
  const [innermost] = entry.path.slice(-1);
  // `@retry(stop=stop_after_attempt(3))`, `top_k: int = Option(5)`
  const called = innermost?.kind === "call" ? lastName(innermost.name) : "";
  const tries = entry.path.some(
    ({ kind, name: one }) => TRIES.test(one) && (kind === "call" || entry.path.length > 2),
  );
  const bound = entry.path.length === 2 && /^(?:Option|Field|field|Param|Query)$/.test(called);
  // `IntVar(&topK, "top-k", 5, "...")`
  const [call, own] = entry.path.slice(-2);
  const told = call?.kind === "call" && own?.kind === "key" && DECLARES.test(call.name);
  const chosen = bound ? keyOf(entry) : name;
  // `WaitAndRetryAsync(3, ...)`, `tryCatchRetry(3, "...") { ... }`
  if (called !== "" && AGAIN.test(called) && entry.position === 0) {
    return isOther(entry) || !isFew(entry) ? undefined : "retries";
  }
  if (AROUND.test(called) && entry.position > 0 && isFew(entry)) {
    const outer = { ...entry, path: entry.path.slice(0, -1) };
    return !calls || isOther(outer) ? undefined : "retries";
  }
  const constant = keyed || tries || bound || told || entry.argument === name;
  if (!constant || !(tries ? ATTEMPTS : CHOSEN).test(snakeCase(chosen))) return undefined;
  // Who waits for something looks more often than who asks again.
  const waits =
    !tries && /attempts$/.test(snakeCase(chosen)) && Number(entry.value.text) >= MOST_TRIES;
  if (isOther(entry) || waits || (!calls && /retr|attempts/i.test(chosen))) return undefined;
  return tries && chosen === "times" ? "retries" : chosen;
}

/** `pLimit(5)`, `asyncio.Semaphore(5)`, `MAX_CONCURRENT = 5`: how many calls run side by side. */
function atOnce(entry: Entry, name: string): string | undefined {
  const [innermost] = entry.path.slice(-1);
  const limits = innermost?.kind === "call" && entry.position === 0 && AT_ONCE.test(innermost.name);
  // One at a time is how something is locked.
  const locks = entry.value.text === "1" && entry.path.some(({ name: own }) => LOCKS.test(own));
  if (locks) return undefined;
  const own = snakeCase(name);
  // Jobs that a queue hands out.
  const jobs = /^(?:workers?|celery|queue)_/.test(own);
  const named = innermost?.kind === "key" && CONCURRENT.test(own) && !jobs && !isOther(entry);
  return limits || named ? "fan_out" : undefined;
}

/** `channel.history(limit=20)`, `channel.messages.fetch({ limit: 20 })`: what is read again. */
function conversation(entry: Entry, name: string): string | undefined {
  const [innermost] = entry.path.slice(-1);
  if (name === RECALLED) return "history_limit";
  if (innermost?.kind !== "key" || !/^(?:limit|count|n|last)$/i.test(name)) return undefined;
  return READS_BACK.test(calleeOf(entry)) ? "history_limit" : undefined;
}

const DECLARES = /(?:Var[P]?|Flag|[oO]ption|[aA]rg(?:ument)?)$/;
const AGAIN = pattern`
    ^(?:(?:WaitAnd)?Retry(?:Async)?|FixedDelay(?:Options)?)$
    |^(?:\w+_?[rR]etry(?:ing)?|retry(?:_?(?:[wW]ith\w*|[tT]imes|[cC]all))?)$`;
/** `retryJob(async () => { ... }, [], 5, true, 1000)`, `withRetry(() => ask(text), 3)` */
const AROUND = /^(?:with_?)?retry(?!.*(?:delay|wait|after|until|when|if$))\w*$/i;
const isFew = ({ value }: Entry): boolean => value.kind === "number" && /^1?\d$/.test(value.text);
const LOCKS = /lock|mutex|gate$|sync$/i;
const AT_ONCE =
  /(?:^|[._])(?:pLimit|p_limit|(?:Bounded)?Semaphore(?:Slim)?(?:\.new)?|CapacityLimiter)$/;
const CONCURRENT = pattern`
    ^(?:max_)?(?:concurren(?:cy|t)|parallel(?:ism)?)(?:_(?:limit|requests|calls|tasks|llm\w*
    |agents|completions))?$|^\w+_concurrency(?:_limit)?$|^semaphore_(?:limit|size|value)$
    |^fan_?out$|^max_in_flight$`;
const READS_BACK = pattern`
    (?:messages\.fetch|[cC]hannel\.history|(?:get|load|fetch)_?(?:[cC]hat_?|[mM]essage_?)?[hH]istory
    |conversations[._]history)$`;

/** `history = deque(maxlen=20)` */
export function keptIn(entry: Entry, name: string): string | undefined {
  const kept =
    name === "maxlen" && /(?:history|messages|memory|conversation)s?$/i.test(outerName(entry));
  return kept ? "history_limit" : undefined;
}

/** `memory.search("docs", query, limit=5)`: how many of what is found go into the prompt. */
export function foundBy(entry: Entry, name: string, finds = false): string | undefined {
  const ofDocuments =
    /^size$/i.test(name) && VECTOR_SEARCH.some((one) => entry.frame.bound.has(one));
  if (ofDocuments) return "top_k";
  if (!/^(?:limit|k|top|top_?n|n|count|max|num)$/i.test(name)) return undefined;
  const [outer, innermost] = entry.path.slice(-2);
  if (innermost?.kind !== "key") return undefined;
  // `{ $vectorSearch: { queryVector, limit: 3 } }`
  if (VECTORS.some((one) => entry.frame.bound.has(one))) return "top_k";
  // `def recall(query, k=5)`, `SearchAsync(vector, top: 3)`
  const called = entry.path.findLast(({ kind }) => kind === "call")?.name ?? "";
  const recalls = RECALLS.test(snakeCase(lastName(called)));
  const top = /^top$/i.test(name) && /(?:^|\.)(?:Vectorized\w*)?SearchAsync$/.test(called);
  if (recalls || top) return "top_k";
  // `async findSimilar(query: string, limit = 3)`
  const declares = outer?.kind === "call" && entry.scope.at(-1) === lastName(called);
  if (declares && OF_NAMES.test(snakeCase(called))) return undefined;
  const searches = finds && /^_?(?:search|lookup)(?:_|$)/.test(snakeCase(called));
  if (declares && (searches || FINDS.test(snakeCase(called)))) return "top_k";
  return outer?.kind === "call" && SEARCHES.test(calleeOf(entry)) ? "top_k" : undefined;
}

const VECTORS = ["query_vector", "queryVector", "query_embedding", "queryEmbedding"];
/** `new SearchOptions { VectorSearch = ..., Size = 10 }` */
const VECTOR_SEARCH = ["VectorSearch", "vectorSearchOptions", "vectorQueries", "vector_queries"];
const RECALLS = /^recall(?:_(?!at_)\w+)?$/;
const SEARCHES = pattern`
    (?:(?:text|code|docs?|document|semantic|hybrid|web|file)_?[sS]earch\w*|memory|memories
    |vector\w*|embedding\w*|retriever|knowledge\w*|qdrant\w*|weaviate\w*|milvus\w*
    |pinecone\w*)\w*\.(?:\w*[sS]earch\w*|query\w*|Query\w*|retrieve\w*|\w*[sS]imilarity\w*)$
    |(?:^|\.)_?(?:(?:web|tavily|brave|serper|duckduckgo|ddg|exa|searx\w*)_search
    |search_(?:web|docs|documents|knowledge\w*|memory|memories|chunks))$`;

const FINDS = pattern`
    ^_?(?:\w+_)?(?:retrieve|(?:find|search|get|query)_(?:\w+_)?(?:similar|relevant|nearest)
    |(?:vector|similarity|semantic|hybrid|rag|embedding|knn)_?(?:search|query|lookup))(?:_\w+)?$`;
/** `find_similar_models(asked, installed, limit: 5)`: what somebody may have meant. */
const OF_NAMES = /_(?:models|names|commands|columns|fields|options|words|spellings)$/;
const MOST_TRIES = 10;
const TRIES = /retry|retri|backoff|attempt|polly|resilien/i;
const CHOSEN = pattern`
    ^(?:default_|num_)?(?:max_)?(?:retries|retry_?(?:count|attempts)|top_?k)$
    |(?:^|_)max_(?:\w+_)?(?:chars?|characters)(?:_per_\w+)?$|^max_(?:\w+_)?content_per_\w+$
    |^max_total_(?:content|context|text)$|^(?:(?:allowed|max|num)_)+attempts$|^best_of(?:_n)?$
    |^(?:\w+_)?embed\w*_batch(?:_size)?$|^(?:default_|max_|llm_)*batch_size$
    |^(?:num|n)_(?:samples|candidates|completions|generations)(?:_per_\w+)?$
    |^max_context_(?:items|entries|lines|files|results)$
    |^max_(?:diff|patch|transcript|code|snippet|document|context|history)_(?:length|len|size
    |lines)$`;
const ATTEMPTS = pattern`
  ^(?:max_?|with_|num_|total_?)*(?:retries|attempts|tries|retry_?(?:count|attempts|times)
  |stop_after_attempt|times)$`;

const OTHER_TRIES = pattern`
    (?:^|_)(?:db|database|sql|cosmos\w*|query_request\w*|redis|https?|fetch|downloads?|uploads?
    |health|poll\w*|connect\w*|socket|ws|queue|requests?_session|adapter|webhook|jobs?|email|sms
    |git|branch(?:es)?|resend|docker|deploy\w*|e2e|test\w*|speech|audio|voice|asr|ffmpeg|save
    |persist)(?:_|$)`;

function isOther(entry: Entry): boolean {
  return around(entry).some((one) => OTHER_TRIES.test(snakeCase(one)));
}

function outerName({ path }: Entry): string {
  return path.find(({ kind }) => kind === "key")?.name ?? "";
}
