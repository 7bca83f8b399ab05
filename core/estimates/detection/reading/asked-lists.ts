import { type Entry, makesList } from "./entry.ts";
import type { Token } from "./lexer.ts";
import { asksWhetherIn } from "./source-brackets.ts";
import type { Open, Walk } from "./source-walk.ts";

/** `in_array($model, MODELS)`, `slices.Contains(models, model)`: which argument is asked. */
const ASKS = /^(?:in_array|Contains|contains|member\?)$/;
const MAX_ARGUMENT = 6;

/**
 * A list of a file that nothing is done with but to ask whether it holds something: none of it is
 * chosen.
 */
export function withoutAsked(entries: Entry[], tokens: readonly Token[]): Entry[] {
  const asked = new Set<string>();
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token?.kind === "name" && isAsked(tokens, at)) asked.add(token.text);
  }
  if (asked.size === 0) return entries;
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token?.kind === "name" && asked.has(token.text) && isUsed(tokens, at)) {
      asked.delete(token.text);
    }
  }
  if (asked.size === 0) return entries;
  return entries.map((entry) => {
    const { path, role } = entry;
    const [outer, inner] = path.filter(({ name }) => name !== "self" && name !== "this");
    const listed = outer?.kind === "key" && inner !== undefined && asked.has(outer.name);
    return listed && role === "value" ? { ...entry, role: "compared" } : entry;
  });
}

function isAsked(tokens: readonly Token[], at: number): boolean {
  if (asksWhetherIn(tokens, at + 1)) return true;
  const before = tokens[at - 1];
  if (before?.kind === "name" && before.text === "in") return !loops(tokens, at - 1);
  if (before?.text !== "(" && before?.text !== ",") return false;
  const next = tokens[at + 1]?.text;
  if (next !== ")" && next !== ",") return false;
  for (let back = at - 1; back > at - MAX_ARGUMENT; back -= 1) {
    if (tokens[back]?.text === "(") return ASKS.test(tokens[back - 1]?.text ?? "");
  }
  return false;
}

const LOOPS = /^for(?:each)?$/i;
const MAX_HEAD = 10;

/** `for model in MODELS`, `foreach (var model in MODELS)` goes through them. */
function loops(tokens: readonly Token[], at: number): boolean {
  for (let back = at - 1; back > at - MAX_HEAD; back -= 1) {
    if (LOOPS.test(tokens[back]?.text ?? "")) return true;
    if (tokens[back]?.first === true) return false;
  }
  return false;
}

/** Is it read in another way than where it is set, or by other files? */
function isUsed(tokens: readonly Token[], at: number): boolean {
  if (isAsked(tokens, at)) return false;
  const [before = "", declares = ""] = [tokens[at - 1]?.text, tokens[at - 2]?.text];
  if (before === "export" || declares === "export") return true;
  return !/^(?:=|:|:=|\|\|=)$/.test(tokens[at + 1]?.text ?? "") && !DECLARED.test(before);
}

const DECLARED = /^(?:export|const|let|var|val|final|static|readonly|def|private|public)$/;

/** What stands in a list that is only asked whether it holds something. */
export function compareAll(
  { entries, language }: Walk,
  { bracket, before, root = "" }: Open,
): void {
  if (bracket === "(" && !makesList(root)) return;
  if (bracket === "{" && language.name !== "csharp") return;
  for (let at = before; at < entries.length; at += 1) {
    const entry = entries[at];
    if (entry !== undefined) entries[at] = { ...entry, role: "compared" };
  }
}
