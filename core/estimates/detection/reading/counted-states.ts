import { pattern } from "../pattern.ts";
import { snakeCase } from "../words.ts";
import type { Token } from "./lexer.ts";

const COUNTER = pattern`
  ^_?(?:\w+_)?(?:(?:retry|attempt|rewrite|revision|iteration|loop|refinement|correction|reflection
  |regeneration|round|hop)_(?:count|counter|num|number|no)|num_(?:retries|attempts|iterations
  |revisions|steps|rounds)|retries|attempts|iterations|revisions|rewrites|refinements)$`;
const HEADS = /^(?:if|elif|elsif|unless|return|while)$/;
const CLOSES = /^(?:[:){?]|and|or|&&|\|\||then)$/;
const MAX_HEAD = 16;
const MOST = 30;

/**
 * `if state["retry_count"] >= 3`, `state.get("iterations", 0) < 4`: how often the steps of a graph
 * are gone through again.
 */
export function countedState(
  tokens: readonly Token[],
  index: number,
  end: number,
): string | undefined {
  if (!/^(?:[<>]=?|={2,3})$/.test(tokens[index - 1]?.text ?? "")) return undefined;
  const many = Number(tokens[index]?.text);
  const next = tokens[end];
  if (!(many > 0 && many <= MOST) || (next?.first === false && !CLOSES.test(next.text))) {
    return undefined;
  }
  const name = keyOfState(tokens, index - 2);
  if (name === undefined || !COUNTER.test(snakeCase(name))) return undefined;
  for (let at = index - 2; at > index - MAX_HEAD && at >= 0; at -= 1) {
    const token = tokens[at];
    if (token?.kind === "name" && HEADS.test(token.text)) return "max_steps";
    if (token === undefined || token.first) return undefined;
  }
  return undefined;
}

/** `retry_count` of `state["retry_count"]`, of `state.get("retry_count", 0)`, of `state.retryCount`. */
function keyOfState(tokens: readonly Token[], at: number): string | undefined {
  const [last, key] = [tokens[at], tokens[at - 1]];
  if (last?.text === "]" && last.kind === "punct") {
    return key?.kind === "text" && OF_STATE.test(tokens[at - 3]?.text ?? "") ? key.text : undefined;
  }
  if (last?.text === ")" && last.kind === "punct") {
    const from = tokens.slice(Math.max(0, at - 6), at).findLastIndex(({ text }) => text === "get");
    const got = from === -1 ? -1 : Math.max(0, at - 6) + from;
    const asked = got !== -1 && OF_STATE.test(tokens[got - 2]?.text ?? "");
    return asked && tokens[got + 2]?.kind === "text" ? tokens[got + 2]?.text : undefined;
  }
  const member = tokens[at - 1]?.text === "." && OF_STATE.test(tokens[at - 2]?.text ?? "");
  return last?.kind === "name" && member ? last.text : undefined;
}

/** What goes from step to step. */
const OF_STATE = /^(?:\w*_)?state$|^\w*State$/;
