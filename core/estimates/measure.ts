import type { Db } from "#core/db/db.ts";
import type { Directory } from "#core/org/directory.ts";
import { addDays, type Day, localDay } from "#core/time.ts";
import { type SubjectFilter, scopeColumns } from "./access.ts";
import { subjectLabel } from "./mapping.ts";
import { averageTokens, consistentTokens, profileDays } from "./profile.ts";
import type { Subject } from "./repository-schema.ts";
import type { TrafficProfile } from "./schema.ts";
import type { SubjectTraffic } from "./traffic-schema.ts";
import { listTraffic, type TrafficRow } from "./traffic-store.ts";

/** The traffic of a subject in the 30 complete days before today, by model. */
export async function measureSubject(
  db: Db,
  directory: Directory,
  args: { subject: Subject; filter: SubjectFilter; now: Date },
): Promise<SubjectTraffic> {
  const { subject, filter } = args;
  const { first, last } = profileDays(localDay(args.now, directory.timeZone));
  const rows = await listTraffic(db, {
    orgId: directory.orgId,
    filter,
    columns: scopeColumns(directory, filter.scopeIds),
    from: first,
    until: addDays(last, 1),
  });
  const label = subjectLabel(subject);
  return { subject, profiles: rows.map((row) => profileOf(row, { label, first, last })) };
}

function profileOf(
  { provider, model, calls, total, median, p90 }: TrafficRow,
  { label, first, last }: { label: string; first: Day; last: Day },
): TrafficProfile {
  const average = averageTokens(total, calls);
  return {
    source: "measured",
    label,
    from: first,
    until: last,
    provider,
    model,
    calls,
    median: median === undefined ? average : consistentTokens(median),
    p90: p90 === undefined ? average : consistentTokens(p90),
    total: consistentTokens(total),
    distribution: median === undefined ? "average" : "calls",
  };
}
