import type { Cut } from "./entry.ts";
import { type Language, openingOf, type Quote } from "./language.ts";
import { type Budget, HOLE, scanText } from "./scan-text.ts";

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
  /** Names that stand in a text. */
  readonly names?: readonly string[] | undefined;
  readonly cuts?: readonly Cut[] | undefined;
}

interface Reader {
  readonly source: string;
  readonly language: Language;
  readonly tokens: Token[];
  position: number;
  line: number;
  lineStart: number;
  /** The next line's end from here: looked for once a line, and not once a token. */
  newline: number;
  /** Quotes by the first character that opens them: most positions need no look at any. */
  readonly opening: ReadonlyMap<string, readonly Quote[]>;
  /** The same of comments. */
  readonly commenting: ReadonlySet<number>;
  readonly budget: Budget;
  /** Heredocs announced on this line, whose bodies begin on the next. */
  pending: { token: number; tag: string; indented: boolean; raw: boolean }[];
}

const NAME = /[\p{L}_$@][\p{L}\p{N}_$]*[?!]?/uy;
const NUMBER = /\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?[a-zA-Z]*\d*/y;
const OPERATORS = new RegExp(
  [
    /===|!==|<=>|\?\?=|\|\|=|&&=|\*\*|=>|->|==|!=|<=|>=|\+=|-=|\*=|\/=|:=|::/,
    /(?<!\.)\.=|\?\?|\?\.|\?:|\|\||&&|<<|[^\s]/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "y",
);

/**
 * Strings, names, numbers and operators of a source file; comments are left out. Linear in its
 * length.
 */
export function lex(source: string, language: Language): Token[] {
  const reader: Reader = {
    source,
    language,
    tokens: [],
    position: 0,
    line: 1,
    lineStart: 0,
    newline: newlineFrom(source, 0),
    opening: openingOf(language.quotes),
    commenting: new Set(
      [...language.blockComments.map(([open]) => open), ...language.lineComments].map((open) =>
        open.trimStart().charCodeAt(0),
      ),
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
  if (reader.commenting.has(character) && skipComment(reader)) return;
  const quote = reader.opening.get(source[at] ?? "")?.find(({ open }) => opens(reader, open, at));
  if (quote !== undefined) {
    readText(reader, quote);
    return;
  }
  if (language.heredoc !== undefined && source.startsWith("<<", at) && announceHeredoc(reader))
    return;
  if (language.regex === true && character === 47 && skipRegex(reader)) return;
  if (language.name === "rust" && character === 39) {
    skipCharacter(reader);
    return;
  }
  readPlain(reader);
}

/** Python's prefixes may be upper case; a quote within a name opens nothing. */
function opens({ source, language, tokens }: Reader, open: string, at: number): boolean {
  if (!source.startsWith(open, at)) {
    if (language.name !== "python" || open.length < 2) return false;
    if (source.slice(at, at + open.length).toLowerCase() !== open) return false;
  }
  if (language.name === "php" || language.name === "ruby") {
    const last = tokens.at(-1);
    if (open.startsWith("%") && (last?.kind === "name" || last?.kind === "number")) return false;
  }
  return true;
}

function advance(reader: Reader, to: number): void {
  while (reader.newline < to) {
    reader.line += 1;
    reader.lineStart = reader.newline + 1;
    reader.newline = newlineFrom(reader.source, reader.lineStart);
  }
  reader.position = Math.min(to, reader.source.length);
}

function newlineFrom(source: string, from: number): number {
  const found = source.indexOf("\n", from);
  return found === -1 ? Number.POSITIVE_INFINITY : found;
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

function push(
  reader: Reader,
  kind: Token["kind"],
  text: string,
  end: number,
  { names, cuts }: Pick<Token, "names" | "cuts"> = {},
): void {
  const { line, lineStart, tokens, source, position } = reader;
  const last = tokens.at(-1);
  const first = last === undefined || last.endLine < line;
  const indent = first ? indentOf(source, lineStart, position) : (last?.indent ?? 0);
  advance(reader, end);
  // Of one shape, whatever it is: there are many of them.
  tokens.push({ kind, text, line, endLine: reader.line, indent, first, names, cuts });
}

function indentOf(source: string, from: number, to: number): number {
  let at = from;
  while (at < to && source.charCodeAt(at) <= 32) at += 1;
  return at - from;
}

function readText(reader: Reader, quote: Quote): void {
  const { source, position, budget } = reader;
  const { end, text, ...said } = scanText(source, position + quote.open.length, quote, budget);
  push(reader, "text", text, Math.max(end, position + 1), said);
}

/** `'"'` is one character of Rust; what else begins with the mark is a lifetime. */
function skipCharacter(reader: Reader): void {
  const pattern = /'(?:\\[^'\n]{1,12}|\\'|[^'\\\n])'/y;
  pattern.lastIndex = reader.position;
  reader.position += pattern.exec(reader.source)?.[0].length ?? 1;
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
    const names: string[] = [];
    const hole = (found: string): string => {
      names.push(/^[#$%{]+\s*([A-Za-z_]\w*)\s*\}$/.exec(found)?.[1] ?? "");
      return HOLE;
    };
    const holes = raw ? body : body.replace(/[#$%]\{[^{}\n]{0,400}\}|\{\$[^{}\n]{0,400}\}/g, hole);
    tokens[token] = { ...placeholder, text: holes, names, endLine: reader.line };
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

const SINGLE = new Set("()[]{},;~\\`\"'#");

function readPlain(reader: Reader): void {
  const { source, position } = reader;
  const character = source[position] ?? "";
  if (SINGLE.has(character)) {
    push(reader, "punct", character, position + 1);
    return;
  }
  const code = source.charCodeAt(position);
  const kind = code >= 48 && code <= 57 ? "number" : isNameStart(code) ? "name" : "punct";
  const pattern = PATTERNS[kind];
  pattern.lastIndex = position;
  const text = pattern.exec(source)?.[0];
  // A sign that is no part of any language says nothing.
  if (text === undefined) reader.position += 1;
  else push(reader, kind, text, position + text.length);
}

const PATTERNS = { name: NAME, number: NUMBER, punct: OPERATORS } as const;

/** Letters, "_", "$" and "@"; beyond ASCII the pattern itself decides. */
function isNameStart(code: number): boolean {
  const lower = code | 32;
  return (lower >= 97 && lower <= 122) || code === 95 || code === 36 || code === 64 || code > 127;
}
