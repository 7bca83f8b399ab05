import type { Fact, FileFacts } from "./fact.ts";

/** Models of catalogues: one more or one less there is offered, and none is called for it. */
export function offeredFacts(base: FileFacts, head: FileFacts): ReadonlySet<Fact> {
  const [before, after] = [modelsOfLists(base), modelsOfLists(head)];
  const size = ({ where }: Fact): number =>
    Math.max(before.get(where)?.size ?? 0, after.get(where)?.size ?? 0);
  return new Set(
    [...base.facts, ...head.facts].filter(
      (fact) => fact.offered !== undefined && size(fact) >= fact.offered,
    ),
  );
}

/** The different models that stand in each list of a file. */
function modelsOfLists({ facts }: FileFacts): ReadonlyMap<string, ReadonlySet<string>> {
  const models = new Map<string, Set<string>>();
  for (const { offered, where, meaning } of facts) {
    if (offered === undefined) continue;
    const known = models.get(where);
    if (known === undefined) models.set(where, new Set([meaning]));
    else known.add(meaning);
  }
  return models;
}
