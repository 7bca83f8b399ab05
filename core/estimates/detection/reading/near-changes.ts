import type { Language } from "./language.ts";
import { lex, type Token } from "./lexer.ts";
import { sharedLines } from "./shared-lines.ts";

/** Characters; shorter sources are read whole. */
const LONG = 32_000;
/** Tokens of a long source that are read beside those of what changed. */
const MOST = 4_000;

/** What of two versions of a source is read. */
export interface NearChanges {
  readonly base: readonly Token[];
  readonly head: readonly Token[];
}

/** A statement or a declaration that stands in no other. */
interface Piece {
  readonly tokens: readonly Token[];
  readonly line: number;
  readonly endLine: number;
}

/**
 * The statements and declarations of two long versions that differ, those that share a name with
 * them, and those nearest to them: the others are the same in both and say nothing of a change.
 * Undefined where all is to be read.
 */
export function nearChanges(
  base: string,
  head: string,
  language: Language,
): NearChanges | undefined {
  if (Math.min(base.length, head.length) < LONG) return undefined;
  const shared = sharedLines(base, head);
  const was = sideOf(base, language, shared.before, shared.lastOfBase);
  const is = sideOf(head, language, shared.before, shared.lastOfHead);
  // A bracket that stays open makes other statements of what follows.
  if ([...was.same.keys()].join() !== [...is.same.keys()].join()) return undefined;
  const kept = choose(is.same, [...was.changed, ...is.changed], shared.before);
  const read = ({ changed, same }: Side): readonly Token[] =>
    [...changed, ...[...same].flatMap(([key, piece]) => (kept.has(key) ? [piece] : []))]
      .sort((one, other) => one.line - other.line)
      .flatMap(({ tokens }) => tokens);
  return { base: read(was), head: read(is) };
}

interface Side {
  readonly changed: readonly Piece[];
  /** Those that both versions have, by how far they are from the beginning or from the end. */
  readonly same: ReadonlyMap<number, Piece>;
}

function sideOf(text: string, language: Language, before: number, last: number): Side {
  const changed: Piece[] = [];
  const same = new Map<number, Piece>();
  for (const piece of piecesOf(lex(text, language))) {
    if (piece.endLine <= before) same.set(piece.line, piece);
    else if (piece.line > last) same.set(last - piece.line, piece);
    else changed.push(piece);
  }
  return { changed, same };
}

/** What belongs to the statement before it, though it begins a line. */
const GOES_ON = /^(?:end|else|elif|elsif|except|finally|catch|rescue|ensure|then|[^\w\s@#[])/;
const MARKS = /^[@#[]/;

function piecesOf(tokens: readonly Token[]): Piece[] {
  const starts: number[] = [];
  let depth = 0;
  let marked = false;
  for (const [at, { kind, text, first, indent }] of tokens.entries()) {
    const begins = first && depth === 0 && indent === 0;
    if (at === 0 || (begins && !(kind !== "text" && GOES_ON.test(text)))) {
      // An attribute or a decorator stands before what it marks.
      if (!marked) starts.push(at);
      marked = kind !== "text" && MARKS.test(text);
    }
    if (kind !== "punct") continue;
    if (text === "(" || text === "[" || text === "{") depth += 1;
    else if (text === ")" || text === "]" || text === "}") depth = Math.max(0, depth - 1);
  }
  return starts.map((start, at) => {
    const own = tokens.slice(start, starts[at + 1]);
    return { tokens: own, line: own[0]?.line ?? 0, endLine: own.at(-1)?.endLine ?? 0 };
  });
}

/** Of those that both versions have, the ones to be read. */
function choose(
  same: ReadonlyMap<number, Piece>,
  changed: readonly Piece[],
  before: number,
): ReadonlySet<number> {
  const kept = new Set<number>();
  if (changed.length === 0) return kept;
  const said = new Set(changed.flatMap(namesOf));
  const declared = new Set(changed.map(declaredBy));
  const near = [...same].map(([key, piece]) => {
    const { tokens, line } = piece;
    const related =
      said.has(declaredBy(piece)) || namesOf(piece).some((name) => declared.has(name));
    return { key, size: tokens.length, related, distance: Math.abs(line - before) };
  });
  near.sort((one, other) =>
    one.related === other.related ? one.distance - other.distance : one.related ? -1 : 1,
  );
  let left = MOST;
  for (const { key, size } of near) {
    left -= size;
    if (left < 0) break;
    kept.add(key);
  }
  return kept;
}

/** Names in it, those of what is filled into its texts too. */
function namesOf({ tokens }: Piece): string[] {
  return tokens.flatMap(({ kind, text, names = [] }) =>
    kind === "name" ? [text] : names.flatMap((name) => name.split(/\W+/)),
  );
}

const OPENS = /^[(=:{<]$/;

/** `answer` of `export async function answer(`, `LIMIT` of `const LIMIT = 5`. */
function declaredBy({ tokens }: Piece): string {
  const opens = tokens.findIndex(({ text }, at) => at > 1 && OPENS.test(text));
  const named = tokens.slice(0, opens === -1 ? 8 : opens).findLast(({ kind }) => kind === "name");
  return named?.text ?? "";
}
