import { AispendError } from "#core/errors.ts";
import { type Directory, pathOf, type Scope } from "#core/org/directory.ts";
import { findScopes } from "#core/org/find-scopes.ts";

/** One scope by name or path. Throws `scope_not_found` or `scope_ambiguous`. */
export function scopeOf(org: Directory, name: string): Scope {
  const { matches, near } = findScopes(org, undefined, name);
  const [found] = matches;
  if (found !== undefined && matches.length === 1) return found;
  if (found === undefined) {
    throw new AispendError("scope_not_found", `there is no scope '${name}' in ${org.key}`, {
      kind: "not_found",
      help:
        near.length === 0 ? "Write team, team/project or team/project/agent." : didYouMean(near),
    });
  }
  const paths = matches.map((scope) => pathOf(org.scopes, scope.id));
  throw new AispendError("scope_ambiguous", `'${name}' is the name of several scopes`, {
    help: `Write one of: ${paths.join(", ")}.`,
  });
}

function didYouMean(near: readonly string[]): string {
  return `Did you mean ${near.join(" or ")}?`;
}
