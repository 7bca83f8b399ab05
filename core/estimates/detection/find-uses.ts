import type { Change, Use } from "../schema.ts";
import { fileKind } from "./file-kind.ts";

const MAX_USES = 50;

interface Text {
  readonly path: string;
  readonly text: string;
}

interface Named extends Use {
  readonly defines: boolean;
}

/** Where a constant is used that a file defines: at most the first places. */
export type UsesOf = (name: string, definedIn: string) => Use[];

const WORD = /[\w$]+/g;
const COMMENT = /^\s*(?:#|\/\/|\*|--)/;
const IMPORT = /^\s*(?:import|from|use|using|require)\b/;
const IS_DEFINED = /^[^=(]{0,60}=(?!=)/;

/**
 * Where names of constants stand besides their definitions, in one pass over the texts: whole
 * words, comments left out.
 */
export function findUses(names: ReadonlySet<string>, texts: readonly Text[]): UsesOf {
  const places = new Map<string, Named[]>();
  for (const { path, text } of names.size === 0 ? [] : texts) {
    if (fileKind(path).state !== "read") continue;
    for (const [index, line] of text.split("\n").entries()) {
      const found = namesIn(line, names);
      if (found.size === 0 || COMMENT.test(line) || IMPORT.test(line)) continue;
      for (const [name, behind] of found) {
        const place = { path, line: index + 1, defines: IS_DEFINED.test(behind) };
        const known = places.get(name);
        if (known === undefined) places.set(name, [place]);
        else known.push(place);
      }
    }
  }
  const known = new Map<string, Use[]>();
  return (name, definedIn) => {
    const key = `${name} ${definedIn}`;
    const uses =
      known.get(key) ??
      (places.get(name) ?? [])
        .filter((place) => !(place.defines && place.path === definedIn))
        .slice(0, MAX_USES)
        .map(({ path, line }) => ({ path, line }));
    known.set(key, uses);
    return uses;
  };
}

/** Names that stand in a line, with what stands behind the first of each. */
function namesIn(line: string, names: ReadonlySet<string>): Map<string, string> {
  const found = new Map<string, string>();
  for (const { 0: name, index } of line.matchAll(WORD)) {
    if (names.has(name) && !found.has(name)) found.set(name, line.slice(index + name.length));
  }
  return found;
}

/** The changes with the uses of their constants in a whole tree. */
export function withTreeUses(
  changes: readonly Change[],
  texts: ReadonlyMap<string, readonly Text[]>,
): Change[] {
  const uses = new Map(
    [...texts].map(([name, files]) => [name, findUses(new Set([name]), files)] as const),
  );
  return changes.map((change) => {
    const of = change.defines === undefined ? undefined : uses.get(change.defines);
    if (of === undefined || change.defines === undefined) return change;
    return { ...change, uses: of(change.defines, change.path) };
  });
}
