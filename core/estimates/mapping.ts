import type { Repository, Subject } from "./repository-schema.ts";

/** Whose calls a path makes. `fallback`: no mapping fits, and the repository's project stands in. */
export interface MappedSubject {
  readonly subject: Subject;
  readonly fallback: boolean;
}

type Mapped = Pick<Repository, "paths" | "project">;

/** The first mapping of the file that fits decides; undefined without one and without a project. */
export function subjectOfPath(repository: Mapped, path: string): MappedSubject | undefined {
  for (const { path: pattern, ...subject } of repository.paths) {
    if (pathTest(pattern)(path)) return { subject, fallback: false };
  }
  if (repository.project === undefined) return undefined;
  return { subject: { scope: repository.project }, fallback: true };
}

/** Every subject that the file names, once each. */
export function subjectsOf(repository: Mapped & Pick<Repository, "volumes">): Subject[] {
  const subjects = new Map<string, Subject>();
  const add = ({ scope, workflow, feature, prompt }: Subject): void => {
    const subject: Subject = {
      ...(scope === undefined ? {} : { scope }),
      ...(workflow === undefined ? {} : { workflow }),
      ...(feature === undefined ? {} : { feature }),
      ...(prompt === undefined ? {} : { prompt }),
    };
    subjects.set(subjectKeyOf(subject), subject);
  };
  for (const mapping of repository.paths) add(mapping);
  for (const volume of repository.volumes) add(volume);
  if (repository.project !== undefined) add({ scope: repository.project });
  return [...subjects.values()];
}

/** Equal for the same calls. */
export function subjectKeyOf({ scope, workflow, feature, prompt }: Subject): string {
  return JSON.stringify([scope ?? null, workflow ?? null, feature ?? null, prompt ?? null]);
}

const KINDS = ["team", "project", "agent"] as const;

/** "workflow refunds of project payments/disputes". */
export function subjectLabel({ scope, workflow, feature, prompt }: Subject): string {
  const parts = [
    workflow === undefined ? undefined : `workflow ${workflow}`,
    feature === undefined ? undefined : `feature ${feature}`,
    prompt === undefined ? undefined : `prompt ${prompt}`,
  ].filter((part) => part !== undefined);
  if (scope === undefined) return parts.join(", ");
  const place = `${KINDS[scope.split("/").length - 1] ?? "scope"} ${scope}`;
  return parts.length === 0 ? place : `${parts.join(", ")} of ${place}`;
}

/**
 * As in a .gitignore, but from the root only: `*` within a folder, `**` through folders, `?` one
 * character, a name or a trailing slash for everything below. Not a regular expression: patterns and
 * paths come from a repository, and this cannot backtrack.
 */
export function pathTest(pattern: string): (path: string) => boolean {
  const wanted = pattern
    .replace(/^\.?\//, "")
    .replace(/\/$/, "")
    .split("/");
  return (path) => {
    if (path.length > 1_000) return false;
    // Which beginnings of the pattern fit the folders so far; all of it fits what is below, too.
    let fits = opened(wanted, new Set([0]));
    for (const folder of path.split("/")) {
      const next = new Set<number>();
      for (const at of fits) {
        const part = wanted[at];
        if (part === undefined || part === "**") next.add(at);
        else if (nameTest(part, folder)) next.add(at + 1);
      }
      fits = opened(wanted, next);
    }
    return fits.has(wanted.length);
  };
}

/** `**` also stands for no folder at all. */
function opened(wanted: readonly string[], fits: ReadonlySet<number>): Set<number> {
  const all = new Set(fits);
  for (const at of all) if (wanted[at] === "**") all.add(at + 1);
  return all;
}

/** One name against one part of a pattern. The last star that was met is the only one to go back to. */
function nameTest(part: string, name: string): boolean {
  let at = 0;
  let star = -1;
  let resumed = 0;
  for (let index = 0; index < name.length; ) {
    if (part[at] === "*") {
      star = at;
      resumed = index;
      at += 1;
    } else if (at < part.length && (part[at] === "?" || part[at] === name[index])) {
      at += 1;
      index += 1;
    } else if (star >= 0) {
      resumed += 1;
      index = resumed;
      at = star + 1;
    } else return false;
  }
  return /^\**$/.test(part.slice(at));
}
