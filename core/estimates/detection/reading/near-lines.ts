import { sharedLines } from "./shared-lines.ts";

/** Characters; shorter files are read whole. */
const LONG = 30_000;
/** Lines that are read on each side of what changed. */
const NEAR = 300;

/** A value of many lines is read whole or not at all. */
const OPENS_BLOCK = /(?:^|[\s:])[|>][-+\d]*\s*(?:#.*)?$/;

/** What of two versions of a YAML file or a `.env` is read. Each line stands where it stood. */
export interface NearLines {
  readonly base: string;
  readonly head: string;
}

/**
 * The lines of two long versions that differ, those near to them, and the keys that these stand
 * under: the others are the same in both and say nothing of a change. Undefined where all is read.
 */
export function nearLines(base: string, head: string): NearLines | undefined {
  if (base === "" || head === "" || Math.max(base.length, head.length) < LONG) return undefined;
  const { old, now, before, lastOfBase, lastOfHead } = sharedLines(base, head);
  const first = wholeFrom(now, Math.max(0, before - NEAR));
  const keys = keysOver(now, first);
  const read = (lines: readonly string[], last: number): string => {
    const end = wholeUntil(lines, Math.min(lines.length, last + NEAR));
    return lines
      .slice(0, end)
      .map((line, at) => (at >= first || keys.includes(at) ? line : ""))
      .join("\n");
  };
  return { base: read(old, lastOfBase), head: read(now, lastOfHead) };
}

const indentOf = (line: string): number => line.length - line.trimStart().length;
const isItem = (line: string): boolean => /^\s*-(?:\s|$)/.test(line);
const isEmpty = (line: string): boolean => /^\s*(?:#|$)/.test(line);

/** Where the keys and the items stand that a line is under, the innermost first. */
function keysOver(lines: readonly string[], of: number): number[] {
  const keys: number[] = [];
  let inner = lines.slice(of).find((line) => !isEmpty(line)) ?? "";
  for (let at = of - 1; at >= 0 && (indentOf(inner) > 0 || isItem(inner)); at -= 1) {
    const line = lines[at] ?? "";
    if (isEmpty(line)) continue;
    // The items of a list may stand as far left as its key.
    const level = indentOf(line) - indentOf(inner);
    if (level > 0 || (level === 0 && (isItem(line) || !isItem(inner)))) continue;
    inner = line;
    keys.push(at);
  }
  return keys;
}

/** The line, or the one that the block of text around it begins with. */
function wholeFrom(lines: readonly string[], at: number): number {
  return keysOver(lines, at).findLast((key) => OPENS_BLOCK.test(lines[key] ?? "")) ?? at;
}

/** The line, or the one behind the block of text around it. */
function wholeUntil(lines: readonly string[], at: number): number {
  const opens = wholeFrom(lines, at);
  if (opens === at) return at;
  const indent = indentOf(lines[opens] ?? "");
  const behind = lines.slice(at).findIndex((line) => !isEmpty(line) && indentOf(line) <= indent);
  return behind === -1 ? lines.length : at + behind;
}
