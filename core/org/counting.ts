import { globTest } from "./glob.ts";
import type { CountedTraffic, CountsFor } from "./inventory-schema.ts";

/** What decides whether an event counts, or is a second sight of what another source counts. */
export interface SeenTraffic {
  readonly source: string;
  readonly provider: string;
  readonly nativeProject: string | undefined;
  readonly key: string | undefined;
}

export interface Counting {
  readonly counts: (seen: SeenTraffic) => boolean;
  /** Which source counts the traffic, as the file names it; undefined where nobody claims it. */
  readonly claimant: (seen: SeenTraffic) => string | undefined;
}

/** A source of the file, and what it counts. */
export interface ListedSource {
  readonly source: string;
  readonly countsFor: CountsFor;
}

interface Claim {
  /** As the file names it: a pattern. */
  readonly name: string;
  readonly source: (text: string) => boolean;
  readonly matches: (seen: SeenTraffic) => boolean;
  /** A key says more than a project, a project more than a provider. */
  readonly weight: number;
}

/**
 * One call counts once (design.md 4.7): of all claims on a piece of traffic the most specific decides,
 * and only its source counts there. A source that the file lists counts nowhere else; one that it
 * does not list counts where nobody claims.
 */
export function countingOf(sources: readonly ListedSource[]): Counting {
  const listed = sources.map(({ source }) => globTest(source));
  const claims = claimsOfAll(sources);
  const claimOn = (seen: SeenTraffic) => claims.find(({ matches }) => matches(seen));
  return {
    counts: (seen) =>
      claimOn(seen)?.source(seen.source) ?? !listed.some((isSource) => isSource(seen.source)),
    claimant: (seen) => claimOn(seen)?.name,
  };
}

function claimsOfAll(sources: readonly ListedSource[]): Claim[] {
  return sources
    .flatMap(({ source, countsFor }) => claimsOf(source, countsFor))
    .sort((a, b) => b.weight - a.weight);
}

function claimsOf(source: string, countsFor: CountsFor): Claim[] {
  if (countsFor === "nothing") return [];
  const isSource = globTest(source);
  if (countsFor === "everything") {
    return [{ name: source, source: isSource, matches: () => true, weight: 0 }];
  }
  return countsFor.map((traffic) => ({
    name: source,
    source: isSource,
    matches: trafficTest(traffic),
    weight: weightOf(traffic),
  }));
}

/** By the fields that are named, then by the length of their patterns; ties go by the file's order. */
function weightOf({ key, project, provider }: CountedTraffic): number {
  const rank = (key === undefined ? 0 : 4) + (project === undefined ? 0 : 2);
  const length = [key, project, provider].join("").replaceAll("*", "").length;
  return (rank + (provider === undefined ? 0 : 1)) * 1_000 + length;
}

function trafficTest(traffic: CountedTraffic): (seen: SeenTraffic) => boolean {
  const optional = (pattern: string | undefined) => {
    if (pattern === undefined) return () => true;
    const test = globTest(pattern);
    return (text: string | undefined) => text !== undefined && test(text);
  };
  const [provider, project, key] = [traffic.provider, traffic.project, traffic.key].map(optional);
  return (seen) =>
    provider?.(seen.provider) === true &&
    project?.(seen.nativeProject) === true &&
    key?.(seen.key) === true;
}
