import { type Directory, pathOf, type Scope } from "./directory.ts";
import { nearNames } from "./near.ts";
import type { ScopeKind } from "./words.ts";

export interface FoundScopes {
  /** One: found. Several: ambiguous. None: see `near`. */
  readonly matches: readonly Scope[];
  /** Paths of what may have been meant, nearest first. */
  readonly near: readonly string[];
}

/**
 * Scopes by name, key or path ("payments", "payments/disputes", "disputes/triage"); case does not
 * matter, and a path may begin at any level. Retired scopes are found only where no living one is.
 */
export function findScopes(
  directory: Directory,
  kind: ScopeKind | undefined,
  nameOrPath: string,
): FoundScopes {
  const steps = nameOrPath
    .split("/")
    .map((step) => step.trim().toLowerCase())
    .filter((step) => step !== "");
  const last = steps.at(-1);
  if (last === undefined) return { matches: [], near: [] };
  const named = (directory.scopesByName.get(last) ?? [])
    // A name may itself hold a slash.
    .concat(directory.scopesByName.get(nameOrPath.trim().toLowerCase()) ?? [])
    .filter((scope) => kind === undefined || scope.kind === kind);
  const matches = preferred(
    [...new Set(named)].filter((scope) => isNamed(directory, scope, steps, nameOrPath)),
  );
  if (matches.length > 0) return { matches, near: [] };
  return { matches: [], near: nearPaths(directory, kind, nameOrPath) };
}

function preferred(scopes: readonly Scope[]): readonly Scope[] {
  const living = scopes.filter(({ retiredOn }) => retiredOn === undefined);
  return living.length > 0 ? living : scopes;
}

function isNamed(
  directory: Directory,
  scope: Scope,
  steps: readonly string[],
  whole: string,
): boolean {
  if (answersTo(scope, whole.trim().toLowerCase())) return true;
  let at: Scope | undefined = scope;
  for (const step of [...steps].reverse()) {
    if (at === undefined || !answersTo(at, step)) return false;
    at = directory.scopes.get(at.parentId);
  }
  return true;
}

function answersTo(scope: Scope, name: string): boolean {
  return scope.key.toLowerCase() === name || scope.name.toLowerCase() === name;
}

function nearPaths(
  directory: Directory,
  kind: ScopeKind | undefined,
  wanted: string,
): readonly string[] {
  const candidates = new Map<string, string>();
  for (const scope of directory.scopes.values()) {
    if (scope.retiredOn !== undefined || (kind !== undefined && scope.kind !== kind)) continue;
    const path = pathOf(directory.scopes, scope.id);
    for (const name of [path, scope.key, scope.name]) {
      if (!candidates.has(name)) candidates.set(name, path);
    }
  }
  const paths = nearNames(wanted, candidates.keys()).map((name) => candidates.get(name) ?? name);
  return [...new Set(paths)];
}
