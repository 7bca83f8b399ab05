import { type Fact, makeFact, sameText } from "../fact.ts";
import type { Entry, Frame } from "../reading/entry.ts";
import type { Reached } from "./prompt-flow.ts";

/** Texts that stand in a prompt under their names: one change for each, in the order of the file. */
export function addReached(facts: Fact[], reached: ReadonlyMap<Entry, Reached>): void {
  const lists = new Map<Frame, number>();
  const texts = [...reached].filter(([{ value }]) => value.kind === "text");
  const inOrder = texts.sort(([a], [b]) => a.line - b.line);
  for (const [entry, { name, partOf }] of inOrder) {
    // Lines of one text in a list are one prompt.
    const list = entry.path.at(-1)?.kind === "list" ? entry.frame : undefined;
    const at = list === undefined ? undefined : lists.get(list);
    const first = at === undefined ? undefined : facts[at];
    if (at !== undefined && first !== undefined) {
      const value = `${first.value}\n${entry.value.text}`;
      facts[at] = { ...first, value, meaning: sameText(value), endLine: entry.endLine };
      continue;
    }
    if (list !== undefined) lists.set(list, facts.length);
    const why = `${name} is put into a prompt of this file`;
    const found = { value: entry.value.text, confidence: "possible" as const, why };
    const fact = makeFact(entry, "prompt", "prompt", found, sameText(found.value));
    facts.push(partOf === undefined ? fact : { ...fact, partOf });
  }
  facts.sort((a, b) => a.line - b.line);
}

/** What is new in a function together with the prompt that it goes into is no change of its own. */
export function withoutParts(
  left: readonly Fact[],
  changed: readonly { readonly from?: Fact; readonly to?: Fact }[],
): readonly Fact[] {
  if (!left.some(({ partOf }) => partOf !== undefined)) return left;
  const other = changed.filter(({ from, to }) => from?.meaning !== to?.meaning);
  const hosts = new Set(
    [...left, ...other.flatMap(({ to }) => to ?? [])].flatMap(({ kind, partOf, scope }) =>
      kind === "prompt" && partOf === undefined && scope !== undefined ? [scope] : [],
    ),
  );
  return left.filter(({ partOf }) => partOf === undefined || !hosts.has(partOf));
}
