import { group } from "d3-array";
import type { Fact } from "../fact.ts";

const MAX_CALLS = 40;

/**
 * Calls of one place that stand as far apart as before have not moved: each is its own, also where
 * one now has the value that another had.
 */
export function inOrder(from: readonly Fact[], to: readonly Fact[]): [Fact, Fact][] {
  const [old, now] = [called(from), called(to)];
  const pairs: [Fact, Fact][] = [];
  for (const [place, before] of old) {
    const after = now.get(place) ?? [];
    if (before.length < 2 || before.length > MAX_CALLS || after.length !== before.length) continue;
    const apart = (after[0]?.line ?? 0) - (before[0]?.line ?? 0);
    const stand = before.every(({ line }, at) => after[at]?.line === line + apart);
    const known = new Set(before.map(({ meaning }) => meaning));
    if (!stand || after.every(({ meaning }) => known.has(meaning))) continue;
    for (const [at, fact] of before.entries()) {
      const next = after[at];
      if (next !== undefined) pairs.push([fact, next]);
    }
  }
  return pairs;
}

function called(facts: readonly Fact[]): ReadonlyMap<string, Fact[]> {
  const own = facts.filter(
    ({ kind, item, offer, listed }) =>
      kind !== "prompt" && item === undefined && offer === undefined && listed !== true,
  );
  return group(own, ({ kind, role, where }) => `${kind} ${role} ${where}`);
}
