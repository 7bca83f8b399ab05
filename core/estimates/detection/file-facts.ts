import type { CatalogueIndex } from "#core/pricing/find-model.ts";
import {
  type Fact,
  type FileFacts,
  makeFact,
  meaningOf,
  placeOf,
  plainNumber,
  sameText,
  sameValue,
  unsetOf,
  whereOf,
} from "./fact.ts";
import { findModelId } from "./models/model-id.ts";
import { isLabelOf, offeredAs } from "./models/model-label.ts";
import { isRegistered } from "./models/unknown-model.ts";
import { batchCall } from "./parameters/batch-call.ts";
import { cutTexts } from "./parameters/cut-text.ts";
import { addBound, addCuts } from "./parameters/late-parameters.ts";
import { findParameter } from "./parameters/parameter.ts";
import { findSchemaField, givenSchemas } from "./prompts/answer-schema.ts";
import { findDocstring, handedAsTools, marksTools } from "./prompts/docstring.ts";
import { findPassed, type Passed, passedAsPrompt } from "./prompts/passed-prompt.ts";
import type { PromptContext } from "./prompts/prompt-context.ts";
import { type Reached, reachedTexts } from "./prompts/prompt-flow.ts";
import { addsToPrompt } from "./prompts/prompt-place.ts";
import { isListedText, isMappedText, textFact } from "./prompts/prompt-siblings.ts";
import { findPrompt } from "./prompts/prompt-text.ts";
import { isProse } from "./prompts/prose.ts";
import { addReached } from "./prompts/reached-facts.ts";
import { spoken } from "./prompts/spoken.ts";
import { type Entry, type Frame, isEmptied, isListed, keyOf } from "./reading/entry.ts";
import { isCached } from "./reading/frame-traits.ts";
import {
  argumentAfter,
  argumentBefore,
  argumentOf,
  boundsDefault,
  defaultOf,
  lookedUp,
} from "./reading/neighbours.ts";
import { snakeCase } from "./words.ts";

const MAX_NUMBERS = 3_000;
/** Lines between parts of one prompt: brackets, and what a part depends on. */
const MAX_GAP = 12;

/** Of the prompt at a place among the facts, with the frame in which that began. */
const pieceOf = (entry: Entry, at: number, frame = entry.frame) => {
  return { at, where: whereOf(entry), entry, frame };
};
type Piece = Readonly<ReturnType<typeof pieceOf>>;

/** What is known while the values of one file are gone through. */
interface Reading {
  readonly index: CatalogueIndex;
  readonly file: PromptContext;
  readonly facts: Fact[];
  readonly numbers: string[];
  readonly constants: Set<string>;
  readonly placed: Map<string, Entry | undefined>;
  /** Where the prompt of a list stands among the facts. */
  readonly lists: Map<unknown, number>;
  readonly models: Set<string>;
  readonly batches: Set<string>;
  readonly passed: Passed;
  /** Functions that the file hands to a model. */
  readonly tools: ReadonlySet<string>;
  readonly ofTools: boolean;
  readonly schemas: ReadonlySet<string>;
  /** Names that the file defines. */
  readonly defined: ReadonlySet<string | undefined>;
  /** The texts that are prompts. */
  readonly sent: Entry[];
  /** The newest prompt that a statement sets, to which the next line may add. */
  last: Piece | undefined;
}

const OWNERS = new Set(["this", "self", "scope", "stack"]);

/** The facts among the values of one version of a file, in their order. */
export function factsOf(
  index: CatalogueIndex,
  entries: readonly Entry[],
  file: PromptContext,
): FileFacts {
  const reading: Reading = {
    index,
    file,
    facts: [],
    numbers: [],
    constants: new Set(),
    placed: new Map(),
    lists: new Map(),
    models: new Set(),
    batches: new Set(),
    passed: passedAsPrompt(entries),
    tools: new Set([...(file.aboutLlm ? handedAsTools(entries) : []), ...(file.handed ?? [])]),
    ofTools: file.ofTools === true && !marksTools(entries),
    schemas: givenSchemas(entries, file.forms),
    defined: new Set(entries.map(({ path: [outer] }) => outer?.name)),
    sent: [],
    last: undefined,
  };
  const beside: { entry: Entry; listed: boolean }[] = [];
  const names: Entry[] = [];
  const texts: Entry[] = [];
  const loose: Entry[] = [];
  for (const [at, entry] of entries.entries()) {
    if (entry.role === "mention") continue;
    if (isEmptied(entry)) {
      names.push(entry);
      continue;
    }
    // Rust keeps its tests beside what they test: `mod tests {`.
    if (entry.scope.includes("tests")) continue;
    const batch = file.aboutLlm ? batchCall(entry, reading.batches) : undefined;
    if (batch !== undefined) reading.facts.push(batch);
    const before = argumentBefore(entry, entries[at - 1]);
    // What a resource of infrastructure is called in its scope: `new Model(this, "Gpt4", ...)`.
    const owned = before !== undefined && OWNERS.has(before.value.text);
    if (owned && /^[A-Z]\w+$/.test(entry.value.text)) continue;
    if (isLabelOf(entry, entries[at + 1]) && !isRegistered(entry)) continue;
    const labelled = isLabelOf(entries[at - 1], entry);
    const bounds = boundsDefault(entry, entries, at);
    if (readModel(reading, entry, labelled) || readParameter(reading, entry, bounds)) continue;
    const after = argumentAfter(entry, entries[at + 1]);
    if (readPrompt(reading, entry, before, after)) continue;
    const named = lookedUp(entry, before) ?? defaultOf(entry) ?? argumentOf(entry);
    if (named !== undefined && (readModel(reading, named) || readParameter(reading, named)))
      continue;
    readNumber(reading, entry);
    if (entry.value.kind === "number" && entry.role === "value") loose.push(entry);
    if (entry.value.kind === "name") names.push(entry);
    if (entry.value.kind === "text" && entry.value.text.length >= 12) texts.push(entry);
    const listed = file.inSource && isListedText(entry);
    if (listed || (file.aboutLlm && isMappedText(entry))) beside.push({ entry, listed });
  }
  const { facts, numbers, constants, placed } = reading;
  const source = file.aboutLlm && file.inSource;
  const cuts = source ? cutTexts(loose, entries) : [];
  const parts = [...texts, ...cuts.map(({ taken }) => taken)];
  const reached = source
    ? reachedTexts(reading.sent, parts, entries, reading.passed)
    : new Map<Entry, Reached>();
  if (reached.size > 0) addReached(facts, reached);
  if (source) addBound(facts, entries, loose, file);
  addCuts(facts, cuts, reading.sent, reading.passed.given, reached, reading.tools);
  return {
    facts,
    numbers,
    constants,
    placed,
    names,
    texts: texts.filter((text) => !reached.has(text)),
    beside: beside
      .filter(({ entry }) => !reached.has(entry))
      .map(({ entry, listed }) => textFact(entry, !listed)),
  };
}

const NAMES_ONE = /^model$|(?:id|name|slug|value|key|label)$/i;
/** `EmbeddingsDeploymentName` is chosen for itself, whatever `EmbeddingsModelId` says. */
const DEPLOYED = /\wDeployment(?:_?(?:Name|Id))?$/i;

function readModel(
  { index, file, facts, models, defined }: Reading,
  entry: Entry,
  labelled = false,
): boolean {
  const model = findModelId(index, entry, file.aboutLlm);
  if (model === undefined) return false;
  // `[GPT4, GPT4O]` lists what the same file defines.
  if (entry.value.kind === "name" && isListed(entry) && defined.has(entry.value.text)) return true;
  // `{ modelId: "x", hostedId: "x" }` is one model.
  const once = `${entry.frame.id} ${meaningOf(model.value)}`;
  const key = keyOf(entry);
  const names = NAMES_ONE.test(key) && !DEPLOYED.test(key);
  if (isMapping(entry) && names && models.has(once)) return true;
  models.add(once);
  const made = makeFact(entry, "model", "model", model, meaningOf(model.value));
  const proxied = key === "model_name" && entry.frame.bound.has("litellm_params");
  const fact = {
    ...made,
    ...(entry.value.kind === "name" ? { symbol: true } : {}),
    ...(proxied ? { beside: true as const } : {}),
    ...(labelled ? { offer: offeredAs(made.offer) } : {}),
  };
  facts.push(file.ofAliases === true ? { ...fact, offer: { least: 1, list: fact.where } } : fact);
  return true;
}

function readParameter({ file, facts }: Reading, entry: Entry, bounds = false): boolean {
  const found = findParameter(entry, file);
  if (found === undefined) return false;
  const { role, value } = found;
  const meaning = unsetOf(role, value) ?? sameValue(value);
  const fact = makeFact(entry, "params", role, { ...found, value: plainNumber(value) }, meaning);
  facts.push(bounds ? { ...fact, beside: true } : fact);
  return true;
}

function readNumber({ file, numbers, constants, placed }: Reading, entry: Entry): void {
  if (entry.value.kind !== "number" || !file.aboutLlm || numbers.length >= MAX_NUMBERS) return;
  // A constant, or what a parameter is by default.
  const name = entry.path.at(-1);
  if (name?.kind === "key" && entry.path.length <= 2) {
    constants.add(`${snakeCase(name.name)} ${sameValue(entry.value.text)}`);
  }
  // Of `limit / 20`, the number.
  const [number = ""] = entry.value.text.split(" ").slice(-1);
  const where = whereOf(entry);
  placed.set(where, placed.has(where) ? undefined : entry);
  numbers.push(`${placeOf(where)} ${sameValue(number)}`);
}

function readPrompt(
  reading: Reading,
  entry: Entry,
  before: Entry | undefined,
  after: Entry | undefined,
): boolean {
  if (entry.value.kind !== "text") return false;
  const { file, facts, lists, passed, tools, schemas } = reading;
  const found =
    findPrompt(entry, file) ??
    findPassed(entry, passed) ??
    (file.aboutLlm ? findDocstring(entry, tools, reading.ofTools) : undefined) ??
    spoken(entry, before, after, file) ??
    findSchemaField(entry, schemas, file.describes) ??
    goesOn(reading, entry);
  if (found === undefined) return false;
  reading.sent.push(entry);
  // What is set in front of a prompt was read for itself.
  const text = entry.value.text.replace(/^---\n(?:[^\n]*\n){1,60}?---\n/, "");
  // Lines of one prompt in a list are one prompt, and so is what line after line adds to one name.
  const list = isLineOfList(entry) ? entry.frame : undefined;
  const at = list === undefined ? addedTo(reading, entry) : lists.get(list);
  const first = at === undefined ? undefined : facts[at];
  if (at !== undefined && first !== undefined) {
    const value = `${first.value}\n${text}`;
    facts[at] = { ...first, value, meaning: sameText(value), endLine: entry.endLine };
    if (list === undefined) reading.last = pieceOf(entry, at, reading.last?.frame);
    return true;
  }
  if (list !== undefined) lists.set(list, facts.length);
  else reading.last = pieceOf(entry, facts.length);
  const fact = makeFact(entry, "prompt", "prompt", { ...found, value: text }, sameText(text));
  facts.push(isCached(entry.frame) ? { ...fact, cached: true } : fact);
  return true;
}

/** One of the lines of a list, or of a tuple that is bound to a name. */
function isLineOfList({ path, frame }: Entry): boolean {
  const kind = path.at(-1)?.kind;
  return kind === "list" || (kind === "key" && frame.block === false && frame.bound.size === 0);
}

/** A short line in a list whose lines are a prompt. */
function goesOn({ lists, facts }: Reading, { path, frame, value, role }: Entry) {
  if (value.kind !== "text" || role !== "value" || path.at(-1)?.kind === "call") return undefined;
  const first = lists.has(frame) ? facts[lists.get(frame) ?? 0] : undefined;
  return first !== undefined && isProse(value.text, 2) ? first : undefined;
}

/** `prompt += "..."`, directly under what it adds to; no mapping has one name twice. */
function addedTo({ last }: Reading, entry: Entry): number | undefined {
  const [innermost] = entry.path.slice(-1);
  if (last === undefined || innermost === undefined) return undefined;
  const adds =
    innermost.kind === "call"
      ? addsToPrompt(innermost.name) || /(?:^|\.)append\w*$/i.test(innermost.name)
      : innermost.kind === "key" &&
        (entry.adds === true
          ? standsIn(entry.frame, last.frame)
          : last.entry.frame === entry.frame);
  // `text("Act as a cook.", "Offer meals for guests.")`
  const together =
    innermost.kind === "call" &&
    last.entry.frame === entry.frame &&
    last.entry.position === entry.position - 1;
  if (together && last.where === whereOf(entry)) return last.at;
  const gap = entry.line - last.entry.endLine;
  const next = gap === 1 || (entry.adds === true && gap > 1 && gap <= MAX_GAP);
  return adds && next && last.where === whereOf(entry) ? last.at : undefined;
}

/** `if (...) { prompt += "..." }` adds to what began outside; another branch does not. */
function standsIn(frame: Frame | undefined, outer: Frame): boolean {
  return frame !== undefined && (frame === outer || standsIn(frame.owner, outer));
}

/** An entry of an object, side by side with others; not of a list, nor of a call. */
function isMapping({ frame, path }: Entry): boolean {
  const last = path.at(-1);
  const before = path.at(-2);
  return frame.block !== true && last?.kind === "key" && before?.kind !== "call";
}
