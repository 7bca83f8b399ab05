import { pattern } from "../pattern.ts";
import { calleeOf, type Entry, isListed } from "../reading/entry.ts";
import { lastName, snakeCase } from "../words.ts";
import { FAMILY } from "./model-family.ts";
import { isBuilt, isModelName } from "./model-words.ts";

export interface ModelFinding {
  /** As written, without quotes. */
  readonly value: string;
  readonly confidence: "sure" | "possible";
  readonly why: string;
}

const CALL = pattern`
    ^(?:messages|temperature|max_tokens|max_output_tokens|max_completion_tokens|api_key|api_base
    |base_url|provider|prompt|system|input|stream|tools|instructions)$`;

const ANSWERS = /^[A-Z]\w*(?:Response|Result|Reply|Answer)$/;
/** Names that say nothing but that a model is meant. */
export const SAID = /(?:^|_)(?:model|llm)(?:_name|_id)?$/;
/** `arcee-agent`: words that are joined as ids are. */
const HYPHENATED = /^[a-z][a-z\d.]*(?:-[a-z\d.]+)+$/;
const PLACEHOLDER = pattern`
    ^(?:your|my|some|the|a|an|test|fake|dummy|mock|example|custom|default|base|new|old|any|unknown
    |no|none|not|same|auto|best|model|user|data|fallback)-|-(?:name|id|here|model|models|type|key
    |error)$`;

/** Whatever a deployment of a model is called. */
const DEPLOYMENT = pattern`
    (?:^|_)(?:azure|openai|gpt|chat|completions?|llm|model|embeddings?)_(?:\w+_)?deployment
    (?:_name|_id)?$`;

/** `AzureChatOpenAI(deployment_name="...")`, `{ endpoint: "https://x.openai.azure.com", deployment }` */
function isOfAzure(entry: Entry): boolean {
  if (/azure|openai/i.test(calleeOf(entry))) return true;
  return [...entry.frame.bound.values()].some((text) => text.includes("openai.azure.com"));
}

const OWN = /^deployment(?:_name|_id)?$/;
const EXAMPLE = /^(?:x+|my[-_]?\w*|\S*deployment|name|\W+)$/i;

/** A record of a database has a model too: `{ model: "shop.order2", pk: 7, fields: {} }`. */
const RECORD = ["pk", "fields", "identifiers", "attrs"];

/** An id that nobody knows yet is a model all the same, if its place says so. */
export function unknownId(entry: Entry, value: string, key: string): ModelFinding | undefined {
  if (RECORD.some((name) => entry.frame.bound.has(name))) return undefined;
  // `ChatResponse(model = "local-1")` says who answered.
  if (ANSWERS.test(lastName(calleeOf(entry)))) return undefined;
  const listed = isListed(entry) && FAMILY.test(value.toLowerCase());
  const own = entry.path.at(-1)?.kind === "key" || listed || isBuilt(entry);
  const direct = isModelName(key) && own;
  if (!direct && !/^(?:id|name)$/.test(key)) return undefined;
  const deployment = DEPLOYMENT.test(key) || (OWN.test(key) && isOfAzure(entry));
  const deployed = deployment && !FILLED_IN.test(value) && !EXAMPLE.test(value);
  const shaped = /\d/.test(value) || value.includes("/") || value.includes(":") || deployed;
  const family = FAMILY.test(value.toLowerCase());
  const call = [...entry.frame.bound.keys()]
    .slice(0, 40)
    .some((name) => CALL.test(snakeCase(name)));
  if (/^[A-Z][A-Za-z]+$/.test(value) && !call) return undefined;
  // `"ChatGpt:ModelId"` is a way through a configuration.
  if (/:\w*(?:[mM]odel|[dD]eployment)(?:Id|Name)?$/.test(value)) return undefined;
  // "REPLACE_WITH_YOUR_DEPLOYMENT"; and an engine that no list knows is one of anything.
  if (/^(?:[A-Z][A-Z_]+|[nN]\/[aA])$/.test(value) || /(?:^|_)engines?$/.test(key)) return undefined;
  const named = /^(?:model|model_name|model_id|llm|llm_model|chat_model)$/.test(key);
  const known = SAID.test(key) && HYPHENATED.test(value) && !PLACEHOLDER.test(value);
  if (!shaped && !family && !known && !(call && named)) return undefined;
  // "mistralAiChatModelBuilder" is called by code.
  if (!/[a-zA-Z]/.test(value) || /^[a-z]+(?:[A-Z][a-z]+)+$/.test(value)) return undefined;
  return {
    value,
    confidence: call && shaped ? "sure" : "possible",
    why: `${key} names a model that no price list has`,
  };
}

const REGISTERS = pattern`
    ^(?:new\s)?(?:Add|With)?\w*(?:OpenAI|Ollama|Mistral|Google|Gemini|Vertex|Bedrock|Anthropic|Onnx
    |HuggingFace|AIInference)\w*?(?:Chat|Text|Embedding)(?:Completions?|Generation|Generator
    |Embeddings?(?:Generation)?|Client)(?:Service)?$`;
/** What somebody is to fill in. */
const FILLED_IN = /your|here|placeholder|deployment[-_]?name|model[-_]?(?:id|name)/i;

/** `AddAzureOpenAIChatCompletion("GPT35_2", ...)`: whatever a deployment is called. */
export function registeredId(entry: Entry, value: string): ModelFinding | undefined {
  if (!isRegistered(entry)) return undefined;
  const capitals = value === value.toUpperCase() && !/\d/.test(value);
  if (capitals || FILLED_IN.test(value)) return undefined;
  return { value, confidence: "sure", why: `${calleeOf(entry)} is given a model` };
}

const REQUESTS = /(?:Request|Completion|Chat|Embedding)\w*\.(?:new|builder)$/;

/** `GenerateRequest::builder("dolphin3:8b")`: with a version or a tag, in front of what is asked. */
export function requestedId(entry: Entry, value: string): ModelFinding | undefined {
  const callee = calleeOf(entry);
  if (entry.path.at(-1)?.kind !== "call" || entry.position !== 0) return undefined;
  if (!REQUESTS.test(callee) || !/[a-z]/.test(value) || !/\w[:/]\w|[a-z]-?\d/.test(value))
    return undefined;
  return { value, confidence: "possible", why: `${callee} is given a model` };
}

/** Is it what a client of models is first given? */
export function isRegistered(entry: Entry): boolean {
  const own = entry.path.at(-1)?.kind === "call" && entry.position === 0;
  return own && REGISTERS.test(lastName(calleeOf(entry)));
}

/** `SentenceTransformer("all-MiniLM-L6-v2")` */
export function isLoaded(entry: Entry): boolean {
  return (
    /(?:Transformer|Encoder|Embeddings?|from_pretrained)$/.test(calleeOf(entry)) ||
    isDeployed(entry)
  );
}

/** `{ name: "Phi-4", publisher: "Microsoft", sku: "Standard" }` */
function isDeployed({ frame, path }: Entry): boolean {
  const named = path.at(-1)?.kind === "key" && path.at(-1)?.name === "name";
  return named && ["publisher", "sku", "skuName", "capacity"].some((one) => frame.bound.has(one));
}
