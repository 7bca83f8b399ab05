import { asksModelBy } from "../prompts/prompt-asked.ts";
import { lastName } from "../words.ts";
import type { Cut } from "./entry.ts";
import type { Language } from "./language.ts";
import type { Token } from "./lexer.ts";
import { HOLE } from "./scan-text.ts";
import { JOINTS, nameChain } from "./source-names.ts";

/** `4 * 1024` and `4_096L` as a plain number; `4096 * 0.7`, which is no whole one, as written. */
export function product(tokens: readonly Token[], index: number): { value: string; end: number } {
  let value = numeric(tokens[index]?.text ?? "");
  let end = index + 1;
  for (;;) {
    const operator = tokens[end]?.text;
    const next = tokens[end + 1];
    if ((operator !== "*" && operator !== "/") || next?.kind !== "number") break;
    const by = numeric(next.text);
    if (operator === "/" && by === 0) break;
    value = operator === "*" ? value * by : value / by;
    end += 2;
  }
  if (end > index + 1 && value > 1 && !Number.isInteger(value)) {
    const written = tokens.slice(index, end).map(({ text }) => text);
    return { value: written.join(" "), end };
  }
  const minus = tokens[index - 1];
  const negative =
    minus?.text === "-" && /^(?:[=:(,[]|:=|=>)$/.test(tokens[index - 2]?.text ?? "=");
  return { value: String(negative ? -value : value), end };
}

/** `x / 1e6`: an operator before the number, and something that it works on before that. */
export function isOperand(tokens: readonly Token[], index: number): boolean {
  const operator = tokens[index - 1];
  if (operator?.kind !== "punct" || !/^(?:[-+/%*]|\*\*)$/.test(operator.text)) return false;
  const before = tokens[index - (divides(tokens, index) ? 3 : 2)];
  if (before === undefined || operator.first) return false;
  return before.kind === "name"
    ? !/^(?:return|default|case)$/.test(before.text)
    : /^[)\]]$|^[\d.]+$/.test(before.text);
}

/** Python's `//`, which is read as two signs. */
const divides = (tokens: readonly Token[], index: number): boolean =>
  tokens[index - 1]?.text === "/" && tokens[index - 2]?.text === "/";

const BEGINS = /^(?:[=:(,]|:=|=>)$/;
const ENDS = /^[,;)}\]]$/;

/** `limit / 20`, `config.limit * 0.7`, `budget + 1024`: a share of what has a name, or more. */
export function shareOf(tokens: readonly Token[], index: number, end: number): string | undefined {
  const operator = tokens[index - 1]?.text ?? "";
  const next = tokens[end];
  if (!/^[*/+]$/.test(operator) || !(next === undefined || next.first || ENDS.test(next.text))) {
    return undefined;
  }
  let at = index - (divides(tokens, index) ? 3 : 2);
  const last = at;
  while (JOINTS.has(tokens[at - 1]?.text ?? "") && last - at < 8) at -= 2;
  const [first, before] = [tokens[at], tokens[at - 1]];
  if (first?.kind !== "name" || tokens[last]?.kind !== "name" || first.first) return undefined;
  if (before?.kind !== "punct" || !BEGINS.test(before.text)) return undefined;
  const written = operator.repeat(index - 1 - last);
  return `${nameChain(tokens, at).text} ${written} ${tokens[index]?.text}`;
}

function numeric(text: string): number {
  const plain = text.replaceAll("_", "");
  if (/^0[xob]/i.test(plain)) return Number(plain);
  return Number(/^\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/.exec(plain)?.[0] ?? Number.NaN);
}

/**
 * Strings joined by an operator or by standing side by side are one; what is not a string is a
 * hole.
 */
export function joined(
  tokens: readonly Token[],
  language: Language,
  bracketed: boolean,
  index: number,
): {
  text: string;
  end: number;
  names: string[];
  held: readonly string[];
  cuts: readonly Cut[] | undefined;
} {
  const names: string[] = [];
  let cuts = cutsIn(tokens[index]);
  let held = tokens[index]?.names ?? [];
  const parts = [tokens[index]?.text ?? ""];
  let end = index + 1;
  for (;;) {
    const next = tokens[end];
    const adjacent = language.adjacentJoins === true && next?.kind === "text";
    if (adjacent && (!next.first || bracketed) && parts.length < 10_000) {
      parts.push(next.text);
      if (next.names !== undefined && held.length < 60) held = [...held, ...next.names];
      if (next.cuts !== undefined) cuts = [...(cuts ?? []), ...(cutsIn(next) ?? [])];
      end += 1;
    } else if (next?.kind === "punct" && (next.text === "+" || next.text === language.joins)) {
      const after = operandEnd(tokens, end + 1);
      if (after === end + 1) break;
      const operand = tokens[end + 1];
      parts.push(operand?.kind === "text" ? operand.text : HOLE);
      if (operand?.kind === "name" && after === end + 2) names.push(operand.text);
      if (operand?.names !== undefined && held.length < 60) held = [...held, ...operand.names];
      if (operand?.cuts !== undefined) cuts = [...(cuts ?? []), ...(cutsIn(operand) ?? [])];
      if (operand?.kind === "name" && after > end + 2 && held.length < 60) {
        const last = lastName(nameChain(tokens, end + 1).text);
        held = [...held, tokens[after - 1]?.text === ")" ? `${last}()` : last];
      }
      end = after;
    } else break;
  }
  return { text: parts.join(""), end, names, held, cuts };
}

/** With the lines of the file. */
const cutsIn = (token: Token | undefined): readonly Cut[] | undefined =>
  token?.cuts?.map((cut) => ({ ...cut, line: token.line + cut.line }));

/** Past a string, or a name with at most one call behind it. */
function operandEnd(tokens: readonly Token[], index: number): number {
  const token = tokens[index];
  if (token?.kind === "text") return index + 1;
  if (token?.kind !== "name") return index;
  const { text: chain, end: last } = nameChain(tokens, index);
  let end = last;
  if (tokens[end]?.text !== "(") return end;
  // `"Answer: " + agent.ask(question)`: what the call is given is read as that of any call.
  if (asksModelBy(chain)) return end;
  let depth = 0;
  for (const limit = end + 200; end < tokens.length && end < limit; end += 1) {
    if (tokens[end]?.text === "(") depth += 1;
    else if (tokens[end]?.text === ")") {
      depth -= 1;
      if (depth === 0) return end + 1;
    }
  }
  return index;
}
