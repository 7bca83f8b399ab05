import { group } from "d3-array";
import { type Fact, type FileFacts, makeFact, meaningOf, placeOf, whereOf } from "../fact.ts";
import { isModelName } from "../models/model-words.ts";
import { pattern } from "../pattern.ts";
import { type Entry, keyOf } from "../reading/entry.ts";
import { lastName } from "../words.ts";
import type { Pair } from "./match.ts";

/** Lists of which the first is called, and the next one where that fails. */
const IN_TURN = pattern`
    (?:^|_)(?:fallbacks?|chain|cascade|ladder|waterfall|priority|priorities|preferred|preference
    |order)(?:_|$)`;

/** Other models in the first place, where nothing but the order says so. */
export function turnedModels(base: FileFacts, head: FileFacts): Pair[] {
  return [
    ...reordered(base.facts, head.facts),
    ...switched(base, head),
    ...otherChoices(base, head),
  ];
}

function reordered(base: readonly Fact[], head: readonly Fact[]): Pair[] {
  const [old, now] = [inTurn(base), inTurn(head)];
  const pairs: Pair[] = [];
  for (const [where, before] of old) {
    const after = now.get(where) ?? [];
    const [from, to] = [before[0], after[0]];
    if (from === undefined || to === undefined || from.meaning === to.meaning) continue;
    const has = (facts: readonly Fact[], { meaning }: Fact): boolean =>
      facts.some((fact) => fact.meaning === meaning);
    if (has(after, from) && has(before, to)) pairs.push({ from, to });
  }
  return pairs;
}

function inTurn(facts: readonly Fact[]): ReadonlyMap<string, Fact[]> {
  const listed = facts.filter(
    ({ kind, name, offer }) => kind === "model" && offer?.least !== 1 && IN_TURN.test(name),
  );
  return group(listed, ({ where }) => where);
}

/** `model=FAST_MODEL` that became `model=SMART_MODEL`, whatever stands for both of them. */
function switched(base: FileFacts, head: FileFacts): Pair[] {
  const [old, now] = [constantsIn(base), constantsIn(head)];
  if (old.size === 0 || now.size === 0) return [];
  const known = (lists: ReadonlyMap<string, Entry[][]>): ReadonlySet<string> =>
    new Set([...lists.values()].flat(2).map(({ value }) => lastName(value.text)));
  const [before, after] = [known(old), known(now)];
  const pairs: Pair[] = [];
  for (const [where, lists] of old) {
    const others = now.get(where) ?? [];
    // One call more or less: nothing says which is which.
    if (others.length !== lists.length) continue;
    for (const [at, list] of lists.entries()) {
      const pair = firstDifference(list, others[at] ?? [], before, after);
      if (pair !== undefined) pairs.push(pair);
    }
  }
  return pairs;
}

function firstDifference(
  old: readonly Entry[],
  now: readonly Entry[],
  before: ReadonlySet<string>,
  after: ReadonlySet<string>,
): Pair | undefined {
  const name = (entry: Entry | undefined): string => lastName(entry?.value.text ?? "");
  const at = old.findIndex((entry, index) => name(entry) !== name(now[index]));
  const [from, to] = [old[at], now[at]];
  if (from === undefined || to === undefined) return undefined;
  const stays = now.some((entry) => name(entry) === name(from));
  const stood = old.some((entry) => name(entry) === name(to));
  if (stays && !stood) return { to: constantFact(to) };
  // A name that is new beside one that is gone may be the same constant.
  if (!stays && !after.has(name(from)) && !before.has(name(to))) return undefined;
  return { from: constantFact(from), to: constantFact(to) };
}

/** Constants that name models, by the places in which they say which one is called. */
function constantsIn({ names = [] }: FileFacts): ReadonlyMap<string, Entry[][]> {
  const places = new Map<string, Entry[][]>();
  for (const entry of names) {
    const { path, value, role, frame } = entry;
    const last = path.at(-1);
    if (value.kind !== "name" || role !== "value" || last?.kind === "call") continue;
    const name = lastName(value.text);
    if (!/^[A-Z][A-Z\d_]{2,}$/.test(name) || !isModelName(name) || !isModelName(keyOf(entry))) {
      continue;
    }
    const where = whereOf(entry);
    const lists = places.get(where) ?? [];
    const open = lists.at(-1);
    if (last?.kind === "list" && open?.[0]?.frame === frame) open.push(entry);
    else lists.push([entry]);
    places.set(where, lists);
  }
  return places;
}

function constantFact(entry: Entry): Fact {
  const { text } = entry.value;
  const why = `another constant is the ${keyOf(entry)}`;
  return makeFact(
    entry,
    "model",
    "model",
    { value: text, confidence: "possible", why },
    meaningOf(text),
  );
}

const CHOSEN = /^(?:default|current|selected|active|primary)$/i;

/** `DEFAULT = MODELS.fast` that became `MODELS.smart`: another of the models that the file defines. */
function otherChoices(base: FileFacts, head: FileFacts): Pair[] {
  const old = choicesIn(base);
  const now = old.size === 0 ? old : choicesIn(head);
  const pairs: Pair[] = [];
  for (const [where, from] of old) {
    const to = now.get(where);
    if (from === undefined || to === undefined || from.value.text === to.value.text) continue;
    const stood = definedAs(base, to);
    const [before, after] = [definedAs(base, from), definedAs(head, to) ?? stood];
    if (before === undefined || after === undefined || before === after) continue;
    // Neither in both versions: one constant may have another name.
    if (stood === undefined && definedAs(head, from) === undefined) continue;
    pairs.push({ from: constantFact(from), to: constantFact(to) });
  }
  return pairs;
}

/** By its place, what is chosen there under a name; undefined where several are. */
function choicesIn({ names = [] }: FileFacts): ReadonlyMap<string, Entry | undefined> {
  const places = new Map<string, Entry | undefined>();
  for (const entry of names) {
    const { path, value, role } = entry;
    if (value.kind !== "name" || role !== "value" || path.at(-1)?.kind !== "key") continue;
    const key = keyOf(entry);
    if (!CHOSEN.test(key) && !isModelName(key)) continue;
    const name = lastName(value.text);
    // Those are compared above.
    if (/^[A-Z][A-Z\d_]{2,}$/.test(name) && isModelName(name) && isModelName(key)) continue;
    const where = whereOf(entry);
    places.set(where, places.has(where) ? undefined : entry);
  }
  return places;
}

/** The model that is defined under the name, in the file or beside what names it. */
function definedAs({ facts }: FileFacts, entry: Entry): string | undefined {
  const name = entry.value.text.replaceAll(".", " > ");
  const places = [name, `${placeOf(whereOf(entry))} > ${name}`];
  const found = facts.find(
    ({ kind, where }) =>
      kind === "model" && places.some((one) => where === one || where.startsWith(`${one} > `)),
  );
  return found?.meaning;
}
