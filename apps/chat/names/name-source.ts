import type { DimensionValue } from "#core/ledger/spend.ts";
import type { SpendDimension } from "#core/ledger/spend-query.ts";

export type ScopeKind = "team" | "project" | "agent";
export type ValueDimension = Exclude<SpendDimension, ScopeKind | "person">;

/** A team, project or agent as names find it. */
export interface NamedScope {
  readonly id: number;
  readonly kind: ScopeKind;
  readonly key: string;
  readonly name: string;
  /** Keys from the team down: "payments/disputes/triage". */
  readonly path: string;
  /** Its past is still asked for; a living scope of the same name comes first. */
  readonly retired: boolean;
  /** The shortest end of the path that finds it: that no other living scope of the kind has. */
  readonly shortName: string;
}

/** The scopes with their short names, found in one pass. */
export function nameScopes(scopes: readonly Omit<NamedScope, "shortName">[]): NamedScope[] {
  const tailsOf = (path: string) => {
    const parts = path.split("/");
    return parts.map((_, index) => parts.slice(parts.length - 1 - index).join("/"));
  };
  const counts = new Map<string, number>();
  for (const { kind, path, retired } of scopes) {
    if (retired) continue;
    for (const tail of tailsOf(path)) {
      counts.set(`${kind} ${tail}`, (counts.get(`${kind} ${tail}`) ?? 0) + 1);
    }
  }
  return scopes.map((scope) => ({
    ...scope,
    shortName: scope.retired
      ? scope.path
      : (tailsOf(scope.path).find((tail) => counts.get(`${scope.kind} ${tail}`) === 1) ??
        scope.path),
  }));
}

/** A scope's name in a list: by its short name where its key alone would be two scopes' name. */
export function listedName(scopes: readonly NamedScope[], id: number, key: string): string {
  const scope = scopes.find((one) => one.id === id);
  return scope === undefined || scope.retired ? key : scope.shortName;
}

/** Where names are looked up: scopes are few and at hand, values of dimensions are asked for. */
export interface NameSource {
  readonly scopes: readonly NamedScope[];
  /** Values whose name contains the text, exact ones first. */
  find(dimension: ValueDimension, text: string): Promise<readonly DimensionValue[]>;
  /** Every value, for near names. */
  list(dimension: ValueDimension): Promise<readonly DimensionValue[]>;
  /** Customers are not even searched for whoever may not see them. */
  readonly seesCustomers: boolean;
}
