import { pattern } from "../pattern.ts";
import type { Entry } from "../reading/entry.ts";
import { lastName, snakeCase } from "../words.ts";

/** What is kept on a disk or a page is not sent again. */
const KEEPS = /^(?:save|store|persist|export|show|render|display|draw)(?:_|$)/;
const SHOWN = /debug|log|print|puts|trace|inspect|render|assert|expect/i;
/** `history.slice(-10)`, `messages.takeLast(10)`: how much of a conversation is sent again. */
const KEEPS_LAST = pattern`
    (?:^|[._])(?:\w*[mM]essages|\w*[hH]istory|\w*[cC]onv(?:ersation|o)(?:Parts)?|\w*[tT]urns
    |\w*[eE]xchanges)
    \.(?:slice|takeLast|TakeLast|last|suffix)$`;

/** `docs.slice(0, 5)`: how many of what was found go on. */
const CUTS = pattern`
    (?:^|[._])(?:\w+D|d)oc(?:ument)?s\.(?:slice|take|Take|first|limit)$
    |(?:^|[._])(?:\w+C|c)hunks\.(?:slice|take|Take|first|limit)$
    |(?:^|[._])(?:\w+[pP]|p)assages\.(?:slice|take|Take|first|limit)$`;

/** By what name a value is set, and whether it is its own. */
export function nameOf(entry: Entry): { name: string; direct: boolean } {
  const innermost = entry.path.at(-1);
  // `fn default_max_tokens() -> u32 { 1000 }`
  if (innermost === undefined) {
    const scope = entry.scope.at(-1) ?? "";
    const limit = /^(?:get_)?(?:default|max)_/.test(snakeCase(scope)) && entry.value.text !== "0";
    return { name: limit ? scope : "", direct: false };
  }
  if (innermost.kind !== "call") return { name: innermost.name, direct: innermost.kind === "key" };
  // A builder's `.maxTokens(100)`, and a constant whose value goes through a call: `MAX =
  // int(env(..., 5))`.
  if (KEEPS_LAST.test(innermost.name) && entry.value.kind === "number") {
    const shown =
      entry.path.slice(0, -1).some(({ name }) => SHOWN.test(name)) ||
      KEEPS.test(snakeCase(entry.scope.at(-1) ?? ""));
    if (shown) return { name: "", direct: false };
    const last = /slice$/.test(innermost.name) ? /^-\d/.test(entry.value.text) : true;
    return { name: last && entry.position === 0 ? "last_messages" : "", direct: true };
  }
  if (CUTS.test(chained(innermost.name, entry)) && entry.value.kind === "number") {
    const from = /slice$/.test(innermost.name) ? 1 : 0;
    return { name: entry.position === from ? "retrieval_k" : "", direct: true };
  }
  return {
    name: lastName(innermost.name).replace(/^(?:with|set)_?(?=[A-Z_a-z])/i, ""),
    direct: true,
  };
}

/** `docs.take` of Rust's `docs.iter().take(3)`. */
function chained(called: string, { frame: { root } }: Entry): string {
  if (root === undefined || called.includes(".")) return called;
  const cut = root.search(/\.(?:into_iter|iter|stream|lazy|asSequence|AsEnumerable)$/);
  return cut === -1 ? called : `${root.slice(0, cut)}.${called}`;
}
