import type { Db } from "#core/db/db.ts";
import type { Directory } from "#core/org/directory.ts";
import { addDays, localDay } from "#core/time.ts";
import { type RepositoryAccess, resolveSubject } from "./access.ts";
import { measureSubject } from "./measure.ts";
import { profileDays } from "./profile.ts";
import type { Subject } from "./repository-schema.ts";
import { makeSnapshot } from "./snapshot.ts";
import type { SubjectTraffic, UsageSnapshot } from "./traffic-schema.ts";
import { listTrafficModels } from "./traffic-store.ts";

/** Whoever has the database may read every team's traffic. */
function operatorAccess({ orgId, scopes }: Directory): RepositoryAccess {
  const teams = [...scopes.values()].filter(
    ({ kind, retiredOn }) => kind === "team" && retiredOn === undefined,
  );
  const scopeIds = teams.map(({ id }) => id);
  return { orgId, name: "", nativeId: undefined, projectId: undefined, scopeIds };
}

/** The traffic of a repository's subjects, to be kept beside its code. */
export async function takeSnapshot(
  db: Db,
  directory: Directory,
  subjects: readonly Subject[],
  now: Date,
): Promise<{ snapshot: UsageSnapshot; refused: string[]; silent: Subject[] }> {
  const access = operatorAccess(directory);
  const refused: string[] = [];
  const measured: SubjectTraffic[] = [];
  for (const subject of subjects) {
    const found = resolveSubject(directory, access, subject);
    if (found.state === "refused") refused.push(`there is no scope ${subject.scope}`);
    else {
      const { filter } = found;
      measured.push(await measureSubject(db, directory, { subject, filter, now }));
    }
  }
  const silent = measured.filter(({ profiles }) => profiles.length === 0);
  return {
    snapshot: makeSnapshot(measured, localDay(now, directory.timeZone)),
    refused,
    silent: silent.map(({ subject }) => subject),
  };
}

/** Who used which model in the last 30 days: what mappings are proposed from. */
export function findUsedModels(
  db: Db,
  { orgId, timeZone }: Directory,
  now: Date,
): ReturnType<typeof listTrafficModels> {
  const { first, last } = profileDays(localDay(now, timeZone));
  return listTrafficModels(db, { orgId, from: first, until: addDays(last, 1) });
}
