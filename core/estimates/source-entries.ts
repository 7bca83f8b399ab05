import type { Entry, Scalar } from "./entry.ts";
import type { Language } from "./language.ts";
import { lex, type Token } from "./lexer.ts";
import {
  blockLabels,
  declaresType,
  FORMATS,
  isBound,
  isSubscript,
  LIST,
  tableOf,
} from "./source-brackets.ts";
import { calleeBefore, keyBefore, nameChain, scopeName } from "./source-names.ts";
import { isOperand, joined, product } from "./source-values.ts";
import {
  COMPARISONS,
  emit,
  frame,
  type Open,
  startSegment,
  steps,
  type Walk,
} from "./source-walk.ts";

const MAX_DEPTH = 60;
const BINDERS = new Set(["=", ":=", "+=", "||=", "??=", ".="]);

/** The values of a source file with the names they are bound to. */
export function sourceEntries(source: string, language: Language): Entry[] {
  const tokens = lex(source, language);
  const walk: Walk = {
    tokens,
    language,
    entries: [],
    open: [],
    scopes: [],
    scopeNames: [],
    frames: 0,
    deeper: 0,
  };
  walk.open.push(frame(walk, "", []));
  for (let index = 0; index < tokens.length; ) index = visit(walk, index);
  return walk.entries;
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
const LEFT_OPEN = /^(?:[=+|&?:,(\\[{]|:=|\?\?|\|\||&&|=>|->|\+=|or|and|return)$/;

function enterLine(walk: Walk, top: Open, token: Token, index: number): void {
  const { scopes } = walk;
  const name = scopeName(walk.tokens, index, walk.language.name);
  // A declaration of Python stands in no bracket: one that is open was misread.
  if (name !== undefined && walk.language.name === "python" && /^[([]$/.test(top.bracket)) {
    walk.open.length = 1;
    startSegment(walk.open[0] ?? top, index);
  }
  // A bracket that closes at the indentation of a declaration belongs to its head or ends it.
  const closes = token.kind === "punct" && /^[)\]}]$/.test(token.text);
  const stays = closes ? -1 : scopes.findIndex(({ indent }) => indent >= token.indent);
  if (stays !== -1 || name !== undefined) {
    if (stays !== -1) scopes.length = stays;
    if (name !== undefined) scopes.push({ name, indent: token.indent });
    walk.scopeNames = scopes.map((scope) => scope.name);
  }
  const statements = top.bracket === "" || top.bracket === "{";
  if (!statements || walk.language.lineStatements !== true) return;
  const before = walk.tokens[index - 1];
  const runsOn = before !== undefined && before.kind !== "text" && LEFT_OPEN.test(before.text);
  const colonEnds = walk.language.name === "python" && before?.text === ":" && top.bracket === "";
  if ((!runsOn || colonEnds) && !CONTINUES.test(token.text)) startSegment(top, index);
}

function punctuation(walk: Walk, top: Open, token: Token, index: number): number {
  const { text } = token;
  if (text === "(" || text === "[" || text === "{") openBracket(walk, top, text, index);
  else if (text === ")" || text === "]" || text === "}") closeBracket(walk, text, index);
  else if (text === "," || text === ";") {
    if (text === ",") top.position += 1;
    else if (top.bracket === "{") top.block = true;
    startSegment(top, index + 1, text === ",");
  } else if (COMPARISONS.has(text)) top.compares = true;
  // `way === "short" ? "..." : "..."` compares only what stands before.
  else if (text === "?" || text === "&&" || text === "||") top.compares = top.label;
  else bind(walk, top, text, index);
  return index + 1;
}

function bind(walk: Walk, top: Open, operator: string, index: number): void {
  const { tokens, language } = walk;
  const arrow = operator === "=>" && language.arrowBinds === true;
  if (BINDERS.has(operator) || arrow) {
    const found = keyBefore(tokens, top.start, index);
    if (found !== undefined) {
      if (top.key === undefined || found.typed === false) top.key = found.name;
      top.compares = false;
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
  }
  if (segment?.kind === "name" && /^(?:case|lambda|if|elif|while|for|with)$/.test(segment.text))
    return;
  const found = keyBefore(tokens, top.start, index);
  if (found !== undefined) top.key = found.name;
}

function openBracket(walk: Walk, top: Open, bracket: string, index: number): void {
  if (walk.open.length >= MAX_DEPTH) {
    walk.deeper += 1;
    return;
  }
  const { tokens, language } = walk;
  if (top.key !== undefined && !top.bound.has(top.key)) top.bound.set(top.key, "");
  const callee = bracket === "(" ? calleeBefore(tokens, index) : undefined;
  let path = steps(top);
  let formats = false;
  if (bracket === "(") {
    if (callee !== undefined) path = [...path, { name: callee, kind: "call" }];
    formats = callee !== undefined && FORMATS.test(callee);
  } else if (bracket === "{" && language.name === "hcl" && top.key === undefined) {
    path = [...path, ...blockLabels(tokens, top.start, index)];
  } else if (bracket === "{" && top.key === undefined && top.base.at(-1)?.kind !== "call") {
    path = top.base;
  } else if (bracket === "[") path = [...path, ...tableOf(tokens, top, index), LIST];
  const inner = frame(walk, bracket, path, index + 1);
  if (formats) inner.outer = top.outer ?? top;
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
    (top.compares && /^(?:in|case|when|==|===|!=|!==)$/.test(before?.text ?? ""));
  walk.open.push(inner);
}

const CLOSES: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

/** An end without its beginning is passed over; a forgotten end is closed by an outer one. */
function closeBracket(walk: Walk, text: string, index: number): void {
  const { open } = walk;
  if (walk.deeper > 0) {
    walk.deeper -= 1;
    return;
  }
  for (let depth = open.length - 1; depth > 0 && open.length - depth < 4; depth -= 1) {
    if (open[depth]?.bracket !== CLOSES[text]) continue;
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

const WORDS: Readonly<Record<string, Scalar>> = {
  true: { kind: "boolean", text: "true" },
  True: { kind: "boolean", text: "true" },
  false: { kind: "boolean", text: "false" },
  False: { kind: "boolean", text: "false" },
  None: { kind: "null", text: "null" },
  null: { kind: "null", text: "null" },
  nil: { kind: "null", text: "null" },
  undefined: { kind: "null", text: "null" },
};

const STATEMENTS = /^(?:const|let|var|val|final|def|fn|func|fun|for|while|switch|try|throw)$/;
/** What gives the text of a member: `Types.SONNET.getValue()` is the member. */
const ACCESSORS = /\.(?:value|getValue|toString|to_string|as_str|asString|getModelName|modelName)$/;

function name(walk: Walk, top: Open, token: Token, index: number): number {
  if (/^(?:case|when|in|is|instanceof)$/.test(token.text)) {
    // `for model in [...]` goes through the models; `model in [...]` asks about one.
    const loops = walk.tokens[top.start]?.text === "for" || walk.tokens[index - 2]?.text === "for";
    if (token.text !== "in" || !loops) top.compares = true;
    if (index === top.start && /^(?:case|when)$/.test(token.text)) top.label = true;
    return index + 1;
  }
  if (/^(?:if|elif|else|return|and|or|not|await|then)$/.test(token.text)) {
    top.compares = false;
    top.label = false;
    if (token.text === "if" && top.key === undefined) top.start = index + 1;
    return index + 1;
  }
  if (index === top.start && top.bracket === "{" && STATEMENTS.test(token.text)) top.block = true;
  const word = Object.hasOwn(WORDS, token.text) ? WORDS[token.text] : undefined;
  if (word !== undefined) {
    if (top.key !== undefined || top.bracket === "(") emit(walk, top, word, index, index + 1);
    return index + 1;
  }
  const chain = memberChain(walk.tokens, index);
  const next = walk.tokens[chain.end];
  const ends = next === undefined || next.first || /^[,;)\]}?|]|^\?\?$|^\|\|$|^or$/.test(next.text);
  const before = walk.tokens[index - 1];
  const stands =
    before?.kind === "punct"
      ? /^(?:[=:(,[?{]|:=|=>|\?\?|\|\||\?:)$/.test(before.text) || isAddress(walk.tokens, index)
      : true;
  if (ends && stands && (top.key !== undefined || top.bracket === "(" || top.bracket === "[")) {
    emit(walk, top, { kind: "name", text: chain.text }, index, chain.end);
  } else if (top.bracket === "{" && top.key === undefined && ends) {
    // An enumeration's members have no value of their own.
    emit(walk, top, { kind: "name", text: chain.text }, index, chain.end);
  }
  return chain.end;
}

/** `f(&prompt, ...)` hands on where the variable is. */
function isAddress(tokens: readonly Token[], index: number): boolean {
  return tokens[index - 1]?.text === "&" && /^[(,]$/.test(tokens[index - 2]?.text ?? "");
}

const GO_TAG = /^\w+:"[^"]*"(?:\s+\w+:"[^"]*")*$/;

/** The default in a field's tag: `Model string `env:"MODEL" envDefault:"gpt-4o"``. */
function structTag(walk: Walk, top: Open, text: string, index: number): void {
  const value = /(?:envDefault|env-default|default):"([^"]+)"/.exec(text)?.[1];
  const field = walk.tokens[top.start];
  if (value === undefined || field?.kind !== "name") return;
  top.key = field.text;
  const kind = /^\d+$/.test(value) ? "number" : "text";
  emit(walk, top, { kind, text: value }, index, index + 1);
}

function memberChain(tokens: readonly Token[], index: number): { text: string; end: number } {
  const chain = nameChain(tokens, index);
  if (!ACCESSORS.test(chain.text)) return chain;
  const called = tokens[chain.end]?.text === "(" && tokens[chain.end + 1]?.text === ")";
  return { text: chain.text.replace(ACCESSORS, ""), end: chain.end + (called ? 2 : 0) };
}

function literal(walk: Walk, top: Open, index: number): number {
  const token = walk.tokens[index];
  if (token?.kind === "number") {
    const { value, end } = product(walk.tokens, index);
    // The second operand of a sum or a quotient is no value of its own.
    if (isOperand(walk.tokens, index)) return end;
    emit(walk, top, { kind: "number", text: value }, index, end);
    return end;
  }
  const { text, end } = joined(walk.tokens, walk.language, top.bracket === "(", index);
  if (walk.language.name === "go" && GO_TAG.test(text)) {
    structTag(walk, top, text, index);
    return end;
  }
  emit(walk, top, { kind: "text", text }, index, end);
  return end;
}
