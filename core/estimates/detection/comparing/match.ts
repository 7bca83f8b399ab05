import { group } from "d3-array";
import { type Fact, type FileFacts, placeOf, sameFilled, sameText, whereOf } from "../fact.ts";
import { type Entry, isEmptied } from "../reading/entry.ts";
import { folded } from "../words.ts";
import { inOrder } from "./calls-in-order.ts";
import { isOfOtherProvider, kinOf } from "./model-kin.ts";
import { embeds, inNoPart, sectionOf } from "./model-part.ts";
import { movedIn } from "./moved-in-file.ts";
import { namedFacts } from "./named-facts.ts";
import { regroupedIn } from "./regrouped.ts";
import { standIns } from "./stand-in.ts";

/** What became of one fact; without `from` it is new, without `to` it is gone. */
export interface Pair {
  readonly from?: Fact;
  readonly to?: Fact;
}

/** Facts of one file that have no partner in its other version, and those that only moved. */
export interface FileMatch {
  readonly changed: Pair[];
  removed: Fact[];
  added: Fact[];
  /** Meanings that were found again in another place: their copies are no changes. */
  readonly moved: Set<string>;
}

const meaningKey = ({ kind, role, meaning }: Fact): string => `${kind} ${role} ${meaning}`;
const looseKey = ({ kind, role, meaning }: Fact): string =>
  kind === "model"
    ? `${kind} ${folded(meaning)}`
    : `${kind} ${role} ${kind === "prompt" ? sameFilled(meaning) : meaning}`;

/** Undefined for a fact that this look leaves alone. */
type KeyOf = (fact: Fact) => string | undefined;

/** Takes pairs with equal keys out of both lists, in the order of the file. */
function takePairs(from: Fact[], to: Fact[], keyOf: KeyOf): [Fact, Fact][] {
  const waiting = group(to, keyOf);
  for (const list of waiting.values()) list.reverse();
  const pairs: [Fact, Fact][] = [];
  const taken = new Set<Fact>();
  for (const fact of from) {
    const key = keyOf(fact);
    const partner = key === undefined ? undefined : waiting.get(key)?.pop();
    if (partner === undefined) continue;
    pairs.push([fact, partner]);
    taken.add(fact).add(partner);
  }
  remove(from, taken);
  remove(to, taken);
  return pairs;
}

function remove(facts: Fact[], taken: ReadonlySet<Fact>): void {
  const rest = facts.filter((fact) => !taken.has(fact));
  facts.length = 0;
  facts.push(...rest);
}

/**
 * Pairs the facts of two versions: equal ones first, then those in the same place, then equal
 * ones in
 * another place (moved, renamed), then those with the same name; what is left is new or gone.
 */
export function matchFile(base: FileFacts, head: FileFacts): FileMatch {
  const removed = [...base.facts];
  const added = [...head.facts];
  const changed: Pair[] = [];
  const moved = new Set<string>();
  const change = (pairs: readonly [Fact, Fact][]): void => {
    for (const [from, to] of pairs) changed.push({ from, to });
  };
  // Entries of a list are known again by their names.
  const itemKey = ({ item, kind, role, where }: Fact): string | undefined =>
    item === undefined ? undefined : `${kind} ${role} ${where} ${item}`;
  change(inTheirOrder(removed, added));
  const same = takePairs(removed, added, (fact) => {
    return `${fact.where} ${fact.item ?? ""} ${meaningKey(fact)}`;
  });
  change(same.filter(([from, to]) => isOfOtherProvider(from, to)));
  const regrouped = regroupedIn(removed, added);
  remove(removed, regrouped);
  remove(added, regrouped);
  change(takePairs(removed, added, itemKey));
  takePairs(removed, added, (fact) => `${fact.where} ${meaningKey(fact)}`);
  change(similarInPlace(removed, added));
  const prompts = similarPairs(removed, added, 0.8);
  const kin = kinOf(removed, added);
  remove(removed, new Set(kin.flat()));
  remove(added, new Set(kin.flat()));
  change(kin);
  change(takePairs(removed, added, (fact) => `${fact.kind} ${fact.role} ${fact.where}`));
  for (const [fact] of takePairs(removed, added, looseKey)) moved.add(looseKey(fact));
  change(prompts);
  change(takePairs(removed, added, (fact) => `${fact.kind} ${fact.role} ${fact.name}`));
  // Prompts without a common name must be alike.
  const empty = new Set(
    [...(base.names ?? []), ...(head.names ?? [])].filter(isEmptied).map(whereOf),
  );
  const unnamed: KeyOf = ({ kind, role, where, meaning }) => {
    if (kind === "prompt" || empty.has(where)) return undefined;
    return kind === "model" ? `${kind} ${sectionOf(where)} ${embeds(meaning)}` : `${kind} ${role}`;
  };
  change(takePairs(removed, added, unnamed));
  // In a source, and at the top of a configuration, nothing stands in a part.
  const anywhere: KeyOf = ({ kind, role, where }) =>
    kind !== "model" || empty.has(where) ? undefined : `${kind} ${role}`;
  if (inNoPart(removed) || inNoPart(added)) change(takePairs(removed, added, anywhere));
  change(similarPairs(removed, added, 0.3));
  dropRenamed(added, base.numbers, head.numbers);
  dropRenamed(removed, head.numbers, base.numbers);
  dropStanding(removed, head.texts);
  dropStanding(added, base.texts);
  remove(removed, movedIn(removed, head.texts, base.texts));
  remove(added, movedIn(added, base.texts, head.texts));
  const gone = standIns(removed, head);
  const come = standIns(added, base);
  for (const [from, to] of gone) changed.push({ from, to });
  for (const [to, from] of come) changed.push({ from, to });
  remove(removed, new Set(gone.keys()));
  remove(added, new Set(come.keys()));
  const taken = changed.map(({ from, to }) => [from, to] as const);
  const given = changed.map(({ from, to }) => [to, from] as const);
  const named = [...namedFacts(removed, head, taken), ...namedFacts(added, base, given)];
  remove(removed, new Set(named));
  remove(added, new Set(named));
  return { changed, removed, added, moved };
}

function inTheirOrder(from: Fact[], to: Fact[]): [Fact, Fact][] {
  const pairs = inOrder(from, to);
  remove(from, new Set(pairs.map(([fact]) => fact)));
  remove(to, new Set(pairs.map(([, fact]) => fact)));
  return pairs;
}

/** A text that the other version has in the same place: only what is made of it has changed. */
function dropStanding(facts: Fact[], texts: readonly Entry[] = []): void {
  const places = new Set(facts.flatMap(({ kind, where }) => (kind === "prompt" ? [where] : [])));
  if (places.size === 0) return;
  const standing = new Set<string>();
  for (const entry of texts) {
    const where = whereOf(entry);
    if (places.has(where)) standing.add(`${where} ${sameText(entry.value.text)}`);
  }
  const dropped = facts.filter(
    ({ kind, where, meaning }) => kind === "prompt" && standing.has(`${where} ${meaning}`),
  );
  remove(facts, new Set(dropped));
}

/** A parameter whose value stood in the same place under a name that said less. */
function dropRenamed(facts: Fact[], there: readonly string[], here: readonly string[]): void {
  const gone = new Map<string, number>();
  for (const key of there) gone.set(key, (gone.get(key) ?? 0) + 1);
  for (const key of here) gone.set(key, (gone.get(key) ?? 0) - 1);
  const renamed = new Set<Fact>();
  for (const fact of facts) {
    const key = `${placeOf(fact.where)} ${fact.meaning}`;
    const left = fact.kind === "params" ? (gone.get(key) ?? 0) : 0;
    if (left <= 0) continue;
    gone.set(key, left - 1);
    renamed.add(fact);
  }
  remove(facts, renamed);
}

const MAX_COMPARED = 60;

/** Prompts that share most of their words are one prompt, wherever it stands. */
function similarPairs(from: Fact[], to: Fact[], least: number): [Fact, Fact][] {
  const befores = from.filter(({ kind }) => kind === "prompt").slice(0, MAX_COMPARED);
  const afters = to.filter(({ kind }) => kind === "prompt").slice(0, MAX_COMPARED);
  const bags = new Map([...befores, ...afters].map((fact) => [fact, wordBag(fact)]));
  const taken = new Set<Fact>();
  const pairs: [Fact, Fact][] = [];
  for (const before of befores) {
    let best: Fact | undefined;
    let bestShare = least;
    for (const after of afters) {
      if (taken.has(after)) continue;
      const share = shared(bags.get(before), bags.get(after));
      if (share >= bestShare) {
        best = after;
        bestShare = share;
      }
    }
    if (best === undefined) continue;
    taken.add(before).add(best);
    pairs.push([before, best]);
  }
  remove(from, taken);
  remove(to, taken);
  return pairs;
}

/** Prompts that are alike, each the only one in its place: two that were swapped have both changed. */
function similarInPlace(from: Fact[], to: Fact[]): [Fact, Fact][] {
  const once = (facts: readonly Fact[]): ReadonlyMap<string, Fact | undefined> => {
    const places = new Map<string, Fact | undefined>();
    for (const fact of facts) {
      if (fact.kind !== "prompt") continue;
      places.set(fact.where, places.has(fact.where) ? undefined : fact);
    }
    return places;
  };
  const [before, after] = [once(from), once(to)];
  const pairs: [Fact, Fact][] = [];
  for (const [where, old] of [...before].slice(0, MAX_COMPARED)) {
    const now = after.get(where);
    if (old === undefined || now === undefined) continue;
    if (shared(wordBag(old), wordBag(now)) >= 0.6) pairs.push([old, now]);
  }
  const taken = new Set(pairs.flat());
  remove(from, taken);
  remove(to, taken);
  return pairs;
}

function wordBag({ meaning }: Fact): ReadonlySet<string> {
  return new Set(
    meaning
      .toLowerCase()
      .slice(0, 20_000)
      .split(/[^\p{L}\p{N}]+/u, 2_000),
  );
}

function shared(a: ReadonlySet<string> | undefined, b: ReadonlySet<string> | undefined): number {
  if (a === undefined || b === undefined) return 0;
  let both = 0;
  for (const word of a) if (b.has(word)) both += 1;
  return both / Math.max(1, a.size + b.size - both);
}

export interface Located {
  readonly path: string;
  readonly fact: Fact;
}

export interface LeftOver {
  readonly removed: Located[];
  readonly added: Located[];
  /** Prompts that moved to another file and were edited there. */
  readonly edited: { readonly from: Located; readonly to: Located }[];
}

/** What is gone from one file and new in another has moved; the rest is new or gone. */
export function matchAcross(
  removed: readonly Located[],
  added: readonly Located[],
  moved: ReadonlyMap<string, ReadonlySet<string>>,
): LeftOver {
  const known = group(removed, ({ fact }) => looseKey(fact));
  // In the file in which a value moved, its other copies went with it.
  const stayed = ({ path, fact }: Located): boolean =>
    moved.get(path)?.has(looseKey(fact)) !== true;
  const gone = new Set(removed.filter(stayed));
  const everMoved = new Set<string>();
  const left = added.filter((item) => {
    const key = looseKey(item.fact);
    const partner = known.get(key)?.pop();
    if (partner !== undefined) {
      gone.delete(partner);
      everMoved.add(key);
      return false;
    }
    return !everMoved.has(key) && stayed(item);
  });
  const still = [...gone].filter(({ fact }) => !everMoved.has(looseKey(fact)));
  return withEdited(still, left);
}

function withEdited(removed: readonly Located[], added: readonly Located[]): LeftOver {
  const origin = new Map([...removed, ...added].map((item) => [item.fact, item]));
  const from = removed.map(({ fact }) => fact);
  const to = added.map(({ fact }) => fact);
  const edited = similarPairs(from, to, 0.5).flatMap(([before, after]) => {
    const [old, next] = [origin.get(before), origin.get(after)];
    return old === undefined || next === undefined ? [] : [{ from: old, to: next }];
  });
  const keep = (facts: readonly Fact[]): Located[] =>
    facts.flatMap((fact) => origin.get(fact) ?? []);
  return { removed: keep(from), added: keep(to), edited };
}
