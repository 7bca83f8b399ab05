import type { CatalogueIndex } from "#core/pricing/find-model.ts";
import { dockerfileEntries } from "./dockerfile-entries.ts";
import { type Entry, keyOf } from "./entry.ts";
import { expandEntries } from "./expand-entries.ts";
import type { FileKind } from "./file-kind.ts";
import { jsonEntries } from "./json-entries.ts";
import { findModelId, modelIdentity } from "./model-id.ts";
import { notebookEntries } from "./notebook-entries.ts";
import { findParameter } from "./parameter.ts";
import { patternOfAnyCase } from "./pattern.ts";
import { readPromptFile, withoutTemplateComments } from "./prompt-file.ts";
import { findPrompt } from "./prompt-text.ts";
import { shellEntries } from "./shell-entries.ts";
import { sourceEntries } from "./source-entries.ts";
import { lineEntries, tomlEntries } from "./toml-entries.ts";
import { snakeCase } from "./words.ts";
import { yamlEntries } from "./yaml-entries.ts";
import { yamlLines } from "./yaml-lines.ts";

/** Characters; beyond them the library takes longer than a comment may. */
const LONG_YAML = 30_000;

/** One model, prompt or parameter of one version of a file. */
export interface Fact {
  readonly kind: "model" | "prompt" | "params";
  readonly line: number;
  readonly endLine: number;
  /** As written. A prompt's text never leaves core: only counts of it do. */
  readonly value: string;
  /** Equal for values that mean the same. */
  readonly meaning: string;
  /** "model", "prompt" or what the parameter does ("output limit"). */
  readonly role: string;
  /** The call site or configuration entry: "answer > client.messages.create() > max_tokens". */
  readonly where: string;
  /** The innermost name, in snake case. */
  readonly name: string;
  /** The name as the file defines it, if other files may use it. */
  readonly defines: string | undefined;
  readonly confidence: "sure" | "possible";
  readonly why: string;
}

const ABOUT_LLM = patternOfAnyCase`
    openai|anthropic|claude|\bgpt|llm|lang(?:chain|graph)|gemini|bedrock|vertex|ollama|mistral
    |cohere|\bgroq|hugging|chat[._]?completion|generate_?text|generate_?content|prompt|crewai
    |autogen|llama|dspy|semantic.?kernel|openrouter|deepseek|agents?(?![a-z])|agentic|embedding
    |\brag\b|retriev|max_?tokens|temperature|token_?limit|chat_?model`;

/** Facts of one version of a file. Never throws for what the file says. */
export function findFacts(
  index: CatalogueIndex,
  path: string,
  kind: Extract<FileKind, { state: "read" }>,
  text: string,
): Fact[] {
  if (text === "") return [];
  const aboutLlm = ABOUT_LLM.test(text) || ABOUT_LLM.test(path);
  if (!aboutLlm && !/model|effort|deployment/i.test(text)) return [];
  if (kind.format === "prompt") return promptFile(index, text);
  const inSource = kind.format === "source" || kind.format === "notebook";
  return factsOf(index, entriesOf(kind, text), { aboutLlm, inSource });
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
  return entries.map((entry, index) => {
    const before = entries[index - 1];
    const flag = /^--([a-z][\w-]+)$/.exec(before?.value.text ?? "")?.[1];
    if (flag === undefined || before?.frame !== entry.frame || entry.value.kind !== "text")
      return entry;
    return { ...entry, path: [...entry.path, { name: flag, kind: "key" }] };
  });
}

function promptFile(index: CatalogueIndex, text: string): Fact[] {
  const { matter, body, bodyLine } = readPromptFile(text);
  const facts = factsOf(index, matter, { aboutLlm: true, inSource: false });
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

function factsOf(
  index: CatalogueIndex,
  entries: readonly Entry[],
  { aboutLlm, inSource }: { aboutLlm: boolean; inSource: boolean },
): Fact[] {
  const facts: Fact[] = [];
  const lists = new Map<unknown, number>();
  for (const entry of entries) {
    const model = findModelId(index, entry, aboutLlm);
    if (model !== undefined) {
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
          sameValue(parameter.value),
        ),
      );
      continue;
    }
    const prompt = findPrompt(entry, aboutLlm, inSource);
    if (prompt === undefined) continue;
    const { text } = entry.value;
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
    facts.push(makeFact(entry, "prompt", "prompt", { ...prompt, value: text }, sameText(text)));
  }
  return facts;
}

function makeFact(
  entry: Entry,
  kind: Fact["kind"],
  role: string,
  found: { value: string; confidence: Fact["confidence"]; why: string },
  meaning: string,
): Fact {
  const steps = entry.path.filter((step) => step.kind !== "list");
  const names = steps.map((step) => (step.kind === "call" ? `${step.name}()` : step.name));
  const [outer] = steps;
  const defines =
    outer?.kind === "key" &&
    steps.length <= 2 &&
    /^[A-Z][A-Z\d_]{2,}$|^k[A-Z]|^[A-Z][a-z]+[A-Z]/.test(outer.name)
      ? outer.name
      : undefined;
  return {
    kind,
    line: entry.line,
    endLine: entry.endLine,
    value: found.value,
    meaning,
    role,
    where: [...entry.scope, ...names].join(" > "),
    name: snakeCase(keyOf(entry)),
    defines,
    confidence: found.confidence,
    why: found.why,
  };
}

/** A symbol and the literal that it is called like mean the same model. */
function meaningOf(model: string): string {
  const symbol = /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*$/.test(model) && /[A-Z_]/.test(model);
  return symbol ? modelIdentity(model) : model.toLowerCase();
}

function plainNumber(value: string): string {
  return /^-?\d[\d_]*$/.test(value) ? value.replaceAll("_", "") : value;
}

/** 128_000, "128000" and 128000.0 are equal. */
function sameValue(value: string): string {
  const number = /^-?\d[\d_]*(?:\.\d+)?$/.test(value)
    ? Number(value.replaceAll("_", ""))
    : Number.NaN;
  return Number.isNaN(number) ? value.toLowerCase() : String(number);
}

/** Indentation and line ends are formatting. */
function sameText(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
