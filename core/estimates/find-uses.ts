import type { FileText } from "./file-versions.ts";
import type { Use } from "./schema.ts";

const MAX_USES = 50;

/** Where the name of a changed constant stands besides its definition: whole words, comments left out. */
export function findUses(
  name: string,
  definedIn: string,
  files: readonly { readonly path: string; readonly head: FileText }[],
  tree: readonly { readonly path: string; readonly text: string }[] = [],
): Use[] {
  const texts = new Map<string, string>();
  for (const { path, text } of tree) texts.set(path, text);
  for (const { path, head } of files) if (head.state === "text") texts.set(path, head.text);
  const uses: Use[] = [];
  const word = new RegExp(`(?<![\\w$.])${name}(?![\\w$])|\\.${name}(?![\\w$])`);
  for (const [path, text] of texts) {
    if (!text.includes(name)) continue;
    for (const [index, line] of text.split("\n").entries()) {
      if (uses.length >= MAX_USES) return uses;
      if (!line.includes(name) || !word.test(line) || /^\s*(?:#|\/\/|\*|--)/.test(line)) continue;
      const defines = path === definedIn && new RegExp(`${name}\\b[^=(]{0,60}=(?!=)`).test(line);
      if (!defines && !/^\s*(?:import|from)\b/.test(line)) uses.push({ path, line: index + 1 });
    }
  }
  return uses;
}
