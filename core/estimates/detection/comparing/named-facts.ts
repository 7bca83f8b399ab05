import { group } from "d3-array";
import { type Fact, type FileFacts, placeOf, whereOf } from "../fact.ts";
import { lastName, snakeCase } from "../words.ts";

/**
 * A value that the other version has under the name of a constant with the same value, or with one
 * that is told to have taken its place; and what defines that constant.
 */
export function namedFacts(
  facts: readonly Fact[],
  { facts: there, names = [], constants }: FileFacts,
  replaced: readonly (readonly [here: Fact | undefined, there: Fact | undefined])[],
): ReadonlySet<Fact> {
  if (names.length === 0 || facts.length === 0) return new Set();
  const places = new Map(names.map((entry) => [whereOf(entry), entry.value.text]));
  const defined = group(there, ({ kind, name, meaning }) => `${kind} ${name} ${meaning}`);
  const instead = new Set(
    replaced.map(([here, other]) => `${here?.kind} ${other?.name} ${here?.meaning}`),
  );
  const named = facts.flatMap((fact) => {
    const { kind, where, meaning } = fact;
    const name = lastName(places.get(where) ?? "");
    if (name === "") return [];
    const snake = snakeCase(name);
    if (kind === "params" && constants?.has(`${snake} ${meaning}`) === true) return [fact];
    if (/^[A-Z][A-Z\d_]*$/.test(name) && instead.has(`${kind} ${snake} ${meaning}`)) return [fact];
    const found = defined.get(`${kind} ${snake} ${meaning}`) ?? [];
    // What is written small is known where it stands: `model` of another function is another.
    const seen = found.filter((one) => /[A-Z]/.test(name) || where.startsWith(placeOf(one.where)));
    return seen.length === 0 ? [] : [fact, ...seen];
  });
  return new Set(named);
}
