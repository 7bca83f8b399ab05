import { type Fact, type FileFacts, UNSET, whereOf } from "../fact.ts";
import type { Entry } from "../reading/entry.ts";
import { lastName, snakeCase } from "../words.ts";
import type { LeftOver, Located } from "./match.ts";

/** What both versions of a file hold. */
export interface FactsOfVersions {
  readonly base: FileFacts;
  readonly head: FileFacts;
}
type Files = ReadonlyMap<string, FactsOfVersions>;

/**
 * A parameter that gave way to a name, `max_tokens=2000` to `max_tokens=LIMIT`, or that a name gave
 * way to: one change, told where the name is set if that is new or gone as well.
 */
export function withNamed(left: LeftOver, files: Files): LeftOver {
  const gone = namedInstead(left.removed, left.added, files, "head");
  const rest = left.added.filter((one) => !gone.taken.has(one));
  const removed = left.removed.filter((one) => !gone.taken.has(one));
  const come = namedInstead(rest, removed, files, "base");
  return {
    removed: removed.filter((one) => !come.taken.has(one)),
    added: rest.filter((one) => !come.taken.has(one)),
    edited: [
      ...left.edited,
      ...gone.pairs.map(([from, to]) => ({ from, to })),
      ...come.pairs.map(([to, from]) => ({ from, to })),
    ],
  };
}

interface Named {
  /** Each literal with what the name stands for. */
  readonly pairs: readonly (readonly [literal: Located, named: Located])[];
  readonly taken: ReadonlySet<Located>;
}

/** Literals of one version in whose place the other has a name that it did not have there before. */
function namedInstead(
  literals: readonly Located[],
  defined: readonly Located[],
  files: Files,
  there: keyof FactsOfVersions,
): Named {
  const here = there === "head" ? "base" : "head";
  const namesOf = namesByPlace();
  const pairs: [Located, Located][] = [];
  const taken = new Set<Located>();
  const told = new Set<string>();
  for (const literal of literals) {
    const { path, fact } = literal;
    const file = fact.kind === "params" ? files.get(path) : undefined;
    if (file === undefined || fact.meaning === UNSET) continue;
    const others = namesOf(file[there]).get(fact.where) ?? [];
    const use = others[namesOf(file[here]).get(fact.where)?.length ?? 0];
    if (use === undefined) continue;
    const name = snakeCase(lastName(use.value.text));
    const own = defined.filter((one) => one.fact.kind === "params" && one.fact.name === name);
    const definition = own.find((one) => one.path === path) ?? own[0];
    const known = definition?.fact.meaning ?? meaningIn(file[there], name);
    const isNew = definition !== undefined && !taken.has(definition);
    taken.add(literal);
    if (isNew) taken.add(definition);
    // The same change of another call, and no change.
    const once = `${path} ${name} ${fact.meaning}`;
    if (told.has(once) || known === fact.meaning) continue;
    told.add(once);
    const named = isNew ? definition : { path, fact: namedFact(fact, use, known) };
    pairs.push([literal, named]);
  }
  return { pairs, taken };
}

/** The names of a version of a file by where they stand, gone through once. */
function namesByPlace(): (facts: FileFacts) => ReadonlyMap<string, readonly Entry[]> {
  const known = new Map<FileFacts, Map<string, Entry[]>>();
  return (facts) => {
    const places = known.get(facts) ?? new Map<string, Entry[]>();
    if (known.has(facts)) return places;
    known.set(facts, places);
    for (const entry of facts.names ?? []) {
      if (entry.value.kind !== "name") continue;
      const where = whereOf(entry);
      const there = places.get(where);
      if (there === undefined) places.set(where, [entry]);
      else there.push(entry);
    }
    return places;
  };
}

/** What a name stands for in its file, if that is one value. */
function meaningIn({ facts, constants = new Set() }: FileFacts, name: string): string | undefined {
  const known = new Set(
    facts.flatMap((one) => (one.kind === "params" && one.name === name ? one.meaning : [])),
  );
  for (const constant of constants) {
    if (constant.startsWith(`${name} `)) known.add(constant.slice(name.length + 1));
  }
  const [only, ...others] = known;
  return others.length === 0 ? only : undefined;
}

/** The literal's fact where the name stands, with the name's value if that is known. */
function namedFact(fact: Fact, { line, endLine, value }: Entry, known: string | undefined): Fact {
  const written = known ?? value.text;
  return { ...fact, line, endLine, value: written, meaning: known ?? `${value.text} as named` };
}
