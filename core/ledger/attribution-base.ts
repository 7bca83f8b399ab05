import { findRule } from "#core/org/attribution-rule.ts";
import { chainOf, type Directory, type Scope } from "#core/org/directory.ts";
import { type AttributionBase, type Chain, NO_CHAIN } from "./attribution.ts";

/** The part of the organisation that attribution reads. */
export type AttributionSnapshot = Pick<
  Directory,
  | "scopes"
  | "scopesByName"
  | "keys"
  | "nativeProjects"
  | "rules"
  | "productOfProject"
  | "productOfWorkflow"
>;

/** Looks things up in a snapshot of the organisation; chains are made once, per call only read. */
export function attributionBase(directory: AttributionSnapshot): AttributionBase {
  const { scopes, scopesByName, keys, nativeProjects, rules } = directory;
  const chains = new Map([...scopes.keys()].map((id) => [id, chainOf(scopes, id)]));
  const only = (kind: Scope["kind"], name: string, within: Chain) => {
    const named = (scopesByName.get(name.toLowerCase()) ?? []).filter(
      (scope) => scope.kind === kind,
    );
    const inside = preferLiving(
      named.filter(({ id }) => isInside(chains.get(id) ?? NO_CHAIN, within)),
    );
    // A name in several teams says nothing until the team is known; one elsewhere contradicts.
    const [scope] = inside.length > 0 ? inside : named;
    return scope === undefined || inside.length > 1 ? undefined : chains.get(scope.id);
  };
  return {
    keyChain: (key) => keys.get(key),
    nativeChain: (account, project) =>
      (account === undefined ? undefined : nativeProjects.get(`${account}/${project}`)) ??
      nativeProjects.get(project),
    team: (name) => only("team", name, NO_CHAIN),
    project: (name, within) => only("project", name, within),
    agent: (name, within) => only("agent", name, within),
    rule: (facts) => {
      const rule = findRule(rules, facts);
      return rule === undefined ? undefined : { chain: rule.chain ?? NO_CHAIN, tags: rule.sets };
    },
    productOf: (chain, workflow) =>
      (workflow === undefined ? undefined : directory.productOfWorkflow.get(workflow)) ??
      directory.productOfProject.get(chain.projectId),
  };
}

/** Late usage of a retired scope still finds it, unless a living one has taken its name. */
function preferLiving(scopes: readonly Scope[]): readonly Scope[] {
  const living = scopes.filter(({ retiredOn }) => retiredOn === undefined);
  return living.length > 0 ? living : scopes;
}

function isInside(chain: Chain, within: Chain): boolean {
  return (
    (within.teamId === 0 || within.teamId === chain.teamId) &&
    (within.projectId === 0 || chain.projectId === 0 || within.projectId === chain.projectId)
  );
}
