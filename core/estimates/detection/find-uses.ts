import type { Change, Use } from "../schema.ts";
import { fileKind } from "./file-kind.ts";

const MAX_USES = 50;

interface Text {
  readonly path: string;
  readonly text: string;
}

/**
 * Where the name of a changed constant stands besides its definition: whole words, comments left
 * out.
 */
export function findUses(name: string, definedIn: string, texts: readonly Text[]): Use[] {
  const uses: Use[] = [];
  const word = new RegExp(`(?<![\\w$])${name}(?![\\w$])`);
  const definition = new RegExp(`${name}\\b[^=(]{0,60}=(?!=)`);
  for (const { path, text } of texts) {
    if (!text.includes(name) || fileKind(path).state !== "read") continue;
    for (const [index, line] of text.split("\n").entries()) {
      if (uses.length >= MAX_USES) return uses;
      if (!line.includes(name) || !word.test(line) || /^\s*(?:#|\/\/|\*|--)/.test(line)) continue;
      const defines = path === definedIn && definition.test(line);
      if (!defines && !/^\s*(?:import|from|use|using|require)\b/.test(line)) {
        uses.push({ path, line: index + 1 });
      }
    }
  }
  return uses;
}

/** The changes with the uses of their constants in a whole tree. */
export function withTreeUses(
  changes: readonly Change[],
  texts: ReadonlyMap<string, readonly Text[]>,
): Change[] {
  return changes.map((change) => {
    const files = change.defines === undefined ? undefined : texts.get(change.defines);
    if (files === undefined || change.defines === undefined) return change;
    return { ...change, uses: findUses(change.defines, change.path, files) };
  });
}
