import type { Token } from "./lexer.ts";

const MAX_ARGUMENTS = 40;

/** `max(2, int(env("LIMIT", "12")))`: the least beside what is chosen, a number itself. */
export function isFloor(tokens: readonly Token[], index: number, end: number): boolean {
  if (tokens[index - 1]?.text === "(" && tokens[end]?.text === ",") {
    return isMax(tokens[index - 2]) && holdsNumber(tokens, end + 1, 1);
  }
  if (tokens[index - 1]?.text !== "," || tokens[end]?.text !== ")") return false;
  let depth = 0;
  for (let at = index - 2; at > index - MAX_ARGUMENTS && at > 0; at -= 1) {
    const { text, kind } = tokens[at] ?? { text: "", kind: "punct" };
    if (kind !== "punct") continue;
    if (text === ")") depth += 1;
    else if (text === "(") {
      if (depth === 0) return isMax(tokens[at - 1]) && holdsNumber(tokens, at + 1, 1);
      depth -= 1;
    }
  }
  return false;
}

const isMax = (token: Token | undefined): boolean =>
  token?.kind === "name" && /^[mM]ax$/.test(token.text);

/** Is a number given by default in a call within these brackets? */
function holdsNumber(tokens: readonly Token[], from: number, opened: number): boolean {
  let depth = opened;
  for (let at = from; at < from + MAX_ARGUMENTS; at += 1) {
    const token = tokens[at];
    if (token === undefined) return false;
    if (token.kind === "punct" && token.text === "(") depth += 1;
    else if (token.kind === "punct" && token.text === ")") depth -= 1;
    if (depth === 0) return false;
    const number = token.kind === "number" || (token.kind === "text" && /^\d+$/.test(token.text));
    if (number && depth > opened) return true;
  }
  return false;
}
