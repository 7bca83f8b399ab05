import { lastName } from "../words.ts";
import type { Entry } from "./entry.ts";
import type { Language } from "./language.ts";
import type { Token } from "./lexer.ts";
import type { Walk } from "./source-walk.ts";

const MAX_HEAD = 160;
const MAX_NAMES = 400;
const DECLARES = /^(?:function|def|func|fun|fn|constructor|async)$/;
const SELF = /^(?:self|cls|this)$/;

/**
 * Numbers that a function of the same file is given by their place: `retold(text, 3)`, where it is
 * declared as `retold(text, maxRetries)`.
 */
export function withArguments({ entries, language }: Walk, tokens: readonly Token[]): Entry[] {
  const wanted = new Set<string>();
  for (const entry of entries) {
    const called = calledWith(entry);
    if (called !== undefined && wanted.size < MAX_NAMES) wanted.add(called);
  }
  if (wanted.size === 0) return entries;
  const declared = declarations(tokens, language, wanted);
  if (declared.size === 0) return entries;
  return entries.map((entry) => {
    const called = calledWith(entry);
    const argument = declared.get(called ?? "")?.[entry.position];
    return argument === undefined ? entry : { ...entry, argument };
  });
}

/** The function that is given this number without a name. */
function calledWith({ path, role, value }: Entry): string | undefined {
  const innermost = path.at(-1);
  if (value.kind !== "number" || role !== "value" || innermost?.kind !== "call") return undefined;
  return lastName(innermost.name);
}

type Names = readonly (string | undefined)[];

function declarations(
  tokens: readonly Token[],
  language: Language,
  wanted: ReadonlySet<string>,
): ReadonlyMap<string, Names> {
  const found = new Map<string, Names>();
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token?.kind !== "name" || !wanted.has(token.text)) continue;
    const opens = opensAt(tokens, at);
    if (opens === undefined) continue;
    const end = closedAt(tokens, opens);
    if (end === undefined || !isDeclared(tokens, at, opens, end)) continue;
    const names = argumentsOf(tokens, opens, end, language);
    const known = found.get(token.text);
    // Of two of one name, what they call alike.
    const both = known?.map((name, place) => (name === names[place] ? name : undefined));
    found.set(token.text, both ?? names);
  }
  return found;
}

/** `name(`, `name = (`, `name = async (`: where the arguments begin. */
function opensAt(tokens: readonly Token[], at: number): number | undefined {
  if (tokens[at + 1]?.text === "(") return at + 1;
  if (tokens[at + 1]?.text !== "=") return undefined;
  const next = tokens[at + 2]?.text === "async" ? at + 3 : at + 2;
  return tokens[next]?.text === "(" ? next : undefined;
}

function closedAt(tokens: readonly Token[], opens: number): number | undefined {
  let depth = 0;
  for (let at = opens; at < tokens.length && at < opens + MAX_HEAD; at += 1) {
    const { kind, text } = tokens[at] ?? {};
    if (kind !== "punct") continue;
    if (text === "(" || text === "[" || text === "{") depth += 1;
    else if (text === ")" || text === "]" || text === "}") depth -= 1;
    if (depth === 0) return at;
  }
  return undefined;
}

function isDeclared(tokens: readonly Token[], at: number, opens: number, end: number): boolean {
  const [before, next] = [tokens[at - 1], tokens[end + 1]?.text ?? ""];
  if (opens > at + 1) return /^(?:=>|:)$/.test(next);
  if (before?.kind === "name" && DECLARES.test(before.text)) return true;
  // Go's `func (c *Client) ask(`
  const received = before?.text === ")" && tokens.slice(at - 8, at).some(isFunc);
  // A method: `ask(text: string) {`, `String ask(String text) {`
  const head = before?.kind !== "punct" || tokens[at]?.first === true;
  return (
    received || (head && !/^(?:new|await|return|in)$/.test(before?.text ?? "") && next === "{")
  );
}

const isFunc = ({ text }: Token): boolean => text === "func";

/** What a declaration calls its arguments, in their order; undefined for one without a name. */
function argumentsOf(
  tokens: readonly Token[],
  opens: number,
  end: number,
  language: Language,
): Names {
  const names: (string | undefined)[] = [];
  let [depth, from] = [0, opens + 1];
  for (let at = opens + 1; at <= end; at += 1) {
    const { kind, text } = tokens[at] ?? {};
    const punct = kind === "punct";
    if (punct && /^[([{<]$/.test(text ?? "")) depth += 1;
    else if (punct && /^[)\]}>]$/.test(text ?? "") && at < end) depth -= 1;
    if (at < end && !(punct && text === "," && depth === 0)) continue;
    const name = argumentIn(tokens.slice(from, at), language);
    if (names.length > 0 || name === undefined || !SELF.test(name)) names.push(name);
    from = at + 1;
  }
  return names;
}

/** `text: string = ""`, `String text`, `text string` in Go, `string $text` */
function argumentIn(part: readonly Token[], language: Language): string | undefined {
  const stop = part.findIndex(({ kind, text }) => kind === "punct" && /^[=:?]$/.test(text));
  const head = (stop === -1 ? part : part.slice(0, stop)).filter(({ kind }) => kind === "name");
  return (language.name === "go" ? head[0] : head.at(-1))?.text.replace(/^\$/, "");
}
