import { isModelId } from "../models/model-family.ts";
import { patternOfAnyCase } from "../pattern.ts";
import { snakeCase } from "../words.ts";
import { embeddedEntries } from "./embedded-entries.ts";
import { EMPTY, type Entry, keyOf, type Step } from "./entry.ts";
import { languageNamed, languageOfExtension } from "./language.ts";
import { isJavaScript, languageOfCommand, scriptEntries } from "./script-entries.ts";
import { innerDefaults, shellEntries } from "./shell-entries.ts";
import { kindOf } from "./toml-entries.ts";

const SCRIPT = patternOfAnyCase`
    ^(?:run|test|shell)$|(?:^|_)(?:command|cmd|entrypoint|exec|exec_start|scripts?|commands|args
    |arguments|flags|opts)$`;
/** Where each name is one of a command: the scripts of a package, the tasks of a tool. */
const SCRIPTS = /^(?:scripts|tasks)$/;
/** Where each name has a text about it and a default: inputs of an action, parameters of a schema. */
const DECLARED = /^(?:inputs|parameters|params|variables|properties|settings)$/;

/**
 * Values of configuration that hold more than themselves: an environment variable as a pair of name
 * and value, a flag and its argument in a list, a script in a string, a default behind a variable.
 */
export function expandEntries(entries: readonly Entry[]): Entry[] {
  const keys = new Set<string>();
  return entries.flatMap((entry, index) => [
    ...modelKey(entry, keys),
    ...expand(entry, entries[index + 1], entries[index - 1]),
  ]);
}

const CATALOGUE: Step = { name: "model_catalog", kind: "key" };
const DESCRIBES = /^(?:name|label|display_?name|limits?|cost|context(?:_?window)?)$/i;
const ID: Step = { name: "id", kind: "key" };

/** `models: { gpt-4o: {...} }` names its models by the keys; the key stands a line before its first. */
function modelKey(entry: Entry, seen: Set<string>): Entry[] {
  const at = entry.path.findIndex(
    ({ name, kind }, index) =>
      kind === "key" &&
      (index < entry.path.length - 1 || entry.value.text === EMPTY) &&
      /^models$/i.test(entry.path[index - 1]?.name ?? "") &&
      (isModelId(name) || /^[a-z][\w.-]*[-/.][\w./-]*\d[\w./:-]*$/i.test(name)),
  );
  const key = entry.path[at];
  if (key === undefined) return keyedModel(entry, seen);
  // `models: { main: { model: "gpt-4o" } }` keys its entries by other names.
  const own = at === entry.path.length - 2 && entry.frame.bound.has("model");
  if (own) return [];
  const path = entry.path.slice(0, at);
  const id = [...path, key].map(({ name }) => name).join("\0");
  if (seen.has(id)) return [];
  seen.add(id);
  const line = entry.value.text === EMPTY ? entry.line : Math.max(1, entry.line - 1);
  const value = { kind: "text", text: key.name } as const;
  // `provider: { vllm: { models: { "gpt-4o": { name: "GPT-4o" } } } }`: what somebody may choose.
  const described = [...entry.frame.bound.keys()].some((name) => DESCRIBES.test(name));
  const chosen = described && path.slice(0, -2).some(({ name }) => /^providers?$/i.test(name));
  const among: Step[] = chosen ? [...path.slice(0, -1), CATALOGUE, ID] : path;
  return [{ ...entry, path: among, value, line, endLine: line }];
}

const OWN_NAMES = ["id", "name", "model", "model_id", "model_name", "slug"];
/** What is set of a call, or said of what a model can do; a table of numbers is something else. */
const SETTING = /^(?:max_?\w*tokens|temperature|supports_\w+|provider|system_prompt|description)$/i;

/** `anthropic: { claude-haiku-4-5: { max_tokens: 8192 } }`: an entry that another may take the place of. */
function keyedModel(entry: Entry, seen: Set<string>): Entry[] {
  const { path, frame } = entry;
  const [own, last] = path.slice(-2);
  if (own?.kind !== "key" || last?.kind !== "key" || !isModelId(own.name)) return [];
  const { bound } = frame;
  if (isModelId(last.name) || OWN_NAMES.some((name) => bound.has(name))) return [];
  if (![...bound.keys()].some((name) => SETTING.test(name))) return [];
  const base: Step[] = [...path.slice(0, -2), CATALOGUE];
  const id = [...base, own].map(({ name }) => name).join("\0");
  if (seen.has(id)) return [];
  seen.add(id);
  const line = Math.max(1, entry.line - 1);
  const value = { kind: "text", text: own.name } as const;
  return [{ ...entry, path: [...base, ID], value, line, endLine: line }];
}

function expand(entry: Entry, next: Entry | undefined, before: Entry | undefined): Entry[] {
  const { value, frame, path } = entry;
  if (value.kind !== "text") return [named(entry)];
  const { text } = value;
  const key = keyOf(entry);
  const listed = path.at(-1)?.kind === "list";
  const pair = /^(?:--?)?([A-Za-z_][\w.-]{1,60})=(\S[^\n]{0,400})$/.exec(text);
  if (listed && pair?.[1] !== undefined && pair[2] !== undefined) {
    return [rebound(entry, pair[1], defaultOf(pair[2]))];
  }
  // `- ${CHAT_MODEL:-llama3}`: a variable says what the argument is.
  const variable = listed ? /^\$\{([A-Za-z_]\w{1,60}):?[-=]/.exec(text)?.[1] : undefined;
  if (variable !== undefined) return [rebound(entry, variable, defaultOf(text))];
  const flag = /^--?([A-Za-z][\w.-]{1,60})$/.exec(text)?.[1];
  if (listed && flag !== undefined && next?.frame === frame && next.value.kind !== "null") {
    return [rebound(next, flag, defaultOf(next.value.text))];
  }
  const follows =
    listed && before?.frame === frame && /^--?[A-Za-z][\w.-]+$/.test(before.value.text);
  if (follows) return [];
  const script = HOLDS_SCRIPT.test(key) ? scriptIn(entry) : programIn(entry, key);
  if (script !== undefined) return script;
  const command = commandEntries(entry);
  if (command !== undefined) return [entry, ...command];
  return /^\s*[[{]|\n/.test(text)
    ? [named(entry), ...embeddedEntries(entry).map(named)]
    : [named(entry)];
}

/** `startCommand = "litellm --model gpt-4o"`: a line that a shell reads. */
export function commandEntries(entry: Entry): Entry[] | undefined {
  const { path, value, line } = entry;
  const command =
    SCRIPT.test(snakeCase(keyOf(entry))) || path.some(({ name }) => SCRIPTS.test(name));
  if (!command || !/\s-|=|\n|^--\w|[;&] /.test(value.text)) return undefined;
  // JSON that is handed to a command was read with its command.
  const inner = (one: Entry): Entry[] =>
    /^\s*[{[]/.test(one.value.text) ? [] : embeddedEntries(one).map(named);
  return shellEntries(value.text, path, line, 0, entry.frame).flatMap((one) => [
    one,
    ...inner(one),
  ]);
}

const HOLDS_SCRIPT = /^(?:run|script|(?:js|python|function)Code)$/;

/**
 * `shell: python` beside `run`, the JavaScript that a workflow hands to an action, and what a step
 * of an automation runs, which stands in one line of JSON.
 */
function scriptIn(entry: Entry): Entry[] | undefined {
  const { path, frame, value, line, endLine } = entry;
  const [, step] = /^(js|python|function)Code$/.exec(keyOf(entry)) ?? [];
  if (step !== undefined) {
    const written = languageNamed(step === "python" ? "python" : "javascript");
    const within = (at: number): number => Math.min(at, endLine);
    if (written === undefined) return undefined;
    return scriptEntries(value.text, written, path, line).map((one) => {
      return { ...one, line: within(one.line), endLine: within(one.endLine) };
    });
  }
  const javascript = path.at(-2)?.name === "with" && isJavaScript(value.text);
  const shell = (frame.bound.get("shell") ?? "").split(" ");
  const language = javascript ? languageNamed("javascript") : languageOfCommand(shell);
  return language === undefined ? undefined : scriptEntries(value.text, language, path, line);
}

/** A program that stands in a configuration under the name of its file: `router.py: |`. */
function programIn({ path, frame, value, line }: Entry, name: string): Entry[] | undefined {
  const extension = /^[\w.-]+\.([a-z]{2,4})$/.exec(name)?.[1];
  if (extension === undefined || !value.text.includes("\n")) return undefined;
  if (extension === "sh") return shellEntries(value.text, path, line, 0, frame);
  const language = languageOfExtension(extension);
  return language === undefined ? undefined : scriptEntries(value.text, language, path, line);
}

/** `{ name: OPENAI_MODEL, value: gpt-4o }` binds the value to the variable. */
function named(entry: Entry): Entry {
  const key = keyOf(entry);
  const own = entry.path.at(-1)?.kind === "key";
  if (own && /^(?:value|default|defaultValue)$/.test(key)) {
    const name = entry.frame.bound.get("name") ?? entry.frame.bound.get("key");
    if (name !== undefined && /^[A-Za-z_][\w.-]*$/.test(name)) {
      return rebound(entry, name, entry.value.text, entry.path.slice(0, -1));
    }
    const [list, owner] = entry.path.slice(-3, -1);
    if (owner?.kind === "key" && DECLARED.test(list?.name ?? "")) {
      return rebound(entry, owner.name, defaultOf(entry.value.text), entry.path.slice(0, -2));
    }
  }
  if (entry.value.kind !== "text") return entry;
  const text = defaultOf(entry.value.text);
  return text === entry.value.text ? entry : { ...entry, value: { kind: kindOf(text), text } };
}

/** The Serverless Framework's `${env:MODEL, 'gpt-4o'}`. */
const FALLBACK = /^\$\{(?:env|opt|param|self|sls):[\w.-]+,\s*["']?([^"'},]*)["']?\}$/;

/** Compose's `${NAME:-default}`, azd's `${NAME=default}`, Spring's `${NAME:default}`. */
function defaultOf(written: string): string {
  const text = written.includes("-${") ? innerDefaults(written) : written;
  const fallback = FALLBACK.exec(text)?.[1];
  if (fallback !== undefined) return fallback;
  return /^["']?\$\{\$?[A-Za-z_][\w.-]*(?::?[-=]|:)([^}]*)\}["']?$/.exec(text)?.[1] ?? text;
}

function rebound(entry: Entry, name: string, text: string, base?: readonly Step[]): Entry {
  const path: Step[] = [
    ...(base ?? entry.path.filter(({ kind }) => kind !== "list")),
    { name, kind: "key" },
  ];
  const kind = entry.value.kind === "text" ? kindOf(text) : entry.value.kind;
  return { ...entry, path, value: { kind, text } };
}
