import type { Day } from "#core/time.ts";
import { subjectKeyOf, subjectLabel, subjectOfPath } from "./mapping.ts";
import { declaredProfile } from "./profile.ts";
import type { Repository, Subject } from "./repository-schema.ts";
import type { TrafficProfile } from "./schema.ts";
import { snapshotTooOld } from "./snapshot.ts";
import type { Quote, UsageSnapshot } from "./traffic-schema.ts";

/** Everything that traffic can be known from, each as the base of the change has it. */
export interface TrafficSources {
  readonly repository: Repository | undefined;
  /** The server's answer; undefined where it was not asked. */
  readonly quote: Quote | undefined;
  readonly snapshot: UsageSnapshot | undefined;
  readonly today: Day;
}

/** The calls that a path makes, and from where they are known. */
export type PathTraffic =
  | {
      readonly state: "known";
      /** Equal for paths of the same calls. */
      readonly key: string;
      readonly subject: Subject;
      readonly label: string;
      readonly fallback: boolean;
      readonly profiles: readonly TrafficProfile[];
    }
  | { readonly state: "unknown"; readonly reason: string; readonly help: string };

function unknown(reason: string, help: string): PathTraffic {
  return { state: "unknown", reason, help };
}

/**
 * Measured traffic before a snapshot before what was declared; nothing is ever assumed. A path
 * without a mapping takes the figures of the repository's project, and says so.
 */
export function trafficOfPath(sources: TrafficSources, path: string): PathTraffic {
  const { repository, quote } = sources;
  const mapped = repository === undefined ? undefined : subjectOfPath(repository, path);
  if (mapped === undefined) {
    // The server knows the repository's project though its file does not name it.
    const own = quote?.project;
    if (own && own.profiles.length > 0) return known(own.subject, own.profiles, true);
    return unknown(
      `${path} is mapped to no scope`,
      "Map it in aispend.yaml under repository: paths:, or name the project there.",
    );
  }
  const { subject, fallback } = mapped;
  const profiles = profilesOf(sources, subject);
  if (profiles.length > 0) return known(subject, profiles, fallback);
  return unknown(`no traffic is known of ${subjectLabel(subject)}`, helpOf(sources, subject));
}

function known(
  subject: Subject,
  profiles: readonly TrafficProfile[],
  fallback: boolean,
): PathTraffic {
  const label = subjectLabel(subject);
  return { state: "known", key: subjectKeyOf(subject), subject, label, fallback, profiles };
}

function profilesOf(sources: TrafficSources, subject: Subject): readonly TrafficProfile[] {
  const { quote, snapshot, repository, today } = sources;
  const key = subjectKeyOf(subject);
  const all = [...(quote?.subjects ?? []), ...(quote?.project ? [quote.project] : [])];
  const measured = all.find((one) => subjectKeyOf(one.subject) === key);
  if (measured !== undefined && measured.profiles.length > 0) return measured.profiles;
  if (snapshot !== undefined && staleness(sources) === undefined) {
    const kept = snapshot.subjects.find((one) => subjectKeyOf(one.subject) === key);
    if (kept !== undefined && kept.profiles.length > 0) return kept.profiles;
  }
  const declared = (repository?.volumes ?? []).filter((one) => subjectKeyOf(one) === key);
  return declared.map((one) => declaredProfile(one, today));
}

/** Why the snapshot is not used. */
export function staleness({ snapshot, repository, today }: TrafficSources): string | undefined {
  if (snapshot === undefined) return undefined;
  return snapshotTooOld(snapshot, today, repository?.snapshot.max_age_days ?? 90);
}

function helpOf(sources: TrafficSources, subject: Subject): string {
  const refused = sources.quote?.refused.find(
    (one) => subjectKeyOf(one.subject) === subjectKeyOf(subject),
  );
  if (refused !== undefined) return `The server refused it: ${refused.reason}.`;
  if (sources.quote !== undefined) {
    return "The ledger has no call of it in 30 days. Check the name, or declare a volume.";
  }
  return "Connect the server, keep a snapshot (aispend usage snapshot), or declare a volume.";
}
