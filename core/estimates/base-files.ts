import {
  REPOSITORY_FILE,
  readRepositoryFile,
  SNAPSHOT_FILE,
  sayRepositoryProblems,
} from "./repository-file.ts";
import type { Repository } from "./repository-schema.ts";
import { readSnapshot } from "./snapshot.ts";
import type { UsageSnapshot } from "./traffic-schema.ts";

/** A file's text on both sides of a change; undefined where it is not there. */
export interface TwoSides {
  readonly base: string | undefined;
  readonly head: string | undefined;
}

export interface BaseFiles {
  readonly repository: Repository | undefined;
  readonly snapshot: UsageSnapshot | undefined;
  /** What a reader must know of both files. */
  readonly notes: readonly string[];
}

/**
 * Policy, mapping, volumes and snapshot as the base has them: a change is never judged by rules that
 * it brings itself, and is told so. What cannot be read is said, and counts for nothing.
 */
export function readBaseFiles(file: TwoSides, usage: TwoSides): BaseFiles {
  const notes: string[] = [];
  const read = file.base === undefined ? undefined : readRepositoryFile(file.base);
  if (read?.state === "refused") {
    notes.push(
      `${REPOSITORY_FILE} of the base cannot be read, so that no policy and no mapping holds:`,
      ...sayRepositoryProblems(read.problems),
    );
  }
  const repository = read?.state === "read" ? read.repository : undefined;
  notes.push(...editNotes(file, repository !== undefined));
  const kept = usage.base === undefined ? undefined : readSnapshot(usage.base);
  if (kept?.state === "refused") notes.push(`${SNAPSHOT_FILE} cannot be read: ${kept.reason}.`);
  if (usage.head !== usage.base && usage.head !== undefined) {
    notes.push(`${SNAPSHOT_FILE} is changed here; the base's is used until this is merged.`);
  }
  return { repository, snapshot: kept?.state === "read" ? kept.snapshot : undefined, notes };
}

function editNotes({ base, head }: TwoSides, hadOne: boolean): string[] {
  if (base === head) return [];
  if (head === undefined) {
    return hadOne ? [`${REPOSITORY_FILE} is removed here; the base's policy still holds.`] : [];
  }
  const next = readRepositoryFile(head);
  if (next.state === "other" && !hadOne) return [];
  const said = hadOne
    ? `${REPOSITORY_FILE} is changed here; the base's policy, mapping and volumes are used.`
    : `${REPOSITORY_FILE} is new here; it holds from when this is merged.`;
  return next.state === "refused" ? [said, ...sayRepositoryProblems(next.problems)] : [said];
}
