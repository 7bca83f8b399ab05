import { pattern } from "../pattern.ts";
import { type Entry, isListed, keyOf } from "../reading/entry.ts";
import { traitsOf } from "../reading/frame-traits.ts";
import { LOOPS } from "../reading/source-brackets.ts";
import { folded, lastName, snakeCase } from "../words.ts";
import { ofBranches } from "./model-branches.ts";
import { isCalledLike } from "./model-called.ts";
import { isModelId } from "./model-family.ts";
import { ADDS_CHOICE } from "./model-place.ts";

const NAMES_MODEL = pattern`
    ^(?:id|ids|model|models?|model_?ids?|value|slug|name|model_?names?|api_?name|key|\w+_models?
    |\w+_model_(?:id|name)s?)$`;
/** Lists that a call goes through, and entries that say how they are called. */
const CALLED = pattern`
    (?:^|_)(?:fallbacks?|defaults?|routes?|routing|routers?|chain|council|ensemble|judges?|agents?
    |voters?|candidates|panel|cascade|tiers?|roles?|tasks?|deployments?)(?:_|$)`;
const ALIASES =
  /(?:^|_)(?:alias|aliases|synonyms|deprecations|renamed|redirects)(?:_(?:map|table|to_\w+))?$/;
/** `add_argument("--alias", default="phi-4")` takes the name of one model. */
const OPTION = /(?:^|[._])(?:add_?[aA]rgument|add_?[oO]ption|option|Option)$/;
/** `#[serde(rename = "gpt-4o")]`, `@SerialName("gpt-4o")`: what a member is called when it is written. */
const CALLS = pattern`
    ^@?(?:serde|strum|SerialName|JsonProperty|SerializedName|EnumMember|JsonPropertyName
    |JsonEnumValue|JsonStringEnumMemberName|EnumValue)$`;
const CHOOSES = /(?:^|[._])(?:select(?:box|_box|_slider)?|multiselect|radio|dropdown|combobox)$/i;
const CHOICES = /^(?:values|choices|options|(?:x-)?enum\w*(?:-\w+)*)$/i;
/** Names of tables from which somebody chooses. */
const CHOICE_TABLE = pattern`
    (?:^|_)(?:models?|llms?|agents?|engines?)_(?:options|choices|catalog(?:ue)?|presets|specs)$
    |^(?:default_)?(?:available|supported|all|known|builtin|allowed|enabled)_(?:\w+_)?models$`;
/** `onClick={() => setModel("gpt-4o")}` */
const HANDLES = /^on(?:[A-Z]\w+|click|change)$/;
const LISTS = pattern`
    ^(?:get|list|fetch|load|available|supported)_(?:\w+_)?models?(?:_list)?$
    |^(?:\w+_)?model_(?:list|options|choices|names)$|^models_(?:for|of)_\w+$`;
const OWN_LIST = /(?:^|_)model_(?:list|options|choices|names)$/;
/** `model_list.append("gpt-4o")` */
const ADDS_TO_LIST = /(?:^|[._])models?_?(?:list|options|choices)\.(?:append|push|add)$/i;
/** Asked for in this order: `get_preferred_image_models()`. */
const PREFERRED = /(?:^|[_$])(?:preferred|preferences?|priorit(?:y|ies|ized))(?:_|$)/i;
const SETTING = pattern`
    ^(?:messages|temperature|max_tokens|max_output_tokens|max_completion_tokens|api_key|api_base
    |base_url|prompt|system|system_prompt|instructions|litellm_params|deployment|capacity|version
    |weight|priority|role|task)$`;
const REACHES = /^(?:base_url|api_base|api_key)$/;
/** Neighbours that name an entry of a list. */
const ITEM_NAMES = [
  "name",
  "agent",
  "role",
  "task",
  "key",
  "slug",
  "title",
  "label",
  "displayName",
  "display_name",
];

/** The name beside a value in an entry of a list, by which the entry is known again. */
export function itemOf(entry: Entry): string | undefined {
  const { path, frame } = entry;
  if (path.at(-1)?.kind !== "key" || !path.some(({ kind }) => kind === "list")) return undefined;
  // `{ name: "coder", command: "claude --model sonnet" }`
  const flag = path.at(-2)?.kind === "call" && frame.owner !== undefined;
  if (flag) return neighbourName({ ...entry, frame: frame.owner });
  // `{ model_name: "quick", litellm_params: { model: "openai/gpt-5-mini" } }`
  const proxied = path.at(-2)?.name === "litellm_params";
  return neighbourName(entry) ?? (proxied ? entry.frame.owner?.bound.get("model_name") : undefined);
}

function neighbourName({ frame, value }: Entry): string | undefined {
  for (const name of ITEM_NAMES) {
    const text = frame.bound.get(name);
    if (text !== undefined && text !== "" && text !== value.text) return text;
  }
  return undefined;
}

/** How a server is told to run a model of its own. */
const SERVES = [
  "providerId",
  "provider_id",
  "hf_model",
  "gpu_count",
  "extra_args",
  "tensor_parallel_size",
  "inferenceLibrary",
  "hardwareAcceleration",
];

/** An entry of models that a program runs itself: what it says of them is a setting. */
export function isServed({ frame }: Entry): boolean {
  return frame.block !== true && SERVES.some((name) => frame.bound.has(name));
}

/** A list of such entries is a catalogue: of those that stay, a setting may change. */
export function servedOffer(entry: Entry, where: string): Offer | undefined {
  if (!isServed(entry) || !entry.path.some(({ kind }) => kind === "list")) return undefined;
  return { least: 1, list: `settings of ${where}` };
}

/** Many bare names in one list are offered; of those that have a label, a few. */
const MANY = 5;
export const MANY_LABELLED = 3;

/** A model of a list that only says which ones there are. */
export interface Offer {
  /** Of how many different models the list must be, at least. */
  readonly least: number;
  /** What the models of one list have in common. */
  readonly list: string;
  /** How many entries the list has so far, models that nobody knows with them. */
  readonly entries?: number;
}

/** Undefined where the entry says which model is called. */
export function offerOf(entry: Entry, where: string): Offer | undefined {
  const { path, frame, value } = entry;
  const last = path.at(-1);
  const member = ofEnumeration(entry);
  if (member !== undefined || last === undefined) return member;
  // Constants that are each called like their model: the members of an enumeration.
  const owner = where.slice(0, Math.max(0, where.lastIndexOf(" > ")));
  const own = last.kind === "key" && path.length === 1;
  if (own && isSpelledLike(last.name, value.text)) return { least: MANY, list: owner };
  // `val Flash = LLModel(id = "gemini-2.5-flash", capabilities = ...)`
  const [name, maker] = path;
  const described = traitsOf(frame).capabilities > 0 && maker?.kind === "call";
  if (described && path.length === 3 && name?.kind === "key") {
    if (isSpelledLike(name.name, value.text)) return { least: MANY, list: entry.scope.join(" > ") };
  }
  const inBranches = own ? ofBranches(entry, where) : undefined;
  if (inBranches !== undefined || frame.block === true) return inBranches;
  const run = last.name === "hf_model" && path.some(({ kind }) => kind === "list");
  if (run || traitsOf(frame).capabilities >= 3) return { least: 1, list: where };
  // What a page offers to choose from, and what a function that lists models returns.
  // What a name stands for is resolved, and called under its own name elsewhere.
  const option = path.some(({ kind, name }) => kind === "call" && OPTION.test(name));
  if (!option && path.some(({ name }) => ALIASES.test(snakeCase(name)))) {
    return { least: 1, list: where };
  }
  // `const options: Params = { model: "gpt-4o" }` is no list of choices.
  const set = /^(?:model|llm|engine)$/i.test(last.name);
  const chooses = path.some(({ kind, name }) =>
    kind === "call" ? CHOOSES.test(name) : !set && CHOICES.test(name),
  );
  const table = path.slice(0, -1).some(({ name }) => CHOICE_TABLE.test(snakeCase(name)));
  if (table || path.some(({ name }) => HANDLES.test(name))) return { least: 1, list: where };
  const by = snakeCase(entry.scope.at(-1) ?? "");
  if (isListed(entry) && (PREFERRED.test(by) || path.some(({ name }) => PREFERRED.test(name))))
    return undefined;
  // `availableModels() { return [{ id: "gpt-4o", label: "GPT-4o" }] }`
  const returned = path.length === 2 && path[0]?.kind === "list" && LISTS.test(by);
  const lists =
    isListed(entry) && (LISTS.test(by) || path.some(({ name }) => OWN_LIST.test(snakeCase(name))));
  const picked = path.some(
    ({ kind, name }) => kind === "call" && (ADDS_CHOICE.test(name) || ADDS_TO_LIST.test(name)),
  );
  if (chooses || lists || returned || picked) return { least: 1, list: where };
  // `models: { default: [...], fetch: true }`: what a program offers unless it asks for a list.
  const [models, listed] = path.slice(-3);
  if (isListed(entry) && models?.name === "models" && listed?.name === "default")
    return { least: MANY_LABELLED, list: where };
  if (path.some(({ kind, name }) => kind !== "list" && CALLED.test(snakeCase(name)))) {
    return undefined;
  }
  // `{ models: [A, B], default: A }` says which of them is called.
  if (ofChain(entry)) return undefined;
  // Gone through in turn.
  if (path.some(({ name }) => name.startsWith(LOOPS))) return undefined;
  if (isListed(entry) && besideDefault(entry)) return { least: 1, list: where };
  // `{ "tiny": ("whisper-tiny-ov", "int4"), ... }`
  const first = last.kind === "key" && entry.position === 0 && isPartOf(last.name, value.text);
  if (isListed(entry) && first) return { least: MANY, list: owner };
  if (isListed(entry)) return { least: MANY, list: where, entries: entry.position + 1 };
  const called = [...frame.bound.keys()].some((name) => SETTING.test(snakeCase(name)));
  // An address alone says no more than who offers it.
  const reached = [...frame.bound.keys()].every(
    (name) => !SETTING.test(snakeCase(name)) || REACHES.test(snakeCase(name)),
  );
  const keyed = (reached ? aroundKey(entry) : undefined) ?? (called ? undefined : registry(entry));
  if (keyed !== undefined) return { least: MANY, list: keyed };
  // `listOf(Offered("GPT-4o", "gpt-4o"), ...)`
  const [around, built] = path.slice(-2);
  const within = around?.kind === "call" && LISTED_BY.test(around.name);
  if (within && built?.kind === "call" && entry.position > 0 && /^[A-Z]/.test(lastName(built.name)))
    return { least: MANY_LABELLED, list: where };
  if (path.some(({ kind, name }) => kind === "call" && /^[a-z]/.test(lastName(name)))) {
    return undefined;
  }
  const shown = ["label", "title", "displayName", "display_name", "friendly_name", "desc"];
  const label = shown.map((name) => frame.bound.get(name) ?? "").find((text) => text !== "");
  const labelled = label !== undefined && isCalledLike(label, value.text);
  if (!labelled && called) return undefined;
  // `{ "flash": "gemini-2.5-flash", "o3": "o3" }` maps aliases to models.
  const stands = isPartOf(last.name, value.text) || folded(value.text) === folded(last.name);
  if (last.kind === "key" && (stands || isModelId(last.name))) {
    return { least: isModelId(last.name) ? MANY_LABELLED : MANY, list: owner };
  }
  if (last.kind !== "key" || !NAMES_MODEL.test(snakeCase(last.name))) return undefined;
  const item = labelled ? label : neighbourName(entry);
  if (item === undefined) return { least: MANY, list: where };
  // Entries with labels are one catalogue, in however many lists it is kept.
  if (!isCalledLike(item, value.text)) return undefined;
  // A page's choices say `id` or `value`; a list of what is called may say `model`.
  const chosen = /^(?:id|value|key|slug)$/i.test(last.name) && isOfList(path);
  return { least: chosen ? 1 : MANY_LABELLED, list: chosen ? where : "" };
}

const isPartOf = (key: string, model: string): boolean =>
  model.toLowerCase().includes(key.toLowerCase());

/** Members that have nothing but their names, and those whose attributes say what they are called. */
function ofEnumeration(entry: Entry): Offer | undefined {
  const { path, value, scope, marks = [] } = entry;
  const last = path.at(-1);
  const list = `members of ${scope.join(" > ")}`;
  const called = path.some(({ kind, name }) => kind === "call" && CALLS.test(name));
  if (called || (last === undefined && value.kind === "name")) return { least: MANY, list };
  if (last === undefined) return undefined;
  const own = last.kind === "key" && path.length === 1;
  if (own && marks.some((mark) => ENUM.test(mark))) return { least: MANY, list };
  if (last.kind !== "call" || !isOfMembers(entry, last.name)) return undefined;
  // `enum class LocalModel(val id: String) { LLAMA("llama3.1:8b") }`
  const named = /models?$/i.test(scope.at(-1) ?? "") && value.kind === "text";
  return { least: named ? MANY_LABELLED : MANY, list };
}

const REACHED = ["api_key_env", "api_key", "apiKey", "base_url", "baseUrl"];

/** `providers: [{ base_url, api_key_env, models: [{ id }] }]`: one after the other is asked. */
function ofChain({ path, frame }: Entry): boolean {
  const at = path.findIndex(({ name }) => name === "providers");
  if (at === -1 || path[at + 1]?.kind !== "list") return false;
  const provider = frame.owner?.owner;
  return REACHED.some((name) => provider?.bound.has(name) === true);
}

const MAKES = /^(?:of|from\w*|valueOf|\w*Model(?:Id|Name)?)$/;
/** `class ModelType(str, Enum):` */
const ENUM = /(?:^|\.)(?:Str|Int)?Enum$|^enum$/;

const LISTED_BY = /(?:^|[._])(?:(?:mutable|array|immutable)?[lL]istOf|arrayOf|asList|List\.of)$/;
/** `GPT_4O("gpt-4o", "GPT-4o")` of an enumeration, `static Model Fast => new Model("gpt-4o")`. */
function isOfMembers({ path, scope, marks, position, value }: Entry, maker: string): boolean {
  const owner = scope.at(-1) ?? "";
  if (path.length === 1 && marks?.includes("enum") === true) {
    const ofModels = /(?:models?|llms?)$/i.test(owner) && position === 0;
    return ofModels || isSpelledLike(maker, value.text);
  }
  if (path.length !== 2) return false;
  // `val GPT_5 = of("gpt-5")`
  const made = MAKES.test(lastName(maker)) && isSpelledLike(path[0]?.name ?? "", value.text);
  return made || lastName(maker) === owner;
}

const REGISTERS = /(?:^|[._])(?:register\w*|add_?[mM]odel|define_?[mM]odel)$/;

/** `registry.register("gpt-4o", Provider("gpt-4o"))`: where one after the other is made known. */
function registry({ path, scope }: Entry): string | undefined {
  const at = path.findIndex(({ kind, name }) => kind === "call" && REGISTERS.test(name));
  if (at === -1) return undefined;
  return [...scope, ...path.slice(0, at + 1).map(({ name }) => name)].join(" > ");
}

/** `"gpt-4o": { id: "gpt-4o" }`, `"gpt-4o": provider("gpt-4o")`: what is around the key. */
function aroundKey({ path, scope, value }: Entry): string | undefined {
  const at = path.slice(0, -1).findLastIndex(({ kind }) => kind === "key");
  const key = path[at];
  if (key === undefined || !isModelId(key.name) || !isSpelledLike(key.name, value.text)) {
    return undefined;
  }
  return [...scope, ...path.slice(0, at).map(({ name }) => name)].join(" > ");
}

/** `GPT_4O_MINI = "openai/gpt-4o-mini"` */
function isSpelledLike(name: string, model: string): boolean {
  const id = folded(model.slice(model.lastIndexOf("/") + 1));
  const own = folded(name.replace(/Dot(?=\d)/g, ""));
  return own.length > 1 && (own.endsWith(id) || id.startsWith(own) || id.endsWith(own));
}

function isOfList(path: Entry["path"]): boolean {
  return path.some(({ kind }) => kind === "list");
}

function besideDefault(entry: Entry): boolean {
  const names = [...(entry.frame.owner?.bound.keys() ?? [])];
  const chosen = names.some((name) => /^(?:default|selected|current)(?:_?model)?$/i.test(name));
  return chosen && /(?:^|_)models?(?:_?ids)?$/i.test(keyOf(entry));
}
