import { argumentName, asksProgram, flagName } from "../models/model-commands.ts";
import { addressedModel } from "../models/model-place.ts";
import { type Entry, type Frame, keyOf, type Step, settingOf } from "./entry.ts";
import { jsonEntries } from "./json-entries.ts";
import { HOLE } from "./scan-text.ts";
import { formatOfCommand, languageOfCommand, movedTo, scriptEntries } from "./script-entries.ts";
import { substitutionAt } from "./shell-substitution.ts";
import { commandIn, filledIn, handedOn, isToml, variablesOf } from "./shell-variables.ts";
import { kindOf, lineEntries, tomlEntries } from "./toml-entries.ts";
import { yamlLines } from "./yaml-lines.ts";

interface Word {
  readonly text: string;
  readonly line: number;
  readonly endLine: number;
  /** First of its command. */
  readonly first: boolean;
  /** Of the text of a heredoc: the words of the line that asks for it. */
  readonly given?: readonly string[];
}

const FORMATS = {
  lines: lineEntries,
  yaml: yamlLines,
  json: jsonEntries,
  toml: tomlEntries,
} as const;
const SPACE = /[ \t\r]+|\\\n/y;
const COMMENT = /#[^\n]*/y;
const SEPARATOR = /\n|;|&&|\|\||\||&|\(|\)/y;
const HEREDOC = /<<-?\s*(["']?)([A-Za-z_]\w*)\1/y;
/** No command is given more texts. */
const MAX_HEREDOCS = 50;

const PIECE = new RegExp(
  [
    /"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'/,
    /\$\(\([^)]{0,400}\)\)|\$\{[^}\n]{0,400}\}|\$?[^\s"';&|()#$\\]+|\\[^\n]|\$\w*|#/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "y",
);

interface Command {
  readonly source: string;
  readonly line: number;
}

interface Words {
  readonly words: Word[];
  readonly heredocs: Word[];
  /** Whose output stands in a word. */
  readonly commands: Command[];
}

/** Words of a shell script or of the commands of a Dockerfile; comments are left out. */
function words(source: string, firstLine: number): Words {
  const found: Word[] = [];
  const commands: Command[] = [];
  const heredocs: Word[] = [];
  let at = 0;
  let line = firstLine;
  let first = true;
  let tags: string[] = [];
  let began = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(source);
    if (match === null) return null;
    at += match[0].length;
    line += match[0].split("\n").length - 1;
    return match;
  };
  while (at < source.length) {
    if (take(SPACE) !== null) continue;
    if (take(COMMENT) !== null) continue;
    const heredoc = take(HEREDOC);
    if (heredoc?.[2] !== undefined) {
      if (tags.length < MAX_HEREDOCS) tags.push(heredoc[2]);
      continue;
    }
    const separator = take(SEPARATOR);
    if (separator !== null) {
      first = true;
      if (separator[0] !== "\n") continue;
      const given = tags.length === 0 ? [] : found.slice(began).map((word) => word.text);
      began = found.length;
      for (const tag of tags) {
        const end = new RegExp(`^\\t*${tag}$`, "m").exec(source.slice(at));
        const body = source.slice(at, end === null ? source.length : at + end.index);
        const start = line;
        at += body.length + (end?.[0].length ?? 0);
        line += body.split("\n").length - 1;
        heredocs.push({ text: body, line: start, endLine: line, first: false, given });
      }
      tags = [];
      continue;
    }
    const start = line;
    let text = "";
    const before = at;
    while (text.length <= 200_000) {
      const command = substitutionAt(source, at);
      if (command !== undefined) {
        if (command.text === undefined) commands.push({ source: command.source, line });
        text += command.text ?? HOLE;
        line += source.slice(at, command.end).split("\n").length - 1;
        at = command.end;
        continue;
      }
      const piece = take(PIECE);
      if (piece === null) break;
      text += piece[1] ?? piece[2] ?? piece[0];
    }
    if (at === before) at += 1;
    else {
      found.push({ text, line: start, endLine: line, first });
      first = ASSIGNS.test(text) && first;
    }
  }
  return { words: found, heredocs, commands };
}

/** `ssh host bash -s <<EOF` runs what follows. */
const SHELLS = /^(?:\S*\/)?(?:ssh|bash|sh|zsh|gcloud)$/;
const MAX_NESTED = 2;

function isShell(text: string, given: readonly string[]): boolean {
  return given.some((word) => SHELLS.test(word)) || /^\s*(?:set -[a-z]|#!\S*sh\b)/.test(text);
}

/** Functions of a script that only say something. */
const SAYS = /^(?:log(?:_\w+)?|info|warn(?:ing)?|die|fail|err(?:or)?|say|usage|debug)$/;
const ASSIGNS = /^(?:[A-Za-z_]\w*[?:+]?|\[[A-Za-z_]\w*\])=/;
/** `: "${MODEL:=gpt-4o}"` */
const SETS = /^\$\{([A-Za-z_]\w*):?=([^}\n]*)\}$/;

/** `MODEL=gpt-4o`, `--model=gpt-4o`, `--llm.model=gpt-4o`, `[MODEL]=gpt-4o` */
const BOUND =
  /^(?:--?(?=[\w.-]+=)|\[(?=\w+\]=))?((?<=-)[A-Za-z_][\w.-]*|[A-Za-z_][\w-]*)\]?[?:+]?=([\s\S]*)$/;

const MAX_DEFAULTS = 3;

/** `${A:-${B:-x}}` is `${A:-x}`. */
export function innerDefaults(text: string): string {
  let rest = text;
  for (let depth = 0; depth < MAX_DEFAULTS && /[-=]\$\{/.test(rest); depth += 1) {
    rest = rest.replace(/([-=])\$\{\w{1,80}:?[-=]([^${}\n]{0,400})\}/g, "$1$2");
  }
  return rest;
}

/** `${MODEL:-gpt-4o}` is its default; any other variable is unknown. */
function holes(text: string): string {
  return innerDefaults(text)
    .replace(/\$\{\w{1,80}:?[-=](["']?)([^}\n]{0,400})\1\}/g, "$2")
    .replace(/\$\{[^}\n]{0,400}\}|\$[A-Za-z_]\w*/g, HOLE);
}

const TRIES = /(?:attempts|retries|tries)$/i;
const CALLS =
  /chat\/completions|\/v1\/(?:messages|responses)|api\/(?:generate|chat)\b|:generateContent/;

function asksModel({ words, commands }: Words): boolean {
  return (
    words.some(({ text, first }) => (first && asksProgram(text)) || CALLS.test(text)) ||
    commands.some(({ source }) => CALLS.test(source))
  );
}

/** Assignments, flags and long quoted arguments of a script. */
export function shellEntries(
  source: string,
  base: readonly Step[] = [],
  firstLine = 1,
  depth = 0,
  owner?: Frame,
): Entry[] {
  const read = words(source, firstLine);
  const entries: Entry[] = [];
  let frame: Frame = { id: 0, bound: new Map(), owner };
  let command = "";
  const waits = read.words.some(({ text }) => text === "sleep") && !asksModel(read);
  const add = (key: string, text: string, word: Word): void => {
    // How often it is looked whether a server is there.
    if (waits && TRIES.test(key)) return;
    const variable = handedOn(key, text);
    const value = variable ?? holes(text);
    frame.bound.set(key, value.slice(0, 80));
    const path: Step[] = [...base];
    if (command !== "" && key !== command) path.push({ name: command, kind: "call" });
    if (key !== "") path.push({ name: key, kind: "key" });
    const kind = variable === undefined ? kindOf(value) : "name";
    const { line, endLine } = word;
    entries.push(settingOf({ path, value: { kind, text: value }, line, endLine, frame }));
  };
  for (const [index, word] of read.words.entries()) {
    const next = read.words[index + 1];
    const binds = word.first && /^[?:+]?=$/.test(next?.text ?? "");
    if (word.first && !binds && !ASSIGNS.test(word.text)) {
      command = word.text.slice(0, 60);
      frame = { id: index + 1, bound: new Map(), owner };
    } else if (word.first) command = "";
    const set = command === ":" ? SETS.exec(word.text) : null;
    // A Makefile's `MODEL ?= gpt-4o`.
    const [, name, value] = binds
      ? ["", word.text, read.words[index + 2]?.text]
      : (set ?? BOUND.exec(word.text) ?? []);
    if (name !== undefined && value !== undefined && SAYS.test(command)) continue;
    const inner = commandIn(command, value ?? (word.first ? "" : word.text));
    if (inner !== undefined && depth < MAX_NESTED) {
      entries.push(...shellEntries(inner, base, word.line, depth + 1));
      continue;
    }
    const variables = variablesOf(name ?? word.text, value ?? next?.text ?? "");
    if (variables.length > 0) {
      for (const [own, of] of variables) add(own, of, name === undefined ? (next ?? word) : word);
      continue;
    }
    if (name !== undefined && value !== undefined) {
      add(name, /^"([^"]*)"$/.exec(value)?.[1] ?? value, word);
      continue;
    }
    if (SAYS.test(command)) continue;
    // `jq -n --arg model gpt-4o '{ model: $model }'`
    const given = /^--arg(?:json)?$/.test(word.text) ? read.words[index + 2] : undefined;
    if (given !== undefined && next !== undefined && /^\w+$/.test(next.text)) {
      add(filledIn(next.text, read.words, index) ?? next.text, given.text, given);
      continue;
    }
    const flag = /^--?([A-Za-z][\w.-]*)$/.exec(word.text)?.[1];
    if (flag !== undefined && next?.first === false && !/^--?[A-Za-z]/.test(next.text)) {
      add(flagName(flag, command), next.text, next);
      continue;
    }
    if (!word.first && addressedModel(word.text) !== undefined) add("url", word.text, word);
    const argument = argumentName(command, read.words, index);
    if (argument !== undefined) add(argument, word.text, word);
    // JSON given to curl and the like.
    if (/^\s*\{[\s\S]*"/.test(word.text)) addJson(entries, word, base, command);
  }
  for (const inner of depth < MAX_NESTED ? read.commands : []) {
    entries.push(...shellEntries(inner.source, base, inner.line, depth + 1));
  }
  for (const heredoc of read.heredocs) {
    const { text, line, given = [] } = heredoc;
    command = given.find((word) => CALLED.test(word) && !RESERVED.test(word)) ?? "";
    const language = languageOfCommand(given);
    const format = formatOfCommand(given) ?? (isToml(text) ? "toml" : undefined);
    const written = textFile(given);
    if (written !== undefined) add(written, text, heredoc);
    else if (format !== undefined) {
      const read = FORMATS[format](holes(text));
      entries.push(...read.map((entry) => movedTo(entry, base, line)));
    } else if (depth < MAX_NESTED && isShell(text, given)) {
      entries.push(...shellEntries(text, base, line, depth + 1));
    } else if (language !== undefined) entries.push(...scriptEntries(text, language, base, line));
    else if (/^\s*\{[\s\S]*"/.test(text)) addJson(entries, heredoc, base, command);
    // `claude -p <<EOF`
    else add(given.some(asksProgram) ? "prompt" : heredocName(given), text, heredoc);
  }
  return entries;
}

const CALLED = /^[A-Za-z][\w./-]*$/;
const RESERVED = /^(?:if|then|else|elif|do|while|until|for|in|case|sudo|time|exec|export|local)$/;

/** `cat > tasks/prompt.md <<EOF`: the file that is written. */
function textFile(given: readonly string[]): string | undefined {
  const file = given.find((word) => /\.(?:md|mdc|txt|prompt)$/.test(word));
  return file?.slice(file.lastIndexOf("/") + 1).replace(/^>+/, "");
}

/** `PROMPT=$(cat <<EOF`, `read -r -d '' PROMPT <<EOF`: the name that a heredoc is bound to. */
function heredocName(given: readonly string[]): string {
  const bound = given.map((word) => /^([A-Za-z_]\w*)=["$(]*$/.exec(word)?.[1]);
  const read = given[0] === "read" ? given.at(-1) : undefined;
  return bound.find((name) => name !== undefined) ?? read ?? "heredoc";
}

function addJson(entries: Entry[], word: Word, base: readonly Step[], command: string): void {
  const call: Step = { name: command, kind: "call" };
  for (const entry of jsonEntries(word.text.replaceAll('\\"', '"'), word.line)) {
    const variable = handedOn(keyOf(entry), entry.value.text);
    const value = variable === undefined ? entry.value : { kind: "name" as const, text: variable };
    entries.push({ ...entry, value, path: [...base, call, ...entry.path] });
  }
}
