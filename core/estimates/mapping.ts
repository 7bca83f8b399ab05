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
 * character, a name or a trailing slash for everything below.
 */
export function pathTest(pattern: string): (path: string) => boolean {
  const clean = pattern.replace(/^\.?\//, "").replace(/\/$/, "");
  let source = "";
  for (let at = 0; at < clean.length; at += 1) {
    const char = clean[at] ?? "";
    if (clean.startsWith("**/", at)) {
      source += "(?:[^/]+/)*";
      at += 2;
    } else if (clean.startsWith("**", at)) {
      source += ".*";
      at += 1;
    } else if (char === "*") source += "[^/]*";
    else if (char === "?") source += "[^/]";
    else source += char.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  }
  const test = new RegExp(`^${source}(?:/.*)?$`, "s");
  return (path) => path.length <= 1_000 && test.test(path);
}
