import type { Language, Quote } from "./language.ts";

/** Stands in a string's text for a part that only the running program knows. */
export const HOLE = "\uFFFC";

export interface Token {
  readonly kind: "name" | "number" | "text" | "punct";
  /** A name, a number as written, a string's content, or an operator. */
  readonly text: string;
  readonly line: number;
  readonly endLine: number;
  /** Columns of indentation of the line it begins. */
  readonly indent: number;
  /** The first token of its line. */
  readonly first: boolean;
}

interface Reader {
  readonly source: string;
  readonly language: Language;
  readonly tokens: Token[];
  position: number;
  line: number;
  lineStart: number;
  /** First characters that can open a string: most positions need no look at each quote. */
  readonly opening: ReadonlySet<string>;
  readonly budget: Budget;
  /** Heredocs announced on this line, whose bodies begin on the next. */
  pending: { token: number; tag: string; indented: boolean; raw: boolean }[];
}

/** Keeps hostile input linear: after so many holes that never close, braces are text. */
interface Budget {
  openHoles: number;
}

const NAME = /[\p{L}_$@][\p{L}\p{N}_$]*[?!]?/uy;
const NUMBER = /\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?[a-zA-Z]*\d*/y;
const OPERATORS =
  /===|!==|<=>|\?\?=|\|\|=|&&=|\*\*|=>|->|==|!=|<=|>=|\+=|-=|\*=|\/=|:=|::|\?\?|\?\.|\?:|\|\||&&|<<|[^\s]/y;

/** Strings, names, numbers and operators of a source file; comments are left out. Linear in its length. */
export function lex(source: string, language: Language): Token[] {
  const reader: Reader = {
    source,
    language,
    tokens: [],
    position: 0,
    line: 1,
    lineStart: 0,
    opening: new Set(
      language.quotes.flatMap(({ open: [first = ""] }) => [first, first.toUpperCase()]),
    ),
    budget: { openHoles: 200 },
    pending: [],
  };
  if (language.name === "php") skipMarkup(reader);
  while (reader.position < source.length) step(reader);
  return reader.tokens;
}

function step(reader: Reader): void {
  const { source, language } = reader;
  const at = reader.position;
  const character = source.charCodeAt(at);
  if (character === 10) {
    advance(reader, at + 1);
    if (reader.pending.length > 0) heredocBodies(reader);
    return;
  }
  if (character <= 32 || character === 0xfeff) {
    reader.position += 1;
    return;
  }
  if (language.name === "php" && source.startsWith("?>", at)) {
    skipMarkup(reader);
    return;
  }
  if (skipComment(reader)) return;
  const quote = reader.opening.has(source[at] ?? "")
    ? language.quotes.find(({ open }) => opens(reader, open, at))
    : undefined;
  if (quote !== undefined) {
    readText(reader, quote);
    return;
  }
  if (language.heredoc !== undefined && source.startsWith("<<", at) && announceHeredoc(reader))
    return;
  if (language.regex === true && character === 47 && skipRegex(reader)) return;
  readPlain(reader);
}

/** Python's prefixes may be upper case; a Rust lifetime or a quote within a name opens nothing. */
function opens({ source, language, tokens }: Reader, open: string, at: number): boolean {
  const found = source.slice(at, at + open.length);
  if (found !== open) {
    if (language.name !== "python" || open.length < 2 || found.toLowerCase() !== open) return false;
  }
  if (language.name === "php" || language.name === "ruby") {
    const last = tokens.at(-1);
    if (open.startsWith("%") && (last?.kind === "name" || last?.kind === "number")) return false;
  }
  return true;
}

function advance(reader: Reader, to: number): void {
  const { source } = reader;
  let next = source.indexOf("\n", reader.position);
  while (next !== -1 && next < to) {
    reader.line += 1;
    reader.lineStart = next + 1;
    next = source.indexOf("\n", next + 1);
  }
  reader.position = Math.min(to, source.length);
}

function skipMarkup(reader: Reader): void {
  const open = reader.source.indexOf("<?", reader.position + 1);
  const start = reader.position === 0 && reader.source.startsWith("<?") ? 0 : open;
  if (start === -1) {
    advance(reader, reader.source.length);
    return;
  }
  const tag = /<\?(?:php|=)?/y;
  tag.lastIndex = start;
  advance(reader, start + (tag.exec(reader.source)?.[0].length ?? 2));
}

function skipComment(reader: Reader): boolean {
  const { source, language, position } = reader;
  for (const [open, close] of language.blockComments) {
    const lead = open.startsWith("\n") ? 1 : 0;
    if (lead === 1 && position !== reader.lineStart) continue;
    if (!source.startsWith(open.slice(lead), position)) continue;
    const end = source.indexOf(close, position + open.length - lead);
    advance(reader, end === -1 ? source.length : end + close.length);
    return true;
  }
  for (const open of language.lineComments) {
    if (!source.startsWith(open, position)) continue;
    if (open === "#" && language.name === "php" && source[position + 1] === "[") continue;
    const end = source.indexOf("\n", position);
    reader.position = end === -1 ? source.length : end;
    return true;
  }
  return false;
}

function push(reader: Reader, kind: Token["kind"], text: string, end: number): void {
  const { line, lineStart, tokens, source, position } = reader;
  const last = tokens.at(-1);
  const first = last === undefined || last.endLine < line;
  const indent = first ? indentOf(source, lineStart, position) : (last?.indent ?? 0);
  advance(reader, end);
  tokens.push({ kind, text, line, endLine: reader.line, indent, first });
}

function indentOf(source: string, from: number, to: number): number {
  let at = from;
  while (at < to && source.charCodeAt(at) <= 32) at += 1;
  return at - from;
}

interface Body {
  end: number;
  text: string;
}

/** The end of a string, and its text with unknown parts as holes. Nested strings are counted, never recursed. */
function scanText(source: string, from: number, quote: Quote, budget: Budget): Body {
  const { close, hole, multiline = false, escape: escaping = "backslash" } = quote;
  const parts: string[] = [];
  let start = from;
  let at = from;
  const closed = (end: number): Body => {
    parts.push(source.slice(start, end));
    return { end: end + close.length, text: unescaped(parts.join(""), escaping) };
  };
  while (at < source.length) {
    const code = source.charCodeAt(at);
    if (hole !== undefined && budget.openHoles > 0 && source.startsWith(hole, at)) {
      // "{{" is a brace in Python and C#.
      if (hole === "{" && source[at + 1] === "{") {
        parts.push(source.slice(start, at));
        start = at + 1;
        at += 2;
        continue;
      }
      const end = holeEnd(source, at + hole.length, multiline);
      if (end !== -1) {
        parts.push(source.slice(start, at), HOLE);
        at = end;
        start = end;
        continue;
      }
      budget.openHoles -= 1;
    }
    if (code === 92 && escaping === "backslash") at += 2;
    else if (source.startsWith(close, at)) {
      if (escaping !== "double" || source[at + 1] !== '"') return closed(at);
      at += 2;
    } else if (code === 10 && !multiline) {
      const body = closed(at);
      return { ...body, end: at };
    } else at += 1;
  }
  parts.push(source.slice(start));
  return { end: source.length, text: unescaped(parts.join(""), escaping) };
}

/** Bounded: a hole longer than this is read as text. */
const MAX_HOLE = 4_000;

function holeEnd(source: string, from: number, multiline: boolean): number {
  let depth = 1;
  let quote = "";
  const limit = Math.min(source.length, from + MAX_HOLE);
  for (let at = from; at < limit; at += 1) {
    const character = source[at] ?? "";
    if (character === "\n" && !multiline) return -1;
    if (quote !== "") {
      if (character === "\\") at += 1;
      else if (character === quote) quote = "";
    } else if (character === '"' || character === "'" || character === "`") quote = character;
    else if (character === "{" || character === "(") depth += 1;
    else if (character === "}" || character === ")") {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "", "\n": "" };

function unescaped(text: string, escaping: Quote["escape"]): string {
  if (escaping === "double") return text.replaceAll('""', '"');
  if (escaping === "none" || !text.includes("\\")) return text;
  return text.replace(/\\([\s\S])/g, (_, next: string) => ESCAPES[next] ?? next);
}

function readText(reader: Reader, quote: Quote): void {
  const { end, text } = scanText(
    reader.source,
    reader.position + quote.open.length,
    quote,
    reader.budget,
  );
  push(reader, "text", text, Math.max(end, reader.position + 1));
}

const HEREDOCS = {
  ruby: /<<([~-]?)(["'`]?)([A-Za-z_]\w*)\2/y,
  php: /<<<[ \t]*()(["']?)([A-Za-z_]\w*)\2/y,
  hcl: /<<(-?)()([A-Za-z_]\w*)/y,
};

function announceHeredoc(reader: Reader): boolean {
  const { source, position, language, tokens } = reader;
  const pattern = HEREDOCS[language.heredoc ?? "hcl"];
  pattern.lastIndex = position;
  const found = pattern.exec(source);
  if (found === null) return false;
  const [whole, dash = "", quoted = "", tag = ""] = found;
  // `list <<VALUE` appends in Ruby: a bare heredoc has an upper-case tag and follows no name.
  if (language.heredoc === "ruby" && dash === "" && quoted === "" && tag !== tag.toUpperCase()) {
    return false;
  }
  reader.pending.push({
    token: tokens.length,
    tag,
    indented: true,
    raw: quoted === "'",
  });
  push(reader, "text", "", position + whole.length);
  return true;
}

function heredocBodies(reader: Reader): void {
  const { source, tokens, pending } = reader;
  reader.pending = [];
  for (const { token, tag, raw } of pending) {
    const end = new RegExp(`^[ \\t]*${tag}\\b`, "m");
    const found = end.exec(source.slice(reader.position));
    const length = found === null ? source.length - reader.position : found.index;
    const body = source.slice(reader.position, reader.position + length);
    advance(reader, reader.position + length + (found?.[0].length ?? 0));
    const placeholder = tokens[token];
    if (placeholder === undefined) continue;
    const holes = raw ? body : body.replace(/[#$%]\{[^{}\n]{0,400}\}|\{\$[^{}\n]{0,400}\}/g, HOLE);
    tokens[token] = { ...placeholder, text: holes, endLine: reader.line };
  }
}

const BEFORE_REGEX = /^(?:return|case|when|if|unless|and|or|not|in|of|typeof|=~)$/;

/** A slash after an operand divides; elsewhere it opens a pattern that closes on its line. */
function skipRegex(reader: Reader): boolean {
  const last = reader.tokens.at(-1);
  const operand =
    last !== undefined &&
    (last.kind === "punct" ? /^[)\]}]$/.test(last.text) : !BEFORE_REGEX.test(last.text));
  if (operand) return false;
  const pattern = /\/(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
  pattern.lastIndex = reader.position;
  const found = pattern.exec(reader.source);
  if (found === null) return false;
  push(reader, "punct", "/regex/", reader.position + found[0].length);
  return true;
}

function readPlain(reader: Reader): void {
  const { source, position } = reader;
  for (const [kind, pattern] of [
    ["name", NAME],
    ["number", NUMBER],
    ["punct", OPERATORS],
  ] as const) {
    pattern.lastIndex = position;
    const text = pattern.exec(source)?.[0];
    if (text === undefined) continue;
    push(reader, kind, text, position + text.length);
    return;
  }
  reader.position += 1;
}
