import { isModelId } from "../models/model-family.ts";
import { pattern } from "../pattern.ts";
import { calleeOf, type Entry } from "../reading/entry.ts";
import { lastName, snakeCase } from "../words.ts";

/** The parameter that a value sets by its place, where its own name says something else. */
export function placedName(entry: Entry): string | undefined {
  return (
    ofTable(entry) ??
    ofSection(entry) ??
    byPosition(entry) ??
    ofArgument(entry) ??
    ofConstructor(entry) ??
    besideTokens(entry) ??
    ofPages(entry) ??
    labelled(entry) ??
    registered(entry)
  );
}

const MODEL_CLASS = pattern`
    ^(?:new_)?(?:gpt|claude|gemini|llama|mistral|llm|language|chat|ai|openai|anthropic|ollama)
    _?(?:\w+_)?model$`;
/** Fewer tokens are no context of a model. */
const LEAST_CONTEXT = 1000;

/** `new GptModel("gpt-4o", 85000)`: how much is sent to the model that is called so. */
function ofConstructor({ path, position, value }: Entry): string | undefined {
  const innermost = path.at(-1);
  if (innermost?.kind !== "call" || position !== 1 || value.kind !== "number") return undefined;
  const large =
    /^\d[\d_]*$/.test(value.text) && Number(value.text.replaceAll("_", "")) >= LEAST_CONTEXT;
  return large && MODEL_CLASS.test(snakeCase(lastName(innermost.name)))
    ? "context_size"
    : undefined;
}

const CONTENT = /^max_(?:content|input|message)_(?:length|size)$|^input_limit$/;
const TOKENS = /^max_(?:output_|completion_|new_)?tokens$|^token_limit$/;

/** `{ maxTokens: 1000, maxContentLength: 2048 }`: how much of a text goes into the call. */
function besideTokens(entry: Entry): string | undefined {
  const { frame, value, path } = entry;
  if (value.kind !== "number" || frame.block === true) return undefined;
  const own = path.findLast(({ kind }) => kind === "key")?.name ?? "";
  if (!CONTENT.test(snakeCase(own))) return undefined;
  const beside = [...frame.bound.keys()].slice(0, MAX_BESIDE);
  return beside.some((one) => TOKENS.test(snakeCase(one))) ? "max_context_chars" : undefined;
}

/** `{ maximumPageLength: 2000, pageOverlapLength: 200 }`: an index cuts its texts in pages. */
function ofPages({ frame, value, path }: Entry): string | undefined {
  const own = snakeCase(path.at(-1)?.name ?? "");
  if (value.kind !== "number" || !/page_(?:overlap_)?length$/.test(own)) return undefined;
  const pages = PAGES.some((one) => frame.bound.has(one));
  if (!pages) return undefined;
  return own.includes("overlap") ? "chunk_overlap" : "chunk_size";
}

const PAGES = ["pageOverlapLength", "page_overlap_length", "textSplitMode", "text_split_mode"];

const REGISTERS = pattern`
    ^(?:add|register|bind|define|declare|new|set|with)_(\w+)_(?:flag|option|opt|arg|argument|param
    |parameter|setting)$`;

/** `AddMaxTurnsFlag(command, &turns, 20)`: the call is named for what it is given a default of. */
function registered({ path, value }: Entry): string | undefined {
  const innermost = path.at(-1);
  if (innermost?.kind !== "call" || value.kind !== "number") return undefined;
  return REGISTERS.exec(snakeCase(lastName(innermost.name)))?.[1];
}

const TABLE = pattern`
    (?:^|_)(?:max_(?:output_|completion_)?tokens|(?:reasoning|thinking)_(?:effort|budget|level)
    |service_tier)s?$`;
/** What a schema says of a number. */
const SCHEMA = pattern`
    ^(?:type|minimum|maximum|min|max|step|default|description|label|title|ge|gt|le|lt|required|name
    |value|enum|format|examples?|range)$`;
const MAX_BESIDE = 60;

/** `AGENT_MAX_TOKENS = { reader: 300, writer: 400 }`: each of them has a limit of its own. */
function ofTable({ path, frame }: Entry): string | undefined {
  const [table, own] = path.slice(-2);
  if (table?.kind !== "key" || own?.kind !== "key" || path.length > 3) return undefined;
  const name = snakeCase(table.name);
  // What models can do is said by their ids.
  if (!TABLE.test(name) || isModelId(own.name)) return undefined;
  const beside = [...frame.bound.keys()].slice(0, MAX_BESIDE);
  if (beside.some((one) => SCHEMA.test(snakeCase(one)) || isModelId(one))) return undefined;
  return name.replace(/s$/, (end) => (/tokens$/.test(name) ? end : ""));
}

/** What sections of a configuration call the sizes that are theirs. */
const SECTIONS: readonly { readonly of: RegExp; readonly own: RegExp; readonly sets: string }[] = [
  {
    of: /^(?:text_)?(?:chunk(?:s|ing|er)?|splitt(?:er|ing))$/,
    own: /^(?:size|length|max)$/,
    sets: "chunk_size",
  },
  {
    of: /^(?:text_)?(?:chunk(?:s|ing|er)?|splitt(?:er|ing))$/,
    own: /^overlap$/,
    sets: "chunk_overlap",
  },
  {
    of: /^(?:(?:chat|conversation|message)_)?(?:history|conversation)$/,
    own: /^(?:(?:max_)?(?:limit|size|length|window|turns|messages|items)|max|keep|last)$/,
    sets: "history_limit",
  },
  {
    of: /^(?:(?:chat|conversation)_)?memory$/,
    own: /^(?:window|(?:max_)?turns|k)$/,
    sets: "history_limit",
  },
  {
    of: /^(?:rag|retriev(?:er|al))$/,
    own: pattern`
      ^(?:limit|count|top|n|max|max_results|max_(?!\w*(?:tokens|chars|distance|age|length|days
      |size|score|retries))\w+)$`,
    sets: "retrieval_k",
  },
];

/** `chunking: { size: 500 }` */
function ofSection({ path, value }: Entry): string | undefined {
  const [section, own] = path.slice(-2);
  if (value.kind !== "number" || section?.kind !== "key" || own?.kind !== "key") return undefined;
  const [of, name] = [snakeCase(section.name), snakeCase(own.name)];
  return SECTIONS.find((one) => one.of.test(of) && one.own.test(name))?.sets;
}

const WIDGET = /(?:^|\.)(?:Slider|Number|slider|number_input)$/;

/** `Slider(1, 4096, value=512, label="Max tokens")`: what a page asks for is named by its label. */
function labelled(entry: Entry): string | undefined {
  const { path, frame, position, value } = entry;
  const callee = calleeOf(entry);
  if (value.kind !== "number" || !WIDGET.test(callee)) return undefined;
  const innermost = path.at(-1);
  const set =
    innermost?.kind === "key"
      ? /^(?:value|default)$/.test(innermost.name)
      : position === (/slider$/i.test(callee) ? 2 : 0);
  return set ? frame.bound.get("label")?.replace(/ to (?:use|retrieve)$/, "") : undefined;
}

const ASKS = pattern`
    ^(?:complete|completion|chat|generate|ask|prompt|generate_text|chat_completion|create_completion
    |(?:call|ask|query|prompt|send_to|invoke)_(?:llm|model|claude|gpt|openai|gemini|ai))$`;
const OF_MODEL = /llm|openai|anthropic|claude|gpt|gemini|ollama|provider|model|_ai$/;
/** Fewer tokens are no answer, and what is more is milliseconds. */
const [LEAST, MOST] = [64, 8192];

/** `provider.complete(system, messages, 300)`: no other number of this size is given there. */
function byPosition(entry: Entry): string | undefined {
  const { path, position, value } = entry;
  if (path.at(-1)?.kind !== "call" || position < 1 || !/^\d+$/.test(value.text)) return undefined;
  const limit = Number(value.text);
  if (value.kind !== "number" || limit < LEAST || limit > MOST) return undefined;
  const callee = calleeOf(entry);
  const asks = ASKS.test(snakeCase(lastName(callee))) && OF_MODEL.test(snakeCase(callee));
  return asks ? "max_tokens" : undefined;
}

interface Placed {
  readonly callee: RegExp;
  /** What the arguments at these places set. */
  readonly sets: Readonly<Record<number, string>>;
}

const FINDS = "retrieval_k";
/** What a page of a chat may hold: texts are cut so for people. */
const OF_CHATS = /^(?:1[89]\d\d|2000|3[89]\d\d|40\d\d)$/;
/** More is no number of things that are found. */
const MOST_FOUND = 50;
/** Calls of libraries that take a size by its place alone. */
const PLACED: readonly Placed[] = [
  { callee: /(?:^|[._])index\.(?:search|top_n(?:_ids)?)$/, sets: { 1: FINDS } },
  { callee: /(?:^|\.)Split(?:PlainText|MarkDown)(?:Lines|Paragraphs)$/, sets: { 1: "chunk_size" } },
  { callee: /(?:^|[._])as_?[rR]etriever$/, sets: { 0: FINDS } },
  {
    callee: /(?:^|[._])(?:similarity_?search\w*|max_?marginal_?relevance_?search\w*)$/i,
    sets: { 1: FINDS, 2: FINDS },
  },
  {
    callee: /^(?:DocumentSplitters\.recursive|DocumentBy\w+Splitter)$/,
    sets: { 0: "chunk_size", 1: "chunk_overlap" },
  },
  { callee: /^(?!as)\w*[a-z]Retriever$/, sets: { 0: FINDS } },
  {
    callee: /^(?:Token\w*|Sentence|Recursive\w*|Character)(?:Text)?Splitter$/,
    sets: { 0: "chunk_size" },
  },
  { callee: /(?:^|[._])[vV]ector_?[sS]tore\.(?:search|query)$/, sets: { 1: FINDS } },
  {
    callee: pattern`
      (?:^|[._])_?(?:chunk|split)_?(?:[tT]exts?|[dD]oc(?:ument)?s?|[cC]ontent|[pP]ages?
      |[tT]ranscript|[mM]arkdown|[iI]nto_?[cC]hunks)(?:_into_chunks|IntoChunks)?$`,
    sets: { 1: "chunk_size", 2: "chunk_overlap" },
  },
  {
    callee: pattern`
      (?:^|[._])_?(?:get|retrieve|search|find|fetch|query|lookup)_?(?:(?:[rR]elevant|[sS]imilar
      |[rR]elated|[tT]op|[nN]earest)_?)?(?:[cC]ontext|[dD]ocs|[dD]ocuments|[cC]hunks|[pP]assages
      |[mM]emories|[kK]nowledge(?:_?[bB]ase)?|[sS]nippets|[eE]xamples)$`,
    sets: { 1: FINDS },
  },
  {
    callee: /(?:^|\.)ChatHistory(?:Truncation|Summarization)Reducer$/,
    sets: { 0: "last_messages", 1: "last_messages", 2: "last_messages" },
  },
  {
    callee: /ChatMemoryAdvisor$|withMaxMessages$/,
    sets: { 0: "last_messages", 2: "last_messages" },
  },
];

/** `retriever(4)`, `similaritySearch(question, 6)`, `DocumentSplitters.recursive(300, 30)` */
function ofArgument({ path, position, value }: Entry): string | undefined {
  const innermost = path.at(-1);
  if (innermost?.kind !== "call" || value.kind !== "number") return undefined;
  const set = PLACED.find(({ callee }) => callee.test(innermost.name))?.sets[position];
  const size = Number(value.text);
  if (set === FINDS) return size >= 1 && size <= MOST_FOUND ? set : undefined;
  return set === "chunk_size" && OF_CHATS.test(value.text) ? undefined : set;
}
