import type { Token } from "./lexer.ts";

/** What counts how often something is tried. */
export const TRIES =
  /^\$?(?:_?attempts?|_?tries|_?retry|_?retries|(?:retry|attempt|loop)_?(?:count(?:er)?|num)?)$/i;

/** Tokens between a bound and the call that is bounded. */
const MAX_BEHIND = 80;
/** Tokens of what a function does before it calls itself. */
const MAX_BEFORE = 900;
const MAX_ARGUMENTS = 60;

/** `if (tries < 3) return ask(text, tries + 1)`, in what is declared as `ask(text, tries)`. */
export function calledAgain(
  tokens: readonly Token[],
  index: number,
  end: number,
): string | undefined {
  const own = tokens[index - 2];
  if (own?.kind !== "name" || !TRIES.test(own.text)) return undefined;
  if (!/^[<>]=?$/.test(tokens[index - 1]?.text ?? "")) return undefined;
  for (let at = end; at < Math.min(end + MAX_BEHIND, tokens.length); at += 1) {
    const one = tokens[at + 1]?.text === "+" && tokens[at + 2]?.text === "1";
    if (!one || tokens[at]?.text !== own.text) continue;
    const called = calleeAround(tokens, at);
    if (called !== undefined && isDeclared(tokens, called, own.text, index)) return "max_retries";
  }
  return undefined;
}

/** What is called with the argument that begins here. */
function calleeAround(tokens: readonly Token[], argument: number): string | undefined {
  let depth = 0;
  for (let at = argument - 1; at > argument - MAX_ARGUMENTS && at > 0; at -= 1) {
    const { text, kind } = tokens[at] ?? { text: "", kind: "punct" };
    if (kind !== "punct") continue;
    if (/^[)\]}]$/.test(text)) depth += 1;
    else if (/^[([{]$/.test(text)) depth -= 1;
    else if (text === ";") return undefined;
    // `ask({ text, tries: tries + 1 })`
    if (depth >= 0 || text !== "(") continue;
    const callee = tokens[at - 1];
    return callee?.kind === "name" ? callee.text : undefined;
  }
  return undefined;
}

/** Does a function around it have this name, and this argument? */
function isDeclared(
  tokens: readonly Token[],
  name: string,
  argument: string,
  before: number,
): boolean {
  for (let at = before; at > Math.max(0, before - MAX_BEFORE); at -= 1) {
    if (tokens[at]?.text !== name) continue;
    const behind = tokens.slice(at + 1, Math.min(at + MAX_ARGUMENTS, before - 2));
    const opens = behind.findIndex(({ text }) => /^(?:[{]|=>)$/.test(text));
    const head = opens === -1 ? behind : behind.slice(0, opens);
    if (head.slice(0, 4).some(({ text }) => text === "(")) {
      return head.some(({ kind, text }) => kind === "name" && text === argument);
    }
  }
  return false;
}
