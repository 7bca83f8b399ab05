import { type Fact, type FileFacts, sameValue } from "../fact.ts";

/**
 * Parameters of one version whose number the other has in the same place, where nothing says that it
 * is one: a library gave way to another. Each with what stands there.
 */
export function standIns(facts: readonly Fact[], there: FileFacts): ReadonlyMap<Fact, Fact> {
  const found = new Map<Fact, Fact>();
  for (const fact of facts) {
    const entry = fact.kind === "params" ? there.placed?.get(fact.where) : undefined;
    if (entry === undefined || fact.name === "" || !/^\d+$/.test(entry.value.text)) continue;
    const { line, endLine, value } = entry;
    const meaning = sameValue(value.text);
    found.set(fact, { ...fact, line, endLine, value: value.text, meaning });
  }
  return found;
}
