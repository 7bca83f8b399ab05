import type { ListedRepository } from "../listed-repository-schema.ts";
import { duplicates } from "./check-people.ts";
import type { ScopeCheck } from "./check-scopes.ts";
import type { FileFault } from "./schema-problem.ts";

/** By the repository's name in lower case: GitHub's names do not tell case apart. */
export interface RepositoryRecord {
  readonly nativeId: string | null;
  readonly project: string | null;
  readonly scopes: readonly string[];
}

type Listed = readonly ListedRepository[] | undefined;

export function repositoriesOfFile(repositories: Listed): Map<string, RepositoryRecord> {
  return new Map(
    (repositories ?? []).map(({ repository, id, project, scopes }) => [
      repository.toLowerCase(),
      {
        nativeId: id === undefined ? null : String(id),
        project: project ?? null,
        scopes: [...new Set(scopes)].toSorted(),
      },
    ]),
  );
}

/** Back to an entry of `repositories:`; what is null is left out by whoever writes the file. */
export function entryOfRepository(
  repository: string,
  { nativeId, project, scopes }: RepositoryRecord,
): { repository: string; id: string | null; project: string | null; scopes: readonly string[] } {
  return { repository, id: nativeId, project, scopes };
}

export function checkRepositories(repositories: Listed, check: ScopeCheck): FileFault[] {
  const all = repositories ?? [];
  return [
    ...duplicates(
      all.map(({ repository }, index) => ({
        value: repository.toLowerCase(),
        path: ["repositories", index, "repository"],
      })),
      "repository",
    ),
    ...all.flatMap(({ project, scopes }, index): FileFault[] => {
      const faults = scopes.flatMap((scope, at) =>
        check(scope, ["repositories", index, "scopes", at]),
      );
      if (project === undefined) return faults;
      const path = ["repositories", index, "project"];
      const within = scopes.some((scope) => project === scope || project.startsWith(`${scope}/`));
      if (within) return [...faults, ...check(project, path)];
      const message = `${project} is not among the scopes of this repository`;
      return [...faults, { path, message, help: `Add ${project} to its scopes.` }];
    }),
  ];
}
