import { type CatalogueIndex, findModel } from "#core/pricing/find-model.ts";
import { pattern } from "../pattern.ts";
import { calleeOf, type Entry, isListed, keyOf } from "../reading/entry.ts";
import { isPriceName, traitsOf } from "../reading/frame-traits.ts";
import { HOLE } from "../reading/scan-text.ts";
import { lastName, snakeCase } from "../words.ts";
import { FAMILY, isModelId, NOT_MODEL, OF_SERVICE } from "./model-family.ts";
import { addressedModel, isAllowed, isRoute, isTalk, modelBehind } from "./model-place.ts";
import { isBareFamily, isOfSection, isOfTable, isOfTiers } from "./model-section.ts";
import { askedMember, isModelMember, isTierMember, ownsModels } from "./model-symbol.ts";
import { isBuilt, isModelName, nameBehind, namesTask, OTHER_WORDS } from "./model-words.ts";
import { isSpeechSize } from "./speech-size.ts";
import {
  isLoaded,
  type ModelFinding,
  registeredId,
  requestedId,
  SAID,
  unknownId,
} from "./unknown-model.ts";

/** Words of settings and of tests, and who offers models. */
const NO_NAME = pattern`
    ^(?:true|false|none|null|auto|default|string|text|stub|mock|fake|dummy|openai|anthropic|google
    |azure|aws|bedrock|vertex(?:ai)?|ollama|groq|openrouter|huggingface)$`;
/** What OpenAI called its first models. */
const FIRST = /^(?:ada|babbage|curie|davinci)$/;
const ALIAS = /^(?:opus|sonnet|haiku|fable|opusplan|inherit|(?:opus|sonnet|haiku)\[1m\])$/;
/** Functions that draw a page. */
const SHOWS = /^(?:render|draw|format|display|paint)(?:_|$)/;
const SHAPE = /^[A-Za-z0-9@][A-Za-z0-9._:/@+~-]{1,199}(?:\[1m\])?$/;
/** Where a model is kept that is served under this name: `/models/qwen3-32b-awq`. */
const SERVED = /^(?:\/[\w.-]+){1,6}\/(?=[\w.-]+$)/;

const KEPT = /^(?:hf|huggingface|ollama):\/\//;

const RESOURCE =
  /^(?:metadata|labels|matchLabels|labelSelector|annotations|selector|nodeSelector|tags|\w+Ref)$/;
/** Lists of what models can do or may not do: being on one is no choice. */
const CAPABILITY = pattern`
    (?:^|_)(?:inclusion|sup+ort\w*|unsupported|keywords?|tags|topics|categories|capab\w*|compat\w*
    |incompat\w*|without|exclude\w*|den(?:y|ied)\w*|block\w*|requir\w*|deprecat\w*|legacy|known
    |valid|allow(?:ed|list)?|safe|patterns|prefixes|substrings|markers|whitelist|only|no|has|can
    |with|is|versions|thinking|reasoning|vision|adaptive|conflict\w*|temperature|top_?p|tools?
    |streaming|json|structured|cach\w*|prefill|quirks?|expect(?:ed|ations?|s)?)(?:_|$)`;
/** Price tables name models without calling them. */
export function inPriceTable(entry: Entry): boolean {
  // `.modelName("...").inputCost(2.5).outputCost(10)`
  const priced =
    entry.frame.chain?.priced === true ||
    traitsOf(entry.frame).priced ||
    entry.path.some(({ name }) => isPriceName(snakeCase(name))) ||
    entry.scope.some((name) => isPriceName(snakeCase(name)));
  // An entry that says how a model is called may say what it costs.
  return (
    priced && !entry.path.some(({ name }) => name === "litellm_params") && !saysWhomItAsks(entry)
  );
}

/** What is only said of a call. */
const TOLD = ["temperature", "top_p", "n"];

/** `cheap: { provider, model, input-cost }`: prices are listed, or kept under their models. */
function saysWhomItAsks({ path, frame }: Entry): boolean {
  if (frame.block === true || path.some(({ name }) => isPriceName(snakeCase(name)))) return false;
  // Models that can be asked for one say `temperature: true`.
  const told = TOLD.some((name) => /^\d/.test(frame.bound.get(name) ?? ""));
  if (told || ASKS.some((name) => frame.bound.has(name))) return true;
  if (!frame.bound.has("model") || !frame.bound.has("provider")) return false;
  const [around, own] = path.slice(-2);
  return around?.kind === "key" && own?.kind === "key" && !isModelId(around.name);
}

/** What only a call needs. */
const ASKS = ["api_key", "apiKey", "base_url", "baseURL", "api_base", "system_prompt"];

const SHOWN = /^(?:display_?name|label|title|name)$/i;

/** `{ displayName: "GPT-4", key: "gpt-4" }` offers a model by its key. */
function isOffered({ frame, value }: Entry): boolean {
  return isModelId(value.text) && [...frame.bound.keys()].some((name) => SHOWN.test(name));
}

const OTHER_NAMES = pattern`
    (?:^|_)(?:file|path|class|display|category|human|template|package|app|project|repo(?:sitory)?
    |container|plugin|module|org|space|sandbox|cluster|bucket|queue|topic|table|index|collection
    |tool|workflow|job|session|thread|skill|company|brand|event|metric|span|dataset|experiment
    |service)_?name$`;

function names(entry: Entry): { bound: boolean; other: boolean; called: boolean } {
  const key = keyOf(entry);
  const snake = snakeCase(key);
  const innermost = entry.path.at(-1);
  const call = innermost?.kind === "call" ? lastName(innermost.name) : "";
  const bound =
    entry.path.slice(-5).some(({ name }) => isModelName(lastName(name))) ||
    /^(?:llm|model)/i.test(call) ||
    (key === "" &&
      call === "" &&
      isModelName((entry.scope.at(-1) ?? "").replace(/_?[iI][dD]$/, "")));
  const last = snake.split("_").at(-1) ?? "";
  const file = OTHER_NAMES.test(snake);
  const word = OTHER_WORDS.has(last) && !/^(?:name|id)$/.test(last);
  const tokens = /(?:^|_)(?:encoding|tokenizer|tokenization|token)_/.test(snake);
  const task = namesTask(snake) && isModelId(entry.value.text);
  const offered = task || (last === "key" && isOffered(entry)) || isHosted(last, entry.value.text);
  const other =
    (file || (word && !offered && !isOfTable(entry)) || tokens) && innermost?.name === key;
  return { bound, other, called: call !== "" };
}

const LOCAL = /^(?:models?|checkpoints?|weights|data|outputs?|ckpts?|cache|saved|\.+)\//;

/** `modelURL: Qwen/Qwen3-8B` and `provider: openai:gpt-5` name models that somebody hosts. */
function isHosted(word: string, text: string): boolean {
  if (word === "provider") return /^[a-z]+[:/]/.test(text) && isModelId(text);
  const hub = /^[\w-]+\/[\w.-]+$/.test(text) && !LOCAL.test(text);
  return /^(?:url|uri|path)$/.test(word) && hub && isModelId(text);
}

/**
 * Is this value the name of a model that is chosen here? Not one that is compared, priced or
 * talked about.
 */
export function findModelId(
  index: CatalogueIndex,
  entry: Entry,
  aboutLlm: boolean,
): ModelFinding | undefined {
  const { kind, text } = entry.value;
  if (entry.role !== "value" || (kind !== "name" && kind !== "text")) return undefined;
  if (kind === "name") {
    const found = symbolic(entry);
    return found === undefined || isTalk(entry) || inTable(entry) ? undefined : found;
  }
  if (isSpeechSize(entry)) {
    return { value: text, confidence: "sure", why: "a size of Whisper" };
  }
  const addressed = addressedModel(text);
  if (addressed !== undefined && !isTalk(entry)) {
    return { value: addressed, confidence: "sure", why: "the address of a call names a model" };
  }
  const part = behind(entry);
  if (!SHAPE.test(part) || part.includes(HOLE) || isTalk(entry) || isRoute(entry)) return undefined;
  // `url: hf://meta-llama/Llama-3.1-8B-Instruct` is where the model is kept.
  const value = part.replace(KEPT, "");
  // `uses: acme/sonar-scan@v6` is a step of a workflow.
  if (NOT_MODEL.test(value) || keyOf(entry) === "uses") return undefined;
  if (OF_SERVICE.test(value.toLowerCase()) && !SAID.test(snakeCase(keyOf(entry)))) return undefined;
  const { bound, other, called } = names(entry);
  if (other && !KEPT.test(text.trim()) && !/name_or_path$/.test(keyOf(entry))) return undefined;
  const lower = value.toLowerCase();
  // Ollama's models need no version: `new OllamaApiClient(url, "mistral")`.
  const family =
    isModelId(value) || (called && /ollama|Model$/i.test(calleeOf(entry)) && FAMILY.test(lower));
  const known =
    family ||
    ((bound || called) &&
      /\d|-/.test(lower) &&
      findModel(index, undefined, value).state === "found");
  const registered = known && value === lower ? undefined : registeredId(entry, value);
  if (registered !== undefined) return registered;
  const tier = ALIAS.test(value) && isOfTiers(entry);
  if (!known && !bound && !tier) return aboutLlm ? requestedId(entry, value) : undefined;
  if (inPriceTable(entry) || isListedCapability(entry) || isDisplayName(entry)) return undefined;
  // What a resource of a cluster is called says nothing of what runs in it, and what a policy
  // allows is not called for it.
  if (entry.path.some(({ name }) => RESOURCE.test(name)) || isAllowed(entry)) return undefined;
  if (known) {
    const named = bound || called || value.includes("/") || keyOf(entry) !== "";
    // Of `tinyllama:1.1b-q2_K` the tag may have capitals.
    const large = /^[^:]*[A-Z]/.test(value);
    if (large && !bound && !value.includes("/") && !isLoaded(entry)) return undefined;
    if (value.length < 3 && !bound && !isOffered(entry)) return undefined;
    const id = versioned(index, entry, value);
    const by = keyOf(entry) || calleeOf(entry);
    return bound && by !== ""
      ? { value: id, confidence: "sure", why: `${by} names a model` }
      : { value: id, confidence: named ? "sure" : "possible", why: "the value is a model's name" };
  }
  const key = snakeCase(keyOf(entry));
  if (aboutLlm && /^(?:engine|model)$/.test(key) && FIRST.test(value)) {
    return { value, confidence: "possible", why: `${key} names one of the first models` };
  }
  const shown = SHOWS.test(snakeCase(entry.scope.at(-1) ?? ""));
  const named = key === "" ? snakeCase(lastName(calleeOf(entry))) : key;
  if (tier || (ALIAS.test(value) && !shown && /(?:^|_)model(?:_|$)/.test(named))) {
    return { value, confidence: "sure", why: "an alias of a model" };
  }
  if (!bound || !aboutLlm || NO_NAME.test(lower)) return undefined;
  if (isOfSection(entry)) {
    const why = `${key} of the models names one`;
    if (isBareFamily(value)) return { value, confidence: "possible", why };
    return unknownId(entry, value, "model");
  }
  return unknownId(entry, value, isBuilt(entry) ? "model" : nameBehind(entry, key));
}

/** The part of a text that may be the id of a model: behind its unknown parts, and its folders. */
function behind(entry: Entry): string {
  const text = entry.value.text.trim();
  const first = text.charCodeAt(0);
  if (first !== 47 && first !== 36 && !text.includes(HOLE) && !text.includes("${")) return text;
  const named = isModelName(keyOf(entry));
  if (!SERVED.test(text)) return modelBehind(text, named) ?? text;
  const id = text.replace(SERVED, "");
  return named && isModelId(id) ? id : text;
}

/** A table says what models cost or can do; none is chosen there. */
function inTable(entry: Entry): boolean {
  const described = traitsOf(entry.frame).capabilities >= 3;
  return described || inPriceTable(entry) || isListedCapability(entry);
}

const MAX_BESIDE = 200;

/** A deployment says model and version apart; together they are a name that prices know. */
function versioned(index: CatalogueIndex, entry: Entry, value: string): string {
  const { frame } = entry;
  // `param chatModelName = 'gpt-4o'`, `param chatModelVersion = '2024-08-06'`
  const own = `${snakeCase(keyOf(entry)).replace(/_name$/, "")}_version`;
  let beside: string | undefined;
  if (frame.bound.size <= MAX_BESIDE) {
    for (const [name, text] of frame.bound) if (snakeCase(name) === own) beside = text;
  }
  const version = beside ?? (frame.block === true ? "" : (frame.bound.get("version") ?? ""));
  if (!/^(?:\d{4}|\d{4}-\d{2}-\d{2})$/.test(version)) return value;
  const id = `${value}-${version}`;
  return findModel(index, undefined, id).state === "found" ? id : value;
}

/** NO_TEMPERATURE_MODELS = [...] and the like, in every language's way of writing a set. */
function isListedCapability(entry: Entry): boolean {
  const last = entry.path.at(-1);
  const listed =
    isListed(entry) ||
    (last?.kind === "call" &&
      /^(?:set|new Set|frozenset|Set|HashSet|of|listOf|setOf)$/i.test(lastName(last.name)));
  if (!listed) return false;
  // `[tool.name]` of pyproject.toml is no list of tools; `with:` of a workflow hands over.
  if (entry.path.some(({ kind, name }) => kind === "call" && /^@?allowed$/.test(name))) return true;
  const keys = entry.path
    .filter(({ kind, name }, at) => kind === "key" && !(at === 0 && name === "tool"))
    .slice(-4);
  return keys.some(({ name }) => name !== "with" && CAPABILITY.test(snakeCase(name)));
}

const PACKAGE = ["dependencies", "devDependencies", "scripts", "license", "engines", "exports"];
const LABELS = /^(?:label|title|display_?name)$/i;
const IDS = /^(?:id|model|model_?id|value|slug|model_?name|api_?name)$/i;
const NAMES = /^(?:id|name|model|model_?id|value|slug|model_?name|api_?name)$/i;

/** `{ id: "gpt-4o", name: "GPT-4o" }`: the id is the model. */
function isDisplayName(entry: Entry): boolean {
  const key = snakeCase(keyOf(entry));
  // The alias of a model that stands beside it; a command's `--alias` names one itself.
  if (/^alias(?:es)?$/.test(key)) {
    return [...entry.frame.bound.keys()].some((name) => NAMES.test(name));
  }
  const written = /[A-Z\s]/.test(entry.value.text);
  if (!/^(?:name|label|title|display_name|text)$/.test(key) && !(written && key === "model_name")) {
    return false;
  }
  const near = entry.frame.bound;
  // What a package is called.
  if (
    key === "name" &&
    /^(?:package|project|poetry|workspace)$/.test(entry.path.at(-2)?.name ?? "")
  ) {
    return true;
  }
  if (key === "name" && PACKAGE.some((name) => near.has(name))) return true;
  // `{ id: Tier.SMALL, name: "gpt-4.1-mini", label: "Small" }`
  const labelled = [...entry.frame.bound.keys()].some((name) => LABELS.test(name));
  if (key === "name" && !written && labelled && isModelId(entry.value.text)) return false;
  const others = key === "name" ? IDS : NAMES;
  return [...entry.frame.bound.keys()].some((name) => name !== keyOf(entry) && others.test(name));
}

/** `client.agent(GPT_4O)` */
const TAKES = /^(?:agent|extractor|(?:completion|embedding|chat|language)_model)$/;

/** A member that is called like a model. */
function symbolic(entry: Entry): ModelFinding | undefined {
  const chain = askedMember(entry) ?? entry.value.text;
  if (isTierMember(chain) && isModelName(keyOf(entry))) {
    return { value: chain, confidence: "possible", why: "a member of the models of a program" };
  }
  if (!isModelMember(chain)) return undefined;
  const bound = names(entry).bound || /^(?:model|llm)_/.test(snakeCase(keyOf(entry)));
  const chained = chain.includes(".");
  const given = /^[A-Z][A-Z\d_]+$/.test(chain) && TAKES.test(snakeCase(lastName(calleeOf(entry))));
  if (!bound && !given && !(chained && ownsModels(chain))) return undefined;
  if (/^[a-z]/.test(lastName(chain)) && !chained) return undefined;
  return { value: chain, confidence: "sure", why: "a member that is called like a model" };
}
