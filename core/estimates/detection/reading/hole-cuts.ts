import { pattern } from "../pattern.ts";
import type { Cut } from "./entry.ts";

/** `page[:3000]`, `page[..500]`, `page.slice(0, 500)`, `page.take(500)`, `shorten(page, 500)`. */
const CUTS = pattern`
  ([A-Za-z_]\w*)?[\])"']*
  (?:\[\s*(?:0\s*)?(?::|\.\.[.=<]?)\s*(\d[\d_]*)\s*\]|\[\s*-(\d[\d_]*)\s*:\s*\]
  |\.(?:slice|substr(?:ing)?|Substring)\(\s*0\s*,\s*(\d[\d_]*)\s*\)|\.slice\(\s*-(\d[\d_]*)\s*\)
  |\.(?:take|Take|prefix|first|truncate)\(\s*(\d[\d_]*)\s*[,)])
  |\b_?(?:truncate|clip|shorten|Truncate|abbreviate)(?:_\w+|[A-Z]\w*)?
  \(\s*([A-Za-z_][\w.]*)\s*,\s*(\d[\d_]*)\s*\)`;
const EACH = new RegExp(CUTS.source, "g");

/** How much is taken of what stands in a hole of a text that begins at `from`. */
export function cutsOf(source: string, from: number, at: number, end: number): Cut[] {
  // Most holes hold a name.
  const hole = source.slice(at, end);
  if (hole.length < 7 || !/\d/.test(hole)) return [];
  const found: Cut[] = [];
  for (const [, of, ...rest] of hole.matchAll(EACH)) {
    const size = rest.filter((one) => one !== undefined && /^\d/.test(one)).at(-1);
    const given = rest.find((one) => one !== undefined && !/^\d/.test(one));
    if (size === undefined) continue;
    const line = source.slice(from, at).split("\n").length - 1;
    found.push({ of: of ?? given ?? "", size, line });
  }
  return found;
}
