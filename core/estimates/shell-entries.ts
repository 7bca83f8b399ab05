import type { Entry, Frame, Step } from "./entry.ts";
import { jsonEntries } from "./json-entries.ts";
import { HOLE } from "./scan-text.ts";
import { kindOf } from "./toml-entries.ts";

interface Word {
  readonly text: string;
  readonly line: number;
  readonly endLine: number;
  /** First of its command. */
  readonly first: boolean;
}

const SPACE = /[ \t\r]+|\\\n/y;
const COMMENT = /#[^\n]*/y;
const SEPARATOR = /\n|;|&&|\|\||\||&|\(|\)/y;
const HEREDOC = /<<-?\s*(["']?)([A-Za-z_]\w*)\1/y;
const PIECE = new RegExp(
  [
    /"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'/,
    /\$\(\([^)]{0,400}\)\)|\$\{[^}\n]{0,400}\}|\$?[^\s"';&|()#$]+|\$\w*|#/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "y",
);

/** Words of a shell script or of the commands of a Dockerfile; comments are left out. */
function words(source: string, firstLine: number): { words: Word[]; heredocs: Word[] } {
  const found: Word[] = [];
  const heredocs: Word[] = [];
  let at = 0;
  let line = firstLine;
  let first = true;
  let tags: string[] = [];
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
      tags.push(heredoc[2]);
      continue;
    }
    const separator = take(SEPARATOR);
    if (separator !== null) {
      first = true;
      if (separator[0] !== "\n" || tags.length === 0) continue;
      for (const tag of tags) {
        const end = new RegExp(`^\\t*${tag}$`, "m").exec(source.slice(at));
        const body = source.slice(at, end === null ? source.length : at + end.index);
        const start = line;
        at += body.length + (end?.[0].length ?? 0);
        line += body.split("\n").length - 1;
        heredocs.push({ text: holes(body), line: start, endLine: line, first: false });
      }
      tags = [];
      continue;
    }
    const start = line;
    let text = "";
    const before = at;
    for (let piece = take(PIECE); piece !== null; piece = take(PIECE)) {
      text += piece[1] ?? piece[2] ?? piece[0];
      if (text.length > 200_000) break;
    }
    if (at === before) at += 1;
    else {
      found.push({ text, line: start, endLine: line, first });
      first = /^[A-Za-z_]\w*=/.test(text) && first;
    }
  }
  return { words: found, heredocs };
}

/** `${MODEL:-gpt-4o}` is its default; any other variable is unknown. */
function holes(text: string): string {
  return text
    .replace(/\$\{[A-Za-z_]\w{0,80}:?[-=]([^}\n]{0,400})\}/g, "$1")
    .replace(/\$\{[^}\n]{0,400}\}|\$[A-Za-z_]\w*/g, HOLE);
}

/** Assignments, flags and long quoted arguments of a script. */
export function shellEntries(source: string, base: readonly Step[] = [], firstLine = 1): Entry[] {
  const read = words(source, firstLine);
  const entries: Entry[] = [];
  let frame: Frame = { id: 0, bound: new Map() };
  let command = "";
  const add = (key: string, text: string, word: Word): void => {
    const value = holes(text);
    frame.bound.set(key, value.slice(0, 80));
    const path: Step[] = [...base];
    if (command !== "" && key !== command) path.push({ name: command, kind: "call" });
    if (key !== "") path.push({ name: key, kind: "key" });
    entries.push({
      path,
      scope: [],
      value: { kind: kindOf(value), text: value },
      line: word.line,
      endLine: word.endLine,
      frame,
      position: 0,
      role: "value",
    });
  };
  for (const [index, word] of read.words.entries()) {
    if (word.first && !/^[A-Za-z_]\w*=/.test(word.text)) {
      command = word.text.slice(0, 60);
      frame = { id: index + 1, bound: new Map() };
    } else if (word.first) command = "";
    const [, name, value] = /^(?:--?)?([A-Za-z_][\w-]*)=([\s\S]*)$/.exec(word.text) ?? [];
    if (name !== undefined && value !== undefined) {
      add(name, value, word);
      continue;
    }
    const flag = /^--?([A-Za-z][\w-]*)$/.exec(word.text)?.[1];
    const next = read.words[index + 1];
    if (
      flag !== undefined &&
      next !== undefined &&
      !next.first &&
      !/^--?[A-Za-z]/.test(next.text)
    ) {
      add(flag.length === 1 ? `flag ${flag}` : flag, next.text, next);
      continue;
    }
    // JSON given to curl and the like.
    if (/^\s*\{[\s\S]*"/.test(word.text)) addJson(entries, word, base, command);
  }
  for (const heredoc of read.heredocs) {
    if (/^\s*\{[\s\S]*"/.test(heredoc.text)) addJson(entries, heredoc, base, command);
    else add("heredoc", heredoc.text, heredoc);
  }
  return entries;
}

function addJson(entries: Entry[], word: Word, base: readonly Step[], command: string): void {
  const call: Step = { name: command, kind: "call" };
  for (const entry of jsonEntries(word.text.replaceAll('\\"', '"'), word.line)) {
    entries.push({ ...entry, path: [...base, call, ...entry.path] });
  }
}
