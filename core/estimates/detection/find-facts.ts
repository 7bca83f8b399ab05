import type { CatalogueIndex } from "#core/pricing/find-model.ts";
import { isAgentFile } from "./agent-file.ts";
import { type Fact, type FileFacts, FRONT, makeFact, sameText } from "./fact.ts";
import { factsOf } from "./file-facts.ts";
import type { FileKind } from "./file-kind.ts";
import { type Signs, signsOf } from "./file-signs.ts";
import { withListedModels } from "./models/listed-models.ts";
import { pattern, patternOfAnyCase } from "./pattern.ts";
import { withNested } from "./prompts/answer-schema.ts";
import type { Handed } from "./prompts/prompt-context.ts";
import { readPromptFile, withoutTemplateComments } from "./prompts/prompt-file.ts";
import { dockerfileEntries } from "./reading/dockerfile-entries.ts";
import { embeddedEntries } from "./reading/embedded-entries.ts";
import { calleeOf, type Entry, keyOf } from "./reading/entry.ts";
import { commandEntries, expandEntries } from "./reading/expand-entries.ts";
import { jsonEntries } from "./reading/json-entries.ts";
import type { Token } from "./reading/lexer.ts";
import { modelfileEntries } from "./reading/modelfile-entries.ts";
import type { NearSide } from "./reading/near-lines.ts";
import { notebookEntries } from "./reading/notebook-entries.ts";
import { optionEntries } from "./reading/option-entries.ts";
import { runKind } from "./reading/script-entries.ts";
import { shellEntries } from "./reading/shell-entries.ts";
import { sourceEntries } from "./reading/source-entries.ts";
import { kindOf, lineEntries, tomlEntries } from "./reading/toml-entries.ts";
import { yamlEntries } from "./reading/yaml-entries.ts";
import { yamlLines } from "./reading/yaml-lines.ts";

/** Characters; beyond them the library takes longer than a comment may. */
const LONG_YAML = 30_000;

const NO_FACTS: FileFacts = { facts: [], numbers: [] };
const NOTHING: Handed = { tools: new Set(), forms: new Set() };

const OF_PROMPTS = patternOfAnyCase`
    (?:^|/)(?:[\w-]*prompts?|system[-_]?prompts?|prompt[-_]?templates?|personas?)/[^/]+$
    |(?:^|/)[\w.-]*prompts?[\w.-]*\.[a-z]+$|(?:^|/)(?:system[-_]?prompts?|prompts?)/`;

/** Where programs keep what people set, and what they may ask over the web. */
const OF_SETTINGS = patternOfAnyCase`
  (?:^|[/._-])(?:config\w*|settings?|env\w*|options|cli|dto|routes?|router|controllers?|openapi
  |validat\w+|db|database)(?:[/._-]|$)`;
const OF_AGENTS =
  /lang(?:chain|graph)|\bagents?\b|autogen|crewai|llama_index|pydantic_ai|google\.adk/i;
/** A tool of Open WebUI says in its first lines what it is. */
const OF_WEB_UI = /^(["'])\1\1\ntitle:(?=[\s\S]*\nclass Tools\b)/;
const OF_LLM = patternOfAnyCase`
    (?:^|[/._-])(?:\w*llm|openai|anthropic|claude|gemini|ollama|bedrock|gpt|chat_?gpt|ai)
    [\w-]*\.[a-z]+$`;

/** Files that say which models there are, and what they are called. */
const CATALOGUE = patternOfAnyCase`
    (?:^|[/._-])(?:alias(?:es)?|model[-_]?(?:registry|catalog(?:ue)?|list|options)
    |(?:supported|available)[-_]?models)\.\w+$`;

/** What both versions of a file, and the other files of the diff, say of one of them. */
interface Known {
  readonly signs?: Signs;
  readonly handed?: Handed;
  /** Of a long source, those that are read. */
  readonly tokens?: readonly Token[] | undefined;
  /** The same of a long file of settings or a script. */
  readonly near?: NearSide | undefined;
}

/** Facts of one version of a file. Never throws for what the file says. */
export function findFacts(
  index: CatalogueIndex,
  path: string,
  named: Extract<FileKind, { state: "read" }>,
  text: string,
  { signs = signsOf(path, [text]), handed = NOTHING, tokens, near }: Known = {},
): FileFacts {
  const { aboutLlm } = signs;
  const kind = named.ifRun === true ? runKind(text) : named;
  if (text === "" || kind === undefined) return NO_FACTS;
  if (kind.format === "prompt") return { facts: promptFile(index, path, text), numbers: [] };
  const described = handed.forms.size > 0 && text.includes(".describe(");
  if (!aboutLlm && !described && !/model|effort|deployment/i.test(text)) return NO_FACTS;
  const inSource = kind.format === "source" || kind.format === "notebook";
  const inTools =
    /(?:^|\/)[\w-]*(?:tools?|functions?|agents?|plugins?|skills?)(?:\/|[\w-]*\.\w+$)/i.test(path);
  const calls = inSource && signs.calls;
  const file = {
    aboutLlm,
    inSource,
    handed: handed.tools,
    forms: path.endsWith(".py") ? withNested(text, handed.forms) : handed.forms,
    // A script is called after what it does with prompts.
    ofPrompts: kind.format !== "shell" && OF_PROMPTS.test(path) && !/^\.github\//.test(path),
    ofLlm: OF_LLM.test(path) || signs.provides,
    asks: calls || (inSource && inTools && signs.givesTool),
    calls,
    ofConsole: inSource && /\bConsole\\(?:Attributes\\|Command\b)/.test(text),
    finds: inSource && signs.finds,
    ofErrors: /(?:^|\/)(?:errors?|exceptions?)(?:\/|\.\w+$)/i.test(path),
    ofTools: (/(?:^|[/_])tools\.py$/.test(path) && OF_AGENTS.test(text)) || OF_WEB_UI.test(text),
    talks: inSource && signs.talks,
    inTools,
    describes: aboutLlm && inSource && text.includes(".describe(") && !OF_SETTINGS.test(path),
    ofAliases: CATALOGUE.test(path),
  };
  return factsOf(index, withListedModels(entriesOf(kind, text, { tokens, near })), file);
}

function entriesOf(
  kind: Extract<FileKind, { state: "read" }>,
  text: string,
  { tokens, near }: Known,
): Entry[] {
  switch (kind.format) {
    case "source":
      return kind.language === undefined
        ? []
        : expandSource(sourceEntries(text, kind.language, tokens));
    case "yaml":
      return expandEntries(yamlOf(near?.text ?? text));
    case "json":
      return expandEntries(jsonEntries(text).filter(({ line }) => near?.has(line) ?? true));
    case "toml":
      return expandEntries(tomlEntries(near?.text ?? text));
    case "lines":
      return lineEntries(near?.text ?? text).flatMap((one) => [
        ...withEmbedded(one),
        ...(commandEntries(one) ?? []),
      ]);
    case "shell":
      return shellEntries(near?.text ?? text).flatMap((entry) =>
        // JSON that is handed to a command was read with its command.
        /^\s*[{[]/.test(entry.value.text) ? [entry] : withEmbedded(entry),
      );
    case "dockerfile":
      return dockerfileEntries(text);
    case "modelfile":
      return modelfileEntries(text);
    case "notebook":
      return notebookEntries(text);
    case "prompt":
      return [];
  }
}

function withEmbedded(entry: Entry): Entry[] {
  const embedded = embeddedEntries(entry);
  return embedded.length === 0 ? [entry] : [entry, ...expandEntries(embedded)];
}

/** A command's flags in a list of words: ["claude", "--model", "opus"]. */
function expandSource(given: readonly Entry[]): Entry[] {
  const entries = optionEntries(given);
  const expanded: Entry[] = [];
  for (const [index, one] of entries.entries()) {
    const { kind } = one.value;
    if (one.role === "mention" || kind === "name") {
      expanded.push(one);
      continue;
    }
    const entry = withoutPlaceholder(declaredAs(one, entries, index));
    const bare = kind === "text" && entry.path.at(-1)?.kind !== "key";
    const before = bare ? entries[index - 1] : undefined;
    const flag = /^--([a-z][\w-]+)$/.exec(before?.value.text ?? "")?.[1];
    if (flag === undefined || before?.frame !== entry.frame) {
      expanded.push(entry, ...commandIn(entry));
      const embedded = embeddedEntries(entry);
      if (embedded.length > 0) expanded.push(...expandEntries(embedded));
    } else {
      expanded.push({ ...entry, path: [...entry.path, { name: flag, kind: "key" }] });
    }
  }
  return expanded;
}

const RUNS_AGENT =
  /^\s*(?:claude|codex|gemini|qwen|opencode|ollama|aider|goose|llm|vllm|litellm)\s+\S/;
const EXECUTES = pattern`
    (?:^|[._])(?:system|run|popen|check_output|check_call|exec(?:Sync|File)?|spawn(?:Sync)?|shell|sh
    |call|create_subprocess_shell)$|^(?:\w+_)?(?:cmd|command|args)$`;

/** `os.system("claude -p '...' --model sonnet")`: what a program runs in a shell. */
function commandIn(entry: Entry): Entry[] {
  const { value, path, scope, line, endLine, frame } = entry;
  if (value.kind !== "text" || !RUNS_AGENT.test(value.text)) return [];
  if (!EXECUTES.test(path.at(-1)?.name ?? "")) return [];
  return shellEntries(value.text, path, line, 0, frame).map((one) => {
    return { ...one, scope, line: Math.min(one.line, endLine), endLine };
  });
}

const FLAG_SAYS = ["Usage", "EnvVars", "Sources", "Aliases"];

/**
 * `@ConfigProperty(name = "max-tokens", defaultValue = "500")` has its name beside it, and
 * `#[arg(default_value_t = 500)]` on the next line.
 */
function declaredAs(entry: Entry, entries: readonly Entry[], index: number): Entry {
  const key = keyOf(entry);
  const { bound } = entry.frame;
  // `&cli.IntFlag{ Name: "max-tokens", Value: 500, Usage: "..." }`
  // `{ Name: "max_new_tokens", Type: "int", Default: 500 }`
  const flag =
    (key === "Value" && bound.has("Name") && FLAG_SAYS.some((name) => bound.has(name))) ||
    (key === "Default" && bound.has("Name") && bound.has("Type"));
  if (!flag && !/^default(?:_?[vV]alue(?:_t)?)?$/.test(key)) return entry;
  const rebound = (name: string): Entry => {
    const { kind, text } = entry.value;
    const value = { kind: kind === "text" ? kindOf(text) : kind, text };
    return { ...entry, value, path: [...entry.path.slice(0, -1), { name, kind: "key" }] };
  };
  if (flag) return rebound(bound.get("Name") ?? "");
  const name = bound.get("name") ?? "";
  // `@option(name="model", default="gpt-4o")`
  const option = pattern`
    ConfigProperty$|(?:^|[._@])(?:\w*[oO]ption|\w*[aA]rg(?:ument)?|\w*[pP]arameter|Param|Input
    |Setting|Field)$`;
  if (option.test(calleeOf(entry)) && /^[A-Za-z][\w.-]*$/.test(name)) return rebound(name);
  if (!/^(?:arg|clap)$/.test(calleeOf(entry))) return entry;
  const field = entries
    .slice(index + 1, index + 6)
    .find(({ line, path }) => line > entry.line && path.at(-1)?.kind === "key");
  return field === undefined || field.line > entry.line + 3 ? entry : rebound(keyOf(field));
}

/** Spring's `@Value("${openai.model:gpt-4o}")` binds a default to a name. */
function withoutPlaceholder(entry: Entry): Entry {
  const { kind, text } = entry.value;
  const found = kind === "text" ? /^\$\{([\w.-]{1,120}):([^{}]{1,8000})\}$/.exec(text) : null;
  const [, name, value] = found ?? [];
  if (name === undefined || value === undefined) return entry;
  const plain = value.replace(/\\+:/g, ":");
  return {
    ...entry,
    path: [...entry.path, { name, kind: "key" }],
    value: { kind: kindOf(value), text: plain },
  };
}

function yamlOf(text: string): Entry[] {
  return text.replace(/\n+/g, "\n").length > LONG_YAML ? yamlLines(text) : yamlEntries(text);
}

function promptFile(index: CatalogueIndex, path: string, text: string): Fact[] {
  const { matter, body, bodyLine } = readPromptFile(text);
  // What is set in front of a prompt is set of the call.
  const file = { aboutLlm: true, inSource: false, ofPrompts: true, ofLlm: true };
  const { facts } = factsOf(index, matter, file);
  // What a prompt's own file says of it is sent to nobody.
  const described = /\.prompt(?:y)?$/.test(path) ? undefined : matter.find(isDescription);
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
    item: undefined,
    offer: undefined,
    ...(isAgentFile(path)
      ? { confidence: "possible", why: "what a coding agent is told in this repository" }
      : { confidence: "sure", why: "the file is a prompt" }),
  });
  return facts;
}

/** Of an agent or a skill; what .prompty and dotprompt describe is sent to nobody. */
function isDescription({ path, frame, value }: Entry): boolean {
  const top = path.length === 1 && path[0]?.name === "description" && value.kind === "text";
  return top && frame.bound.has("name") && !frame.bound.has("inputs") && !frame.bound.has("input");
}
