import type { Fact } from "../fact.ts";

/** Lines above and below that tell equal lines apart. */
const AROUND = 5;
const MAX_LEFT = 100;
const MAX_SAME = 100;

/**
 * Of a value that stands several times in one version of a file, the one that the other version
 * does not have: values are matched by what they say, and any of them may be left over.
 */
export function inTheirPlaces(
  left: readonly Fact[],
  all: readonly Fact[],
  here: string,
  there: string,
): readonly Fact[] {
  if (left.length === 0 || left.length > MAX_LEFT) return left;
  if (here === "" || there === "") return left;
  const same = new Map<string, Fact[]>();
  for (const fact of left) same.set(keyOf(fact), []);
  for (const fact of all) {
    const known = same.get(keyOf(fact));
    if (known !== undefined && known.length < MAX_SAME) known.push(fact);
  }
  const repeated = [...same].filter(([, facts]) => facts.length > 1);
  if (repeated.length === 0) return left;
  const [lines, others] = [here.split("\n"), there.split("\n")];
  const chosen = new Map<string, Fact[]>();
  for (const [key, facts] of repeated) chosen.set(key, newest(facts, lines, others));
  return left.map((fact) => chosen.get(keyOf(fact))?.shift() ?? fact);
}

const keyOf = ({ kind, role, where, meaning }: Fact): string =>
  `${kind} ${role} ${where} ${meaning}`;

/** Those first around which least of the other version stands. */
function newest(facts: readonly Fact[], here: readonly string[], there: readonly string[]): Fact[] {
  const text = here[(facts[0]?.line ?? 1) - 1]?.trim();
  const places: number[] = [];
  for (let at = 0; at < there.length && places.length < MAX_SAME; at += 1) {
    if (there[at]?.trim() === text) places.push(at);
  }
  const known = (fact: Fact): number =>
    Math.max(0, ...places.map((at) => alike(here, fact.line - 1, there, at)));
  return facts
    .map((fact) => ({ fact, known: known(fact) }))
    .sort((a, b) => a.known - b.known)
    .map(({ fact }) => fact);
}

/** How many lines above and below are equal before the first that is not. */
function alike(
  here: readonly string[],
  from: number,
  there: readonly string[],
  to: number,
): number {
  let equal = 0;
  for (const step of [-1, 1]) {
    let far = 1;
    while (far <= AROUND && here[from + step * far] === there[to + step * far]) far += 1;
    equal += far - 1;
  }
  return equal;
}
