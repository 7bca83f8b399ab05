import type { CatalogueIndex } from "#core/pricing/find-model.ts";
import { dockerfileEntries } from "./dockerfile-entries.ts";
import type { Entry } from "./entry.ts";
import { expandEntries } from "./expand-entries.ts";
import {
  type Fact,
  type FileFacts,
  FRONT,
  makeFact,
  meaningOf,
  placeOf,
  plainNumber,
  sameText,
  sameValue,
  unsetOf,
  whereOf,
} from "./fact.ts";
import type { FileKind } from "./file-kind.ts";
import { jsonEntries } from "./json-entries.ts";
import { findModelId } from "./model-id.ts";
import { notebookEntries } from "./notebook-entries.ts";
import { findParameter } from "./parameter.ts";
import { findPassed, passedAsPrompt } from "./passed-prompt.ts";
import { patternOfAnyCase } from "./pattern.ts";
import { readPromptFile, withoutTemplateComments } from "./prompt-file.ts";
import { findPrompt, type PromptContext } from "./prompt-text.ts";
import { shellEntries } from "./shell-entries.ts";
import { sourceEntries } from "./source-entries.ts";
import { kindOf, lineEntries, tomlEntries } from "./toml-entries.ts";
import { snakeCase } from "./words.ts";
import { yamlEntries } from "./yaml-entries.ts";
import { yamlLines } from "./yaml-lines.ts";

/** Characters; beyond them the library takes longer than a comment may. */
const LONG_YAML = 30_000;

const NO_FACTS: FileFacts = { facts: [], numbers: [] };

const ABOUT_LLM = patternOfAnyCase`
    openai|anthropic|claude|\bgpt|llm|lang(?:chain|graph)|gemini|bedrock|vertex|ollama|mistral
    |cohere|\bgroq|hugging|chat[._]?completion|generate_?text|generate_?content|prompt|crewai
    |autogen|llama|dspy|semantic.?kernel|openrouter|deepseek|agents?(?![a-z])|agentic|embedding
    |\brag\b|retriev|max_?tokens|temperature|token_?limit|chat_?model|expected_output|backstory
    |sonnet|haiku|\bopus\b|reasoning_?effort`;
const OF_PROMPTS = patternOfAnyCase`
    (?:^|/)(?:[\w-]*prompts?|system[-_]?prompts?|prompt[-_]?templates?|personas?)/[^/]+$
    |(?:^|/)[\w.-]*prompts?[\w.-]*\.[a-z]+$|(?:^|/)(?:system[-_]?prompts?|prompts?)/`;

/** Facts of one version of a file. Never throws for what the file says. */
export function findFacts(
  index: CatalogueIndex,
  path: string,
  kind: Extract<FileKind, { state: "read" }>,
  text: string,
): FileFacts {
  if (text === "") return NO_FACTS;
  if (kind.format === "prompt") return { facts: promptFile(index, text), numbers: [] };
  const aboutLlm = ABOUT_LLM.test(text) || ABOUT_LLM.test(path);
  if (!aboutLlm && !/model|effort|deployment/i.test(text)) return NO_FACTS;
  const inSource = kind.format === "source" || kind.format === "notebook";
  const ofPrompts = OF_PROMPTS.test(path);
  return factsOf(index, entriesOf(kind, text), { aboutLlm, inSource, ofPrompts });
}

function entriesOf(kind: Extract<FileKind, { state: "read" }>, text: string): Entry[] {
  switch (kind.format) {
    case "source":
      return kind.language === undefined ? [] : expandSource(sourceEntries(text, kind.language));
    case "yaml":
      return expandEntries(text.length > LONG_YAML ? yamlLines(text) : yamlEntries(text));
    case "json":
      return expandEntries(jsonEntries(text));
    case "toml":
      return expandEntries(tomlEntries(text));
    case "lines":
      return lineEntries(text);
    case "shell":
      return shellEntries(text);
    case "dockerfile":
      return dockerfileEntries(text);
    case "notebook":
      return notebookEntries(text);
    case "prompt":
      return [];
  }
}

/** A command's flags in a list of words: ["claude", "--model", "opus"]. */
function expandSource(entries: readonly Entry[]): Entry[] {
  return entries.map((given, index) => {
    const entry = withoutPlaceholder(given);
    const before = entries[index - 1];
    const flag = /^--([a-z][\w-]+)$/.exec(before?.value.text ?? "")?.[1];
    if (flag === undefined || before?.frame !== entry.frame || entry.value.kind !== "text")
      return entry;
    return { ...entry, path: [...entry.path, { name: flag, kind: "key" }] };
  });
}

/** Spring's `@Value("${openai.model:gpt-4o}")` binds a default to a name. */
function withoutPlaceholder(entry: Entry): Entry {
  const { kind, text } = entry.value;
  const found = kind === "text" ? /^\$\{([\w.-]{1,120}):([^{}]{1,200})\}$/.exec(text) : null;
  const [, name, value] = found ?? [];
  if (name === undefined || value === undefined) return entry;
  return {
    ...entry,
    path: [...entry.path, { name, kind: "key" }],
    value: { kind: kindOf(value), text: value },
  };
}

function promptFile(index: CatalogueIndex, text: string): Fact[] {
  const { matter, body, bodyLine } = readPromptFile(text);
  const file = { aboutLlm: true, inSource: false, ofPrompts: true };
  const { facts } = factsOf(index, matter, file);
  const described = matter.find(isDescription);
  if (described !== undefined) {
    const { text: said } = described.value;
    const why = "the description of an agent or a skill is sent with each call";
    const found = { value: said, confidence: "sure" as const, why };
    facts.push({ ...makeFact(described, "prompt", "prompt", found, sameText(said)), name: FRONT });
  }
  const sent = withoutTemplateComments(body);
  const meaning = sameText(sent);
  if (meaning === "") return facts;
  const lead = /^\s*/.exec(body)?.[0].split("\n").length ?? 1;
  const line = bodyLine + lead - 1;
  facts.push({
    kind: "prompt",
    line,
    endLine: bodyLine + body.trimEnd().split("\n").length - 1,
    value: sent,
    meaning,
    role: "prompt",
    where: "prompt file",
    name: "body",
    defines: undefined,
    confidence: "sure",
    why: "the file is a prompt",
  });
  return facts;
}

/** Of an agent or a skill; what .prompty and dotprompt describe is sent to nobody. */
function isDescription({ path, frame, value }: Entry): boolean {
  const top = path.length === 1 && path[0]?.name === "description" && value.kind === "text";
  return top && frame.bound.has("name") && !frame.bound.has("inputs") && !frame.bound.has("input");
}

const MAX_NUMBERS = 3_000;

function factsOf(index: CatalogueIndex, entries: readonly Entry[], file: PromptContext): FileFacts {
  const { aboutLlm } = file;
  const facts: Fact[] = [];
  const numbers: string[] = [];
  const lists = new Map<unknown, number>();
  const models = new Set<string>();
  const passed = passedAsPrompt(entries);
  const defined = new Set(entries.map(({ path: [outer] }) => outer?.name));
  const batches = new Set<string>();
  for (const entry of entries) {
    // Rust keeps its tests beside what they test: `mod tests {`.
    if (entry.scope.includes("tests")) continue;
    const batch = aboutLlm ? batchCall(entry, batches) : undefined;
    if (batch !== undefined) facts.push(batch);
    const model = findModelId(index, entry, aboutLlm);
    if (model !== undefined) {
      // `[GPT4, GPT4O]` lists what the same file defines.
      const listed = entry.path.at(-1)?.kind === "list" && entry.value.kind === "name";
      if (listed && defined.has(entry.value.text)) continue;
      // `{ modelId: "x", hostedId: "x" }` is one model.
      const once = `${entry.frame.id} ${meaningOf(model.value)}`;
      if (isMapping(entry) && models.has(once)) continue;
      models.add(once);
      facts.push(makeFact(entry, "model", "model", model, meaningOf(model.value)));
      continue;
    }
    const parameter = findParameter(entry, aboutLlm);
    if (parameter !== undefined) {
      facts.push(
        makeFact(
          entry,
          "params",
          parameter.role,
          { ...parameter, value: plainNumber(parameter.value) },
          unsetOf(parameter.role, parameter.value) ?? sameValue(parameter.value),
        ),
      );
      continue;
    }
    const prompt = findPrompt(entry, file) ?? findPassed(entry, passed);
    const { kind, text } = entry.value;
    if (prompt === undefined) {
      if (kind === "number" && aboutLlm && numbers.length < MAX_NUMBERS) {
        numbers.push(`${placeOf(whereOf(entry))} ${sameValue(text)}`);
      }
      continue;
    }
    // Lines of one prompt in a list are one prompt.
    const list = entry.path.at(-1)?.kind === "list" ? entry.frame : undefined;
    const at = list === undefined ? undefined : lists.get(list);
    const first = at === undefined ? undefined : facts[at];
    if (at !== undefined && first !== undefined) {
      const value = `${first.value}\n${text}`;
      facts[at] = { ...first, value, meaning: sameText(value), endLine: entry.endLine };
      continue;
    }
    if (list !== undefined) lists.set(list, facts.length);
    const fact = makeFact(entry, "prompt", "prompt", { ...prompt, value: text }, sameText(text));
    facts.push(isCached(entry) ? { ...fact, cached: true } : fact);
  }
  return { facts, numbers };
}

/** An entry of an object, side by side with others; not of a list, nor of a call. */
function isMapping({ frame, path }: Entry): boolean {
  const last = path.at(-1);
  const before = path.at(-2);
  return frame.block !== true && last?.kind === "key" && before?.kind !== "call";
}

function isCached({ frame }: Entry): boolean {
  return [...frame.bound.keys()]
    .slice(0, 40)
    .some((name) => /^cache_(?:control|point)$/.test(snakeCase(name)));
}

const BATCH = /(?:^|\.)(?:batches\.(?:create|submit)|create_?(?:message_?)?batch|batch_create)$/i;

/** A call of a batch endpoint, once for all of its arguments. */
function batchCall(entry: Entry, seen: Set<string>): Fact | undefined {
  const at = entry.path.findLastIndex(({ kind, name }) => kind === "call" && BATCH.test(name));
  if (at === -1) return undefined;
  const call = { ...entry, path: entry.path.slice(0, at + 1) };
  const where = whereOf(call);
  if (seen.has(where)) return undefined;
  seen.add(where);
  const why = "calls of a batch endpoint have a price of their own";
  const found = { value: "batch endpoint", confidence: "sure" as const, why };
  return makeFact(call, "params", "batch", found, "batch endpoint");
}
