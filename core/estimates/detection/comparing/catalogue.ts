import type { Fact, FileFacts } from "../fact.ts";
import { turnedModels } from "./called-in-turn.ts";
import { type FileMatch, matchFile, type Pair } from "./match.ts";
import { replacedInPlace } from "./replaced-entry.ts";

/**
 * Matches the facts of two versions of a file. Models that are only offered are looked at for
 * themselves: one more or one less in a catalogue changes no call, and only one that takes the
 * place of another is a change.
 */
export function matchVersions(base: FileFacts, head: FileFacts): FileMatch {
  const offered = offeredFacts(base, head);
  const turned = turnedModels(base, head);
  if (offered.size === 0) {
    const matched = matchFile(base, head);
    return { ...matched, changed: [...matched.changed, ...turned] };
  }
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
  const left = [...catalogue.removed, ...catalogue.added];
  const grown = new Set(left.flatMap(({ where, offer }) => [where, `list ${offer?.list}`]));
  // Under the same name, or in a list of which nothing else has come or gone.
  const standing = catalogue.changed.filter(({ from, to }) =>
    from?.kind === "params"
      ? from.item !== undefined && from.item === to?.item
      : from?.where === to?.where
        ? !grown.has(from?.where ?? "")
        : !grown.has(`list ${from?.offer?.list}`) && !grown.has(`list ${to?.offer?.list}`),
  );
  const known = new Set(standing.flatMap(({ from, to }) => [from, to]));
  const models = (side: FileFacts): Fact[] =>
    listed(side).facts.filter(({ kind }) => kind === "model");
  const replaced = replacedInPlace(models(base), models(head)).filter(
    ({ from, to }) => !known.has(from) && !known.has(to),
  );
  const told = withoutRewritten([...standing, ...replaced]);
  return { ...matched, changed: [...matched.changed, ...turned, ...told] };
}

/** Of a catalogue, more models that take the place of others are another edition of it. */
const MOST_REPLACED = 3;

function withoutRewritten(pairs: readonly Pair[]): Pair[] {
  const listOf = ({ from, to }: Pair): string | undefined => (to ?? from)?.offer?.list;
  const sizes = new Map<string | undefined, number>();
  const models = pairs.filter(({ to }) => to?.kind === "model");
  for (const pair of models) sizes.set(listOf(pair), (sizes.get(listOf(pair)) ?? 0) + 1);
  return pairs.filter(
    (pair) => pair.to?.kind !== "model" || (sizes.get(listOf(pair)) ?? 0) <= MOST_REPLACED,
  );
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
