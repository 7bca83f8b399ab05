import { pattern } from "../pattern.ts";
import { type Entry, keyOf } from "./entry.ts";
import { jsonEntries } from "./json-entries.ts";
import { HOLE } from "./scan-text.ts";
import { yamlLines } from "./yaml-lines.ts";

const MAX_CHARACTERS = 60_000;
const NAMES_MODEL = /(?:^|[\n{,])\s*(?:- )?"?[\w-]*(?:model|llm)[\w-]*"?\s*:\s*["']?[\w@\uFFFC]/i;
const SETS = pattern`
  (?:^|[\n{,])\s*(?:- )?"?(?:context_size|max_?\w*(?:[tT]okens|[tT]urns|[sS]teps)|num_ctx
  |system_?[pP]rompt)"?\s*:\s*\S`;
/** What an agent is invoked with: `{"prompt": "Find the talks of"}`. */
const ASKS = /^\s*\{\s*"prompt"\s*:\s*"[^"\s]+\s[^"\s]+\s[^"\s]/;
const LINE = /^\s*(?:- )*(?:[\w./"'-]+\s*:(?:\s.*)?|- .*|#.*|---|[{}[\],]+)\s*$/;

/**
 * Configuration that stands in a string: a manifest that is applied, the body of a request, a list of
 * models in one variable. Its values, with their lines in the file; none where the text is anything
 * else.
 */
export function embeddedEntries(entry: Entry): Entry[] {
  const { kind, text: given } = entry.value;
  if (kind !== "text" || entry.role !== "value" || given.length > MAX_CHARACTERS) return [];
  const text = given.startsWith("=") ? evaluated(given) : given;
  if (!text.includes("\n") && !/^\s*[{[]/.test(text)) return [];
  // `@Example(code = """...""")` shows people how something is used.
  if (entry.path.some(({ kind, name }) => kind === "call" && /(?:^|@)Examples?$/.test(name)))
    return [];
  const own = /models?$/i.test(keyOf(entry)) && /^\s*\[/.test(text);
  if (!own && !NAMES_MODEL.test(text) && !SETS.test(text) && !ASKS.test(text)) return [];
  if (/^\s*[{[]/.test(text)) {
    return text.includes('"') ? placed(entry, jsonEntries(filled(text))) : [];
  }
  const front = /^\s*---\n([\s\S]*?)\n---(?:\n|$)/.exec(text)?.[1];
  if (front !== undefined) return placed(entry, yamlLines(`\n${front}`));
  const lines = withoutBlocks(text.split("\n")).filter((line) => line.trim() !== "");
  const shaped = lines.filter((line) => LINE.test(line)).length;
  if (lines.length < 3 || shaped < lines.length * 0.9) return [];
  return placed(entry, yamlLines(withoutIndent(text)));
}

/** `={ "model": "mistral:7b", "prompt": {{ $json.text }} }`: an expression of a workflow. */
function evaluated(text: string): string {
  return text.slice(1).replace(/\{\{[^{}]{0,2000}\}\}/g, HOLE);
}

/** What is filled in between the strings stands for a value; within them it stays. */
function filled(text: string): string {
  if (!text.includes(HOLE)) return text;
  let inside = false;
  return text.replace(/\\[\s\S]|"|\uFFFC/g, (found) => {
    if (found === '"') inside = !inside;
    return found === HOLE && !inside ? '""' : found;
  });
}

/** Of `prompt: |`, the lines behind it may be anything. */
function withoutBlocks(lines: readonly string[]): string[] {
  let block = -1;
  return lines.filter((line) => {
    const indent = line.length - line.trimStart().length;
    if (block >= 0 && (indent > block || line.trim() === "")) return false;
    block = /:\s*[|>][-+]?\s*$/.test(line) ? indent : -1;
    return true;
  });
}

function placed(entry: Entry, found: readonly Entry[]): Entry[] {
  const most = Math.max(entry.line, entry.endLine);
  return found.map((one) => ({
    ...one,
    path: [...entry.path, ...one.path],
    scope: entry.scope,
    line: Math.min(most, entry.line + one.line - 1),
    endLine: Math.min(most, entry.line + one.endLine - 1),
  }));
}

function withoutIndent(text: string): string {
  const lines = text.split("\n");
  const indents = lines.flatMap((line) =>
    line.trim() === "" ? [] : [/^ */.exec(line)?.[0].length ?? 0],
  );
  const least = Math.min(...indents.slice(0, 2_000));
  return lines.map((line) => line.slice(Math.min(least, line.length))).join("\n");
}
