import { changedLines, type Hunk, type Span, shiftAt } from "./changed-lines.ts";
import type { Language } from "./language.ts";
import { lex, type Token } from "./lexer.ts";

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
 * Undefined where the sources are short and all is to be read.
 */
export function nearChanges(
  base: string,
  head: string,
  language: Language,
): NearChanges | undefined {
  if (Math.min(base.length, head.length) < LONG) return undefined;
  const { hunks } = changedLines(base, head);
  const was = piecesOf(lex(base, language)).map((piece) => placed(piece, hunks, "base"));
  const is = piecesOf(lex(head, language)).map((piece) => placed(piece, hunks, "head"));
  const both = new Map<string, Placed>();
  const ofBase = new Set(was.map(({ key }) => key));
  for (const one of is) if (one.key !== CHANGED && ofBase.has(one.key)) both.set(one.key, one);
  const changed = [...was, ...is].filter(({ key }) => !both.has(key));
  const kept = choose([...both.values()], changed, hunks);
  const read = (pieces: readonly Placed[]): readonly Token[] =>
    pieces.flatMap(({ key, tokens }) => (!both.has(key) || kept.has(key) ? tokens : []));
  return { base: read(was), head: read(is) };
}

interface Placed extends Piece {
  /** Where a piece that both versions may have stands in the head. */
  readonly key: string;
}

const CHANGED = "";

function placed(piece: Piece, hunks: readonly Hunk[], side: "base" | "head"): Placed {
  const [from, to] = [piece.line - 1, piece.endLine];
  const touches = (span: Span): boolean => to > span.from && from < span.to;
  if (hunks.some((hunk) => touches(hunk[side]))) return { ...piece, key: CHANGED };
  const shift = side === "base" ? shiftAt(hunks, from) : 0;
  // A bracket that a change leaves open makes other pieces of what follows: none has their place.
  return { ...piece, key: `${from + shift}-${to + shift}` };
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
  same: readonly Placed[],
  changed: readonly Piece[],
  hunks: readonly Hunk[],
): ReadonlySet<string> {
  const kept = new Set<string>();
  if (changed.length === 0) return kept;
  const said = new Set(changed.flatMap(namesOf));
  const declared = new Set(changed.map(declaredBy));
  const near = same.map((piece) => {
    const { key, tokens, line } = piece;
    const related =
      said.has(declaredBy(piece)) || namesOf(piece).some((name) => declared.has(name));
    const distance = Math.min(...hunks.map(({ head }) => Math.abs(line - head.from)));
    return { key, size: tokens.length, related, distance };
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
