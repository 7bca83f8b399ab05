import type { OrgView } from "./org-view.ts";

/** The scope and everything inside it; undefined for the organisation, which is everything. */
export function scopesBelow(org: Pick<OrgView, "scopes">, scopeId: number): number[] | undefined {
  if (scopeId === 0) return undefined;
  const path = org.scopes.find(({ id }) => id === scopeId)?.path ?? "";
  return org.scopes
    .filter((scope) => scope.id === scopeId || scope.path.startsWith(`${path}/`))
    .map(({ id }) => id);
}
