import { group } from "d3-array";
import type { Fact } from "./fact.ts";

/** Prompts that are one text in other pieces under its name: lines were joined, or written apart. */
export function regroupedIn(from: readonly Fact[], to: readonly Fact[]): ReadonlySet<Fact> {
  const found = new Set<Fact>();
  const after = group(to.filter(isPrompt), ({ where }) => where);
  if (after.size === 0) return found;
  for (const [where, old] of group(from.filter(isPrompt), (fact) => fact.where)) {
    const now = after.get(where) ?? [];
    if (old.length === now.length || now.length === 0 || whole(old) !== whole(now)) continue;
    for (const fact of [...old, ...now]) found.add(fact);
  }
  return found;
}

const isPrompt = ({ kind }: Fact): boolean => kind === "prompt";

function whole(facts: readonly Fact[]): string {
  return facts.map(({ meaning }) => meaning.replaceAll(" ", "")).join("");
}
