import { chainOf, type Directory, NO_CHAIN, pathOf } from "#core/org/directory.ts";
import type { Subject } from "./repository-schema.ts";

/** A repository as the organisation lists it. */
export interface RepositoryAccess {
  readonly orgId: number;
  readonly name: string;
  /** GitHub's own number, where the organisation wrote it down. */
  readonly nativeId: string | undefined;
  readonly projectId: number | undefined;
  /** What it may ask for: these scopes and all below them. */
  readonly scopeIds: readonly number[];
}

/** Calls of one subject: all conditions hold, `scopeIds` is any of them. */
export interface SubjectFilter {
  readonly scopeIds: readonly number[];
  readonly workflow: string | undefined;
  readonly feature: string | undefined;
  readonly prompt: string | undefined;
}

export type ResolvedSubject =
  | { readonly state: "resolved"; readonly filter: SubjectFilter }
  | { readonly state: "refused"; readonly reason: string };

/**
 * A subject within what a repository may ask for. A scope that is another's and one that does not
 * exist are refused alike: the answer tells nothing about the rest of the organisation.
 */
export function resolveSubject(
  directory: Directory,
  access: RepositoryAccess,
  { scope, workflow, feature, prompt }: Subject,
): ResolvedSubject {
  const allowed = access.scopeIds.filter((id) => isLiving(directory, id));
  if (scope === undefined) {
    return { state: "resolved", filter: { scopeIds: allowed, workflow, feature, prompt } };
  }
  const found = [...directory.scopes.values()].find(
    ({ id, retiredOn }) => retiredOn === undefined && pathOf(directory.scopes, id) === scope,
  );
  if (found === undefined || !isWithin(directory, found.id, allowed)) {
    const reason = `${scope} is not among the scopes of this repository`;
    return { state: "refused", reason };
  }
  return { state: "resolved", filter: { scopeIds: [found.id], workflow, feature, prompt } };
}

function isLiving({ scopes }: Directory, id: number): boolean {
  const scope = scopes.get(id);
  return scope !== undefined && scope.retiredOn === undefined;
}

function isWithin(directory: Directory, id: number, allowed: readonly number[]): boolean {
  const { teamId, projectId, agentId } = chainOf(directory.scopes, id);
  return [teamId, projectId, agentId].some((one) => one !== 0 && allowed.includes(one));
}

/** Ids of a filter's scopes by the column that holds them. */
export function scopeColumns(
  { scopes }: Directory,
  ids: readonly number[],
): { teamIds: number[]; projectIds: number[]; agentIds: number[] } {
  const of = (kind: "team" | "project" | "agent"): number[] =>
    ids.filter((id) => scopes.get(id)?.kind === kind);
  return { teamIds: of("team"), projectIds: of("project"), agentIds: of("agent") };
}

/** The team and the project above a scope, and itself: whose budgets a change moves. */
export function budgetScopes({ scopes }: Directory, ids: readonly number[]): number[] {
  const all = ids.flatMap((id) => {
    const { teamId, projectId, agentId } = scopes.has(id) ? chainOf(scopes, id) : NO_CHAIN;
    return [teamId, projectId, agentId];
  });
  return [...new Set(all)].filter((id) => id !== 0);
}
