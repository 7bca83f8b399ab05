import type { Change } from "../schema.ts";
import type { Pair } from "./comparing/match.ts";
import { type FileVersions, textOf } from "./file-versions.ts";
import type { UsesOf } from "./find-uses.ts";
import type { rateChanges } from "./rate-change.ts";
import { type CountTokens, promptTokens, unknownParts } from "./tokens.ts";

export interface Found {
  readonly path: string;
  /** Where it came from, if from another file. */
  readonly basePath?: string;
  readonly pair: Pair;
  /** The model of the same file, whose tokenizer counts its prompts. */
  readonly model: string | undefined;
}

type Lines = (path: string, side: "base" | "head") => readonly string[] | undefined;

/** What is said of a change beside its two values. */
export interface Said {
  readonly usesOf: UsesOf;
  readonly rates: ReturnType<typeof rateChanges>;
  readonly lines: Lines;
  readonly count: CountTokens;
}

/** Each text is parted once, however many prompts it has. */
export function linesOnce(files: readonly FileVersions[]): Lines {
  const texts = new Map(
    files.flatMap(({ path, base, head }) => [
      [`base ${path}`, textOf(base)],
      [`head ${path}`, textOf(head)],
    ]),
  );
  const parted = new Map<string, readonly string[]>();
  return (path, side) => {
    const key = `${side} ${path}`;
    const lines = parted.get(key) ?? texts.get(key)?.split("\n");
    if (lines !== undefined) parted.set(key, lines);
    return lines;
  };
}

/** A pair of facts as it is told: with its prices or its tokens, and the uses of what it defines. */
export function changeOf(found: Found, { usesOf, rates, lines, count }: Said): Change {
  const { path, pair } = found;
  const { from, to } = pair;
  const fact = to ?? from;
  if (fact === undefined) throw new Error("a change needs a side");
  const base: Change = {
    path,
    line: fact.line,
    kind: fact.kind,
    status: from === undefined ? "added" : to === undefined ? "removed" : "changed",
    from: from?.value ?? null,
    to: to?.value ?? null,
    role: fact.role,
    where: fact.where,
    confidence:
      from?.confidence === "possible" || to?.confidence === "possible" ? "possible" : "sure",
    why: fact.why,
    ...(fact.kind === "model" || found.model === undefined ? {} : { model: found.model }),
    ...(fact.defines === undefined ? {} : { defines: fact.defines }),
    uses: fact.defines === undefined ? [] : usesOf(fact.defines, path),
  };
  if (fact.kind === "model") {
    return { ...base, rates: rates(from?.value, to?.value) };
  }
  if (fact.kind !== "prompt") return base;
  const tokens = promptTokens(count, from?.value, to?.value, found.model);
  const said = (size: number | null): string | null => (size === null ? null : `${size} tokens`);
  return {
    ...base,
    line:
      fact.line +
      firstDifference(
        pair,
        found.basePath === undefined ? lines(path, "base") : undefined,
        lines(path, "head"),
      ),
    from: said(tokens.from),
    to: said(tokens.to),
    tokens,
  };
}

/** What stands behind a cache marker must be the same in each call: a new unknown part breaks it. */
export function withBrokenCache({ pair }: Found, change: Change): Change[] {
  const { from, to } = pair;
  if (from?.cached !== true || to?.cached !== true) return [change];
  const why = "the first call after the change writes the cached prefix anew";
  const noted = { ...change, why: `${change.why}; ${why}` };
  if (unknownParts(to.value) <= unknownParts(from.value)) return [noted];
  const { tokens: _, ...place } = change;
  const broken: Change = {
    ...place,
    kind: "params",
    role: "cache",
    from: "cached prefix",
    to: "prefix differs from call to call",
    why: "a part that only the running program knows was added before the cache marker",
  };
  return [noted, broken];
}

/** The first line of a prompt that the other version does not have there. */
function firstDifference(
  pair: Pair,
  base: readonly string[] | undefined,
  head: readonly string[] | undefined,
): number {
  const { from, to } = pair;
  if (from === undefined || to === undefined || base === undefined || head === undefined) return 0;
  const before = base.slice(from.line - 1, from.endLine);
  const after = head.slice(to.line - 1, to.endLine);
  const index = after.findIndex((line, at) => line.trim() !== before[at]?.trim());
  if (index !== -1) return index;
  // What went stood behind all that stayed.
  return before.length > after.length ? after.length - 1 : 0;
}
