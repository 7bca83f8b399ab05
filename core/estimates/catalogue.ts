import type { Fact, FileFacts } from "./fact.ts";
import { type FileMatch, matchFile } from "./match.ts";

/**
 * Matches the facts of two versions of a file. Models that are only offered are looked at for
 * themselves: one more or one less in a catalogue changes no call, and only one that takes the
 * place of another is a change.
 */
export function matchVersions(base: FileFacts, head: FileFacts): FileMatch {
  const offered = offeredFacts(base, head);
  if (offered.size === 0) return matchFile(base, head);
  const called = (side: FileFacts): FileFacts => ({
    ...side,
    facts: side.facts.filter((fact) => !offered.has(fact)),
  });
  const listed = (side: FileFacts): FileFacts => ({
    facts: side.facts.filter((fact) => offered.has(fact)),
    numbers: [],
  });
  const matched = matchFile(called(base), called(head));
  const catalogue = matchFile(listed(base), listed(head));
  const grown = new Set([...catalogue.removed, ...catalogue.added].map(({ where }) => where));
  const replaced = catalogue.changed.filter(
    ({ from, to }) => !grown.has(from?.where ?? "") && !grown.has(to?.where ?? ""),
  );
  return { ...matched, changed: [...matched.changed, ...replaced] };
}

/** The models of lists that are long enough to be catalogues. */
function offeredFacts(base: FileFacts, head: FileFacts): ReadonlySet<Fact> {
  const offered = new Set<Fact>();
  const [before, after] = [modelsOfLists(base), modelsOfLists(head)];
  if (before.size + after.size === 0) return offered;
  for (const { facts } of [base, head]) {
    for (const fact of facts) {
      const { offer } = fact;
      if (offer === undefined) continue;
      const size = Math.max(before.get(offer.list) ?? 0, after.get(offer.list) ?? 0);
      if (size >= offer.least) offered.add(fact);
    }
  }
  return offered;
}

/** How long each list of a file is: by its different models, or by the place of the last of them. */
function modelsOfLists({ facts }: FileFacts): ReadonlyMap<string, number> {
  const models = new Map<string, Set<string>>();
  const sizes = new Map<string, number>();
  for (const { offer, meaning } of facts) {
    if (offer === undefined) continue;
    const known = models.get(offer.list) ?? new Set();
    models.set(offer.list, known.add(meaning));
    const size = Math.max(known.size, offer.entries ?? 0, sizes.get(offer.list) ?? 0);
    sizes.set(offer.list, size);
  }
  return sizes;
}
