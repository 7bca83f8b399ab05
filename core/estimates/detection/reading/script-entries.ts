import type { FileKind } from "../file-kind.ts";
import type { Entry, Step } from "./entry.ts";
import { type Language, languageNamed, languageOfExtension } from "./language.ts";
import { sourceEntries } from "./source-entries.ts";

const RUNS: Readonly<Record<string, string>> = {
  python: "python",
  python3: "python",
  node: "javascript",
  bun: "javascript",
  deno: "javascript",
  ruby: "ruby",
  php: "php",
};

/** The format of a file that a command line writes: `cat > .env <<EOF`. */
export function formatOfCommand(
  words: readonly string[],
): "lines" | "yaml" | "json" | "toml" | undefined {
  for (const word of words.slice(0, 12)) {
    if (/(?:^|\/)[\w.-]*\.env(?:\.\w+)?$|\.properties$|\.ini$/.test(word)) return "lines";
    if (/\.ya?ml$/.test(word)) return "yaml";
    if (/\.json$/.test(word)) return "json";
    if (/\.toml$/.test(word)) return "toml";
  }
  return undefined;
}

/** The language of a script that a command line is given: `python3 - <<EOF`, `cat > run.py`. */
export function languageOfCommand(words: readonly string[]): Language | undefined {
  for (const word of words.slice(0, 12)) {
    const program = word.slice(word.lastIndexOf("/") + 1);
    const name = Object.hasOwn(RUNS, program) ? RUNS[program] : undefined;
    if (name !== undefined) return languageNamed(name);
    const extension = /^[^\s-]\S*\.([a-z]{2,6})$/.exec(word)?.[1];
    const language = extension === undefined ? undefined : languageOfExtension(extension);
    if (language !== undefined) return language;
  }
  return undefined;
}

/** What a script's first line says that it is written in; undefined where nothing is said. */
export function runKind(text: string): Extract<FileKind, { state: "read" }> | undefined {
  const [, line] = /^#!([^\n]{1,200})/.exec(text) ?? [];
  if (line === undefined) return undefined;
  const programs = line
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(/[\d.]+$/, ""));
  if (programs.some((word) => /(?:^|\/)(?:ba|z|da|k)?sh$/.test(word))) {
    return { state: "read", format: "shell" };
  }
  const language = languageOfCommand(programs);
  return language === undefined ? undefined : { state: "read", format: "source", language };
}

const JAVASCRIPT = /(?:^|[\s;(])(?:const|let|await|require\(|async|function)[\s(]|=>/;

/** A text of configuration that is JavaScript, as workflows have it. */
export function isJavaScript(text: string): boolean {
  return text.includes("\n") && JAVASCRIPT.test(text) && !/^\s*(?:#!|set -|echo )/.test(text);
}

/** The values of a script that stands inside another file, with their lines there. */
export function scriptEntries(
  text: string,
  language: Language,
  base: readonly Step[],
  firstLine: number,
): Entry[] {
  return sourceEntries(text, language).map((entry) => movedTo(entry, base, firstLine));
}

export function movedTo(entry: Entry, base: readonly Step[], firstLine: number): Entry {
  return {
    ...entry,
    path: [...base, ...entry.path],
    line: entry.line + firstLine - 1,
    endLine: entry.endLine + firstLine - 1,
  };
}
