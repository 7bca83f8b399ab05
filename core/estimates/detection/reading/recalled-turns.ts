import { patternOfAnyCase } from "../pattern.ts";
import type { Token } from "./lexer.ts";

/** How many are taken: `.limit(20)`, `take: 20`, `.Take(20)`. */
const TAKES = /^(?:limit|take|Limit|Take|top|Top|last|setMaxResults)$/;
const TURNS = patternOfAnyCase`
  ^\$?(?:db|chat|conversation|dialog|bot|ai|user|session|thread|find|get|_)*_?(?:messages?|turns
  |(?:chat|conversation|message|dialog)_?(?:history|logs?|turns))(?:Repo(?:sitory)?|Model|Table)?$`;
const ORDERS = patternOfAnyCase`
  ^(?:(?:order|sort|then)\w*|latest\w*|desc(?:ending)?|recent\w*|-?created_?at.*)$`;
const MAX_BEFORE = 90;
const MAX_BEHIND = 40;

/** `db.messages.orderBy("id").limit(20)`: what a program reads back of a conversation. */
export function recalled(tokens: readonly Token[], index: number, end: number): string | undefined {
  const [mark, taken] = [tokens[index - 1], tokens[index - 2]];
  if (
    taken?.kind !== "name" ||
    !TAKES.test(taken.text) ||
    !/^\d{1,3}$/.test(valueAt(tokens, index))
  )
    return undefined;
  if (mark?.text === "(") {
    const chained = /^(?:\.|->|\?\.|::)$/.test(tokens[index - 3]?.text ?? "");
    if (!chained || tokens[end]?.text !== ")") return undefined;
    const before = statementBefore(tokens, index - 3);
    return before.some(isTurns) && before.some(isOrder) ? RECALLED : undefined;
  }
  if (mark?.text !== ":" && mark?.text !== "=") return undefined;
  const before = tokens.slice(Math.max(0, index - MAX_BEFORE), index - 2);
  const called = callAround(before);
  const around = [
    ...before.slice(called?.opens ?? before.length),
    ...tokens.slice(end, end + MAX_BEHIND),
  ];
  return called?.turns === true && around.some(isOrder) ? RECALLED : undefined;
}

/** Only where a model is asked does it say anything. */
export const RECALLED = "recalled_turns";

const valueAt = (tokens: readonly Token[], index: number): string => tokens[index]?.text ?? "";

const isTurns = ({ kind, text }: Token): boolean =>
  (kind === "name" || kind === "text") && text.length < 40 && TURNS.test(text);
const isOrder = ({ kind, text }: Token): boolean =>
  (kind === "name" || kind === "text") && text.length < 40 && ORDERS.test(text);

/** What stands before in the same statement. */
function statementBefore(tokens: readonly Token[], index: number): readonly Token[] {
  let depth = 0;
  let at = index;
  for (const least = Math.max(0, index - MAX_BEFORE); at > least; at -= 1) {
    const { kind, text } = tokens[at] ?? {};
    if (kind !== "punct") continue;
    if (text === ")" || text === "]" || text === "}") depth += 1;
    else if (text === "(" || text === "[" || text === "{") depth -= 1;
    if (depth < 0 || (depth === 0 && (text === ";" || text === "="))) break;
  }
  return tokens.slice(at + 1, index);
}

/** `prisma.message.findMany({`: the call whose argument has not ended, and where it begins. */
function callAround(
  before: readonly Token[],
): { readonly turns: boolean; readonly opens: number } | undefined {
  let depth = 0;
  for (let at = before.length - 1; at > 0; at -= 1) {
    const { kind, text } = before[at] ?? {};
    if (kind !== "punct") continue;
    if (text === ")" || text === "]" || text === "}") depth += 1;
    else if (text === "(" || text === "[" || text === "{") depth -= 1;
    if (depth >= 0 || text !== "(") {
      if (depth < -2) return undefined;
      continue;
    }
    const chain = before.slice(Math.max(0, at - 6), at);
    return { turns: chain.some(isTurns), opens: at };
  }
  return undefined;
}
