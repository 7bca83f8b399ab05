import { type ChangedLines, changedLines, type Span } from "./changed-lines.ts";

/** What is kept of a file: each format says differently what a line stands under. */
export type LineFormat = "yaml" | "lines" | "toml" | "shell" | "json";

/** Characters; shorter files are read whole. */
const LONG: Readonly<Record<LineFormat, number>> = {
  yaml: 30_000,
  lines: 30_000,
  toml: 100_000,
  shell: 100_000,
  json: 100_000,
};
export function isLineFormat(format: string): format is LineFormat {
  return Object.hasOwn(LONG, format);
}

/** Lines that are read on each side of what changed. */
const NEAR = 300;

/** A value of many lines is read whole or not at all. */
const OPENS_BLOCK = /(?:^|[\s:])[|>][-+\d]*\s*(?:#.*)?$/;
const HEADER = /^\s*\[\[?[^[\]#=]{1,200}\]\]?\s*(?:#.*)?$/;
const HEREDOC = /<<-?\s*(["']?)([A-Za-z_]\w*)\1/;
const ASSIGNS = /^\s*(?:(?:export|local|readonly)\s+)?([A-Za-z_]\w*)=/;

/** One version: the lines that are not read are empty, so that each stands where it stood. */
export interface NearSide {
  readonly text: string;
  /** Whether a line is read, counted from one. */
  readonly has: (line: number) => boolean;
}

export interface NearLines {
  readonly base: NearSide;
  readonly head: NearSide;
}

/**
 * The lines of two long versions that differ, those near to them, and what these stand under: the
 * others are the same in both and say nothing of a change. Undefined where all is read.
 */
export function nearLines(base: string, head: string, format: LineFormat): NearLines | undefined {
  if (base === "" || head === "" || Math.max(base.length, head.length) < LONG[format])
    return undefined;
  const changed = changedLines(base, head);
  const { old, now, hunks } = changed;
  const was = keptOf(
    old,
    hunks.map((hunk) => hunk.base),
    format,
  );
  const is = keptOf(
    now,
    hunks.map((hunk) => hunk.head),
    format,
  );
  shareKept(changed, was, is);
  if (format === "shell") {
    const names = new Set([...namesIn(old, was), ...namesIn(now, is)]);
    keepAssigned(old, was, names);
    keepAssigned(now, is, names);
  }
  return { base: sideOf(old, was), head: sideOf(now, is) };
}

function sideOf(lines: readonly string[], kept: Uint8Array): NearSide {
  return {
    text: lines.map((line, at) => (kept[at] === 1 ? line : "")).join("\n"),
    has: (line) => kept[line - 1] === 1,
  };
}

/** A one for each line that is near to what changed in this version, or that such lines stand under. */
function keptOf(lines: readonly string[], spans: readonly Span[], format: LineFormat): Uint8Array {
  const kept = new Uint8Array(lines.length);
  const documents = format === "shell" ? heredocsOf(lines) : [];
  for (const { from, to } of spans) {
    let start = Math.max(0, from - NEAR);
    const end = Math.min(lines.length, to + NEAR);
    if (format === "toml") kept.fill(1, headerOver(lines, start), end);
    else if (format === "shell") {
      while (start > 0 && lines[start - 1]?.endsWith("\\")) start -= 1;
      kept.fill(1, start, end);
      for (const one of documents) {
        if (one.from < end && one.to > start) kept.fill(1, one.from, one.to);
      }
    } else if (format === "json") kept.fill(1, start, end);
    else {
      const first = wholeFrom(lines, start);
      kept.fill(1, first, wholeUntil(lines, end));
      for (const key of keysOver(lines, first)) kept[key] = 1;
    }
  }
  return kept;
}

/** What one version has kept of the lines of both, the other keeps too. */
function shareKept({ old, now, hunks }: ChangedLines, was: Uint8Array, is: Uint8Array): void {
  let [ofBase, ofHead] = [0, 0];
  const end = { base: { from: old.length, to: old.length }, head: { to: now.length } };
  for (const { base, head } of [...hunks, end]) {
    for (; ofBase < base.from; ofBase += 1, ofHead += 1) {
      if (was[ofBase] === 1) is[ofHead] = 1;
      else if (is[ofHead] === 1) was[ofBase] = 1;
    }
    [ofBase, ofHead] = [base.to, head.to];
  }
}

function headerOver(lines: readonly string[], at: number): number {
  for (let above = at; above >= 0; above -= 1) {
    if (HEADER.test(lines[above] ?? "")) return above;
  }
  return 0;
}

/** The texts that commands are given in a script, each with the line that asks for it. */
function heredocsOf(lines: readonly string[]): Span[] {
  const found: Span[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const tag = HEREDOC.exec(lines[at] ?? "")?.[2];
    if (tag === undefined) continue;
    const from = at;
    while (at < lines.length - 1 && lines[at + 1]?.trim() !== tag) at += 1;
    found.push({ from, to: Math.min(lines.length, at + 2) });
    at += 1;
  }
  return found;
}

function namesIn(lines: readonly string[], kept: Uint8Array): string[] {
  return lines.flatMap((line, at) =>
    kept[at] === 1
      ? [...line.matchAll(/\$\{?([A-Za-z_]\w*)/g)].flatMap(([, name]) => name ?? [])
      : [],
  );
}

function keepAssigned(lines: readonly string[], kept: Uint8Array, names: Set<string>): void {
  if (names.size === 0) return;
  for (const [at, line] of lines.entries()) {
    const name = ASSIGNS.exec(line)?.[1];
    if (name !== undefined && names.has(name)) kept[at] = 1;
  }
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
