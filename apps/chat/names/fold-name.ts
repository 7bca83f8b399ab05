import { distance } from "fastest-levenshtein";

/** A name without what people type differently: case and the separators between its words. */
export function foldName(name: string): string {
  return name
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s_\-./:]+/g, " ")
    .trim();
}

const NEAR_AT_MOST = 3;
const COMPARED_LENGTH = 64;

/** How far a name is from what was typed; undefined when too far to be meant. */
function farness(typed: string, name: string): number | undefined {
  if (typed.length >= 3 && (` ${name} `.includes(` ${typed} `) || name.startsWith(typed)))
    return 0.5;
  if (name.length >= 3 && ` ${typed} `.includes(` ${name} `)) return 0.75;
  const letters = distance(typed.slice(0, COMPARED_LENGTH), name.slice(0, COMPARED_LENGTH));
  const allowed = typed.length <= 4 ? 1 : typed.length <= 8 ? 2 : 3;
  return letters <= allowed ? letters : undefined;
}

/** Which of the candidates could have been meant, nearest first; at most three. */
export function nearNames<T>(
  typed: string,
  candidates: readonly T[],
  nameOf: (candidate: T) => readonly string[],
): T[] {
  const wanted = foldName(typed);
  const near: { candidate: T; far: number }[] = [];
  for (const candidate of candidates) {
    const all = nameOf(candidate).map((name) => farness(wanted, foldName(name)) ?? Infinity);
    const far = Math.min(...all);
    if (far !== Infinity) near.push({ candidate, far });
  }
  return near
    .sort((a, b) => a.far - b.far)
    .slice(0, NEAR_AT_MOST)
    .map(({ candidate }) => candidate);
}
