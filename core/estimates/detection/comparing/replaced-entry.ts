import { group } from "d3-array";
import type { Fact } from "../fact.ts";
import type { Pair } from "./match.ts";
import { familyOf } from "./model-kin.ts";

/** Entries that stand side by side in one version of a list, and in the other no more. */
interface Run {
  readonly facts: Fact[];
  readonly before: string;
  after: string;
}

/**
 * What stands between the same neighbours as something that is gone took its place, whatever else
 * came or went in the list.
 */
export function replacedInPlace(base: readonly Fact[], head: readonly Fact[]): Pair[] {
  const listOf = ({ offer }: Fact): string => offer?.list ?? "";
  const [old, now] = [group(base, listOf), group(head, listOf)];
  const pairs: Pair[] = [];
  for (const [list, before] of old) {
    const after = now.get(list);
    if (after === undefined) continue;
    const come = runsOf(after, before);
    for (const gone of runsOf(before, after)) {
      const place = come.find((run) => run.before === gone.before && run.after === gone.after);
      if (place === undefined) continue;
      const found = pairsOf(gone.facts, place.facts);
      // Of a list of which most is another one, the first that gave way stands for all.
      const most = gone.facts.length * 2 >= before.length && before.length > 2;
      const [from, to] = [gone.facts[0], place.facts[0]];
      if (found.length > 0 || !most || from === undefined || to === undefined) pairs.push(...found);
      else pairs.push({ from, to });
    }
  }
  return pairs;
}

function runsOf(facts: readonly Fact[], others: readonly Fact[]): Run[] {
  const there = new Set(others.map(({ meaning }) => meaning));
  const runs: Run[] = [];
  let open: Run | undefined;
  let before = "";
  for (const fact of facts) {
    if (there.has(fact.meaning)) {
      if (open !== undefined) open.after = fact.meaning;
      open = undefined;
      before = fact.meaning;
    } else if (open === undefined) {
      open = { facts: [fact], before, after: "" };
      runs.push(open);
    } else open.facts.push(fact);
  }
  return runs;
}

/** As many as before: one for one. Where more came, or some are gone for good, those of one family. */
function pairsOf(gone: readonly Fact[], come: readonly Fact[]): Pair[] {
  if (gone.length === come.length) {
    return gone.flatMap((from, at) => {
      const to = come[at];
      return to === undefined ? [] : [{ from, to }];
    });
  }
  const left = [...come];
  const grown = come.length > gone.length;
  return gone.flatMap((from) => {
    // A list without labels that grows says nothing of what stood there.
    if (grown && from.item === undefined) return [];
    const at = left.findIndex((to) => familyOf(to.meaning) === familyOf(from.meaning));
    return at === -1 ? [] : left.splice(at, 1).map((to) => ({ from, to }));
  });
}
