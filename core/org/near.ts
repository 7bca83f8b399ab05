import { distance } from "fastest-levenshtein";

const MAX_SHOWN = 3;

/** Names that a mistyped one may have meant, nearest first; none that is far off. */
export function nearNames(name: string, candidates: Iterable<string>): string[] {
  const wanted = name.toLowerCase();
  const limit = wanted.length <= 3 ? 1 : Math.max(2, Math.floor(wanted.length * 0.35));
  return [...new Set(candidates)]
    .map((candidate) => {
      const text = candidate.toLowerCase();
      const begun = wanted.length >= 3 && text.startsWith(wanted);
      return { candidate, far: begun ? 1 : distance(wanted, text) };
    })
    .filter(({ far }) => far <= limit)
    .sort((a, b) => a.far - b.far || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, MAX_SHOWN)
    .map(({ candidate }) => candidate);
}

/** "Did you mean payments, payouts or payroll?", or nothing. */
export function didYouMean(name: string, candidates: Iterable<string>): string | undefined {
  const near = nearNames(name, candidates);
  const last = near.pop();
  if (last === undefined) return undefined;
  return `Did you mean ${near.length === 0 ? last : `${near.join(", ")} or ${last}`}?`;
}
