import { lastName, snakeCase } from "../words.ts";
import { compareAll, withoutAsked } from "./asked-lists.ts";
import { withArguments } from "./declared-arguments.ts";
import { type Entry, makesList } from "./entry.ts";
import { isPriceName } from "./frame-traits.ts";
import type { Language } from "./language.ts";
import { lex, type Token } from "./lexer.ts";
import {
  asksWhetherIn,
  blockLabels,
  declaresType,
  holdsText,
  isBound,
  isGiven,
  isSubscript,
  isTypeComma,
  isTypeMark,
  keptIn,
  listSteps,
  madeOf,
  seesThrough,
  tableOf,
} from "./source-brackets.ts";
import { isMember, literal, member, name } from "./source-leaves.ts";
import { basesOf, calleeBefore, JOINTS, keyBefore, nameChain, scopeName } from "./source-names.ts";
import {
  blockGivenTo,
  COMPARISONS,
  emit,
  frame,
  type Open,
  startSegment,
  startWalk,
  steps,
  type Walk,
} from "./source-walk.ts";

const MAX_DEPTH = 60;
const BINDERS = new Set(["=", ":=", "+=", "||=", "??=", ".="]);

/** The values of a source file with the names they are bound to. */
export function sourceEntries(
  source: string,
  language: Language,
  tokens: readonly Token[] = lex(source, language),
): Entry[] {
  const walk = startWalk(tokens, language);
  for (let index = 0; index < tokens.length; ) index = visit(walk, index);
  return [...withoutAsked(withArguments(walk, tokens), tokens), ...walk.mentions];
}

function visit(walk: Walk, index: number): number {
  const { tokens, open } = walk;
  const token = tokens[index];
  const top = open.at(-1);
  if (token === undefined || top === undefined) return index + 1;
  if (token.first) enterLine(walk, top, token, index);
  if (token.kind === "punct") return punctuation(walk, top, token, index);
  if (token.kind === "name") return name(walk, top, token, index);
  return literal(walk, top, index);
}

const CONTINUES = /^(?:[.+|&?:=,)\]}]|\?\?|\|\||&&|\?\.|->|=>|(?:or|and|else)$)/;
const LEFT_OPEN = /^(?:[=+|&?:,(\\[{.]|:=|\?\?|\|\||&&|=>|->|\+=|or|and|return)$/;

function enterLine(walk: Walk, top: Open, token: Token, index: number): void {
  const { scopes } = walk;
  const name = scopeName(walk.tokens, index, walk.language.name);
  // A declaration of Python stands in no bracket: one that is open was misread.
  if (name !== undefined && walk.language.name === "python" && /^[([]$/.test(top.bracket)) {
    walk.open.length = 1;
    startSegment(walk.open[0] ?? top, index);
  }
  // A bracket at the indentation of a declaration belongs to its head, opens its body or ends it.
  const closes = token.kind === "punct" && /^[)\]{}]$/.test(token.text);
  const stays = closes ? -1 : scopes.findIndex(({ indent }) => indent >= token.indent);
  if (stays !== -1 || name !== undefined) {
    if (stays !== -1) scopes.length = stays;
    if (name !== undefined) declare(walk, name, token.indent, index);
    walk.scopeNames = scopes.map((scope) => scope.name);
  }
  // Go's `const (` holds a declaration a line.
  const statements = /^\{?$/.test(top.bracket) || (top.bracket === "(" && top.block);
  if (statements && token.text.startsWith("@")) {
    walk.decorators.push(nameChain(walk.tokens, index).text.slice(1));
  } else if (statements && !closes) walk.decorators = [];
  if (!statements || walk.language.lineStatements !== true) return;
  const before = walk.tokens[index - 1];
  const runsOn = before !== undefined && before.kind !== "text" && LEFT_OPEN.test(before.text);
  const colonEnds = walk.language.name === "python" && before?.text === ":" && top.bracket === "";
  if ((!runsOn || colonEnds) && !CONTINUES.test(token.text)) startSegment(top, index);
}

/** What is decorated as a prompt makes one, whatever it is called. */
function declare(walk: Walk, name: string, indent: number, index: number): void {
  const marks = [...walk.decorators, ...basesOf(walk.tokens, index)];
  walk.scopes.push({ name, indent, marks });
  const prompt = walk.decorators.find((mark) => /(?:^|\.)(?:system_)?prompt$/.test(mark));
  if (prompt !== undefined) walk.scopes.push({ name: lastName(prompt), indent, marks });
}

function punctuation(walk: Walk, top: Open, token: Token, index: number): number {
  const { text } = token;
  if (text === "(" || text === "[" || text === "{") openBracket(walk, top, text, index);
  else if (text === ")" || text === "]" || text === "}") closeBracket(walk, text, index);
  else if (text === "," && isTypeComma(walk.tokens, index)) return index + 1;
  else if (text === "," || text === ";") {
    if (text === ",") top.position += 1;
    else if (top.bracket === "{") top.block = true;
    startSegment(top, index + 1, text === ",");
  } else if (text === "." && isMember(walk, index)) return member(walk, top, index);
  else if (COMPARISONS.has(text)) top.compares ||= !isTypeMark(walk.tokens, index);
  // `way === "short" ? "..." : "..."` compares only what stands before.
  else if (text === "?" || text === "&&" || text === "||") top.compares = top.label;
  // `case "short" -> "..."`: the label ends here.
  else if (text === "->") top.compares = top.label = false;
  else bind(walk, top, text, index);
  return index + 1;
}

function bind(walk: Walk, top: Open, operator: string, index: number): void {
  const { tokens, language } = walk;
  // `fun plan(week: Week): String = ...` names a function.
  if (operator === "=" && language.name === "kotlin" && declaresFunction(tokens, top.start)) {
    startSegment(top, index + 1);
    return;
  }
  // What a method in one expression is given is no key: `string Tone(Kind kind) => kind switch {`.
  const method = language.name === "csharp" && tokens[index - 1]?.text === ")";
  const arrow = operator === "=>" && language.arrowBinds === true && !method;
  const pushes = operator === "<<" && language.name === "ruby";
  if (BINDERS.has(operator) || arrow || pushes) {
    const found =
      keyBefore(tokens, top.start, index, language.name === "go") ??
      (top.bracket === "(" ? defaultKey(tokens, index) : undefined);
    if (found !== undefined) {
      const own = found.typed === false && found.name !== "_";
      if (top.key === undefined || own) top.key = found.name;
      top.bare = keptIn(tokens, top, index) ?? top.bare;
      top.adds = operator === "+=" || operator === ".=" || pushes;
      // `type Name = "gpt-4o" | "gpt-5"` says what may stand somewhere.
      top.compares = language.name === "javascript" && declaresType(tokens, top.start);
    }
    return;
  }
  if (operator !== ":" || top.key !== undefined) return;
  // `): string {` says what a function returns.
  if (tokens[index - 1]?.text === ")") return;
  const segment = tokens[top.start];
  // `a ? b : c`, `case x:`, `lambda x: ...` bind nothing.
  for (let at = index - 1; at >= top.start && index - at < 40; at -= 1) {
    if (tokens[at]?.text === "?" && tokens[at]?.kind === "punct") return;
    // `class Talk : ITalk {` says what a class is made from.
    if (at < index - 1 && DECLARES.has(tokens[at]?.text ?? "") && tokens[at]?.kind === "name")
      return;
  }
  if (
    segment?.kind === "name" &&
    /^(?:case|when|lambda|if|elif|while|for|with)$/.test(segment.text)
  ) {
    if (segment.text === "case") top.compares = top.label = false;
    return;
  }
  const found = keyBefore(tokens, top.start, index) ?? defaultKey(tokens, index);
  if (found !== undefined) top.key = found.name;
}

const DECLARES = new Set([
  "class",
  "interface",
  "enum",
  "extension",
  "struct",
  "record",
  "object",
  "trait",
  "protocol",
]);

function declaresFunction(tokens: readonly Token[], start: number): boolean {
  for (let at = start; at < start + 4; at += 1) {
    const text = tokens[at]?.text ?? "";
    if (text === "fun") return true;
    if (!/^(?:private|public|internal|override|suspend|inline|protected|open)$/.test(text))
      return false;
  }
  return false;
}

/** `{ default: "gpt-4o" }`, `option(default="gpt-4o")`, and not the `default:` of a switch. */
function defaultKey(
  tokens: readonly Token[],
  index: number,
): { name: string; typed: boolean } | undefined {
  const opened = /^[{(,]$/.test(tokens[index - 2]?.text ?? "");
  return opened && tokens[index - 1]?.text === "default"
    ? { name: "default", typed: false }
    : undefined;
}

/** `system=GUIDE.format(day=today)` hands on the guide. */
const FILLED = /^(.+)\.(?:render|format|formatted|formatMessages|substitute|safe_substitute)$/;
function openBracket(walk: Walk, top: Open, bracket: string, index: number): void {
  if (walk.open.length >= MAX_DEPTH) {
    walk.deeper += 1;
    return;
  }
  const { tokens, language } = walk;
  if (top.key !== undefined && !top.bound.has(top.key)) top.bound.set(top.key, "");
  const called = bracket === "(" ? calleeBefore(tokens, index) : undefined;
  const callee = (language.name === "csharp" ? madeOf(tokens, index) : undefined) ?? called?.name;
  let path = steps(top);
  let formats = false;
  const ahead = tokens[index - 1]?.text ?? "";
  const given = bracket === "{" ? blockGivenTo(walk, index) : undefined;
  if (given !== undefined) path = given.base;
  else if (bracket === "(") {
    if (callee !== undefined) path = [...path, { name: callee, kind: "call" }];
    // Rust's `n: Some(2)` is 2.
    const some = callee === "Some" && top.key !== undefined;
    formats = callee !== undefined && (some || seesThrough(tokens, callee, index));
    if (callee !== undefined && isGiven(top)) {
      const owner = FILLED.exec(callee)?.[1];
      emit(walk, top, { kind: "name", text: owner ?? `${callee}()` }, index - 1, index);
    }
  } else if (bracket === "{" && language.name === "kotlin" && SPEAKS.test(ahead)) {
    path = [...path, { name: ahead, kind: "call" }];
  } else if (bracket === "{" && language.name === "hcl" && top.key === undefined) {
    path = [...path, ...blockLabels(tokens, top.start, index)];
  } else if (bracket === "{" && top.key === undefined && top.base.at(-1)?.kind !== "call") {
    path = top.base;
  } else if (bracket === "[") path = [...path, ...listSteps(tokens, top, index)];
  const inner = frame(walk, bracket, path, index + 1);
  const declares = language.name === "go" && /^(?:const|var)$/.test(ahead);
  if (declares && bracket === "(") inner.block = true;
  if (formats) inner.outer = top.outer ?? top;
  if (bracket === "(" && callee === undefined && holdsText(tokens, index)) inner.group = top;
  if (given !== undefined) inner.group = given;
  const leads = tokens[(called?.start ?? 0) - 1]?.text;
  const follows = walk.closed?.at === (called?.start ?? 0) - 2 && JOINTS.has(leads ?? "");
  inner.root = follows ? walk.closed?.root : callee;
  if (callee !== undefined) {
    inner.chain = (follows ? walk.closed?.chain : undefined) ?? { priced: false, samples: false };
    const last = snakeCase(lastName(callee));
    if (isPriceName(last)) inner.chain.priced = true;
    if (/^(?:with_|set_)?(?:temperature|top_p)$/.test(last)) inner.chain.samples = true;
  }
  // `cacheControl: ephemeral()` marks what it stands beside, whatever the function says.
  if (callee !== undefined && tokens[index + 1]?.text === ")" && CACHE_MARK.test(top.key ?? "")) {
    emit(walk, top, { kind: "name", text: `${callee}()` }, index - 1, index + 2);
  }
  if (language.name === "javascript" && bracket === "{" && declaresType(tokens, top.start)) {
    inner.types = true;
  }
  const before = tokens[index - 1];
  inner.compared =
    top.compared ||
    // `class Chat(Base):` names a base, and chooses nothing.
    (language.name === "python" && tokens[index - 2]?.text === "class") ||
    // `z.number().max(8192)` says what may be written there.
    (language.name === "javascript" && isBound(tokens, callee, index)) ||
    (isSubscript(tokens, index) && tableOf(tokens, top, index).length === 0) ||
    (top.compares && /^(?:in|case|==|===|!=|!==)$/.test(before?.text ?? "")) ||
    // `model in listOf("a", "b")`
    (top.compares && makesList(callee ?? "") && tokens[index - 2]?.text === "in");
  walk.open.push(inner);
}

/** Kotlin's `system { +"..." }` */
const SPEAKS =
  /^(?:system|user|assistant|developer|messages|content|prompt|instructions|(?:system|user)(?:Message|Prompt|Instructions?)(?:Provider)?)$/;
const CACHE_MARK = /^cache_?control$/i;
const CLOSES: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

/** An end without its beginning is passed over; a forgotten end is closed by an outer one. */
function closeBracket(walk: Walk, text: string, index: number): void {
  const { open } = walk;
  if (walk.deeper > 0) {
    walk.deeper -= 1;
    return;
  }
  for (let depth = open.length - 1; depth > 0 && open.length - depth < 4; depth -= 1) {
    const closed = open[depth];
    if (closed === undefined || closed.bracket !== CLOSES[text]) continue;
    if (asksWhetherIn(walk.tokens, index + 1)) compareAll(walk, closed);
    if (text === ")") {
      walk.closed = { at: index, root: closed.root, chain: closed.chain, call: closed };
    }
    open.length = depth;
    const top = open.at(-1);
    // A block's end is a statement's end.
    if (text === "}" && top !== undefined && (top.bracket === "" || top.bracket === "{")) {
      const next = walk.tokens[index + 1];
      if (next?.first === true && !CONTINUES.test(next.text)) startSegment(top, index + 1);
    }
    return;
  }
}
