import { group } from "d3-array";
import { type Fact, sameFilled } from "../fact.ts";

/** Prompts that are one text in other pieces under its name: lines were joined, or written apart. */
export function regroupedIn(from: readonly Fact[], to: readonly Fact[]): ReadonlySet<Fact> {
  const found = new Set<Fact>();
  const [before, now] = [from.filter(isPrompt), to.filter(isPrompt)];
  if (before.length === 0 || now.length === 0) return found;
  // All that is left over, whatever it is called now.
  if (before.length !== now.length && whole(before) === whole(now)) {
    return new Set([...before, ...now]);
  }
  const after = group(now, ({ where }) => where);
  for (const [where, old] of group(before, (fact) => fact.where)) {
    const own = after.get(where) ?? [];
    if (old.length === own.length || own.length === 0 || whole(old) !== whole(own)) continue;
    for (const fact of [...old, ...own]) found.add(fact);
  }
  return found;
}

const isPrompt = ({ kind }: Fact): boolean => kind === "prompt";

function whole(facts: readonly Fact[]): string {
  return facts.map(({ meaning }) => sameFilled(meaning).replace(/[\s\uFFFC]+/g, "")).join("");
}
