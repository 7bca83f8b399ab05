import {
  type AttributionBase,
  type AttributionFacts,
  type Chain,
  NO_CHAIN,
  type RuleTags,
} from "./attribution.ts";

export interface SnapshotScope {
  readonly id: number;
  readonly kind: "team" | "project" | "agent";
  readonly key: string;
  readonly parentId: number;
}

/** Patterns in which `*` stands for anything; all that are given must match, case aside. */
export type RulePatterns = Readonly<
  Partial<
    Record<
      | "provider"
      | "model"
      | "key"
      | "account"
      | "native_project"
      | "team"
      | "project"
      | "agent"
      | "workflow"
      | "product"
      | "feature"
      | "environment"
      | "customer",
      string
    >
  >
>;

export interface SnapshotRule {
  readonly when: RulePatterns;
  /** 0 = the rule sets tags only. */
  readonly scopeId: number;
  readonly sets: RuleTags;
}

/** The part of the organisation that attribution reads. */
export interface AttributionSnapshot {
  readonly scopes: Iterable<SnapshotScope>;
  /** Scope id by sha256 or provider id of a key. */
  readonly keys: ReadonlyMap<string, number>;
  /** Scope id by the provider's own project; `account` as usage names it, or any. */
  readonly nativeProjects: Iterable<{
    account: string | undefined;
    project: string;
    scopeId: number;
  }>;
  readonly rules: readonly SnapshotRule[];
  /** Product by scope id of a project, and by workflow. */
  readonly productOfProject: ReadonlyMap<number, string>;
  readonly productOfWorkflow: ReadonlyMap<string, string>;
}

function compile(pattern: string): RegExp {
  const escaped = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${escaped.join(".*")}$`, "is");
}

type Condition = (facts: AttributionFacts) => boolean;

function conditionOf(name: string, pattern: string): Condition {
  const matcher = compile(pattern);
  return (facts) => {
    const value = factOf(facts, name);
    return value !== undefined && matcher.test(value);
  };
}

function factOf(facts: AttributionFacts, name: string): string | undefined {
  switch (name) {
    case "provider":
    case "model":
    case "key":
    case "account":
      return facts[name];
    case "native_project":
      return facts.nativeProject;
    default:
      return facts.tags[name as keyof AttributionFacts["tags"]];
  }
}

/** Looks names up in maps made once per snapshot; scope names match case aside. */
export function attributionBase(snapshot: AttributionSnapshot): AttributionBase {
  const scopes = [...snapshot.scopes];
  const chains = chainsOf(scopes);
  const byName = new Map<string, Chain[]>();
  for (const scope of scopes) {
    const chain = chains.get(scope.id);
    if (chain === undefined) continue;
    const name = `${scope.kind} ${scope.key.toLowerCase()}`;
    byName.set(name, [...(byName.get(name) ?? []), chain]);
  }
  const native = new Map<string, number>();
  for (const { account, project, scopeId } of snapshot.nativeProjects) {
    native.set(`${account ?? ""} ${project}`, scopeId);
  }
  const rules = snapshot.rules.map((rule) => ({
    conditions: Object.entries(rule.when).map(([name, pattern]) =>
      conditionOf(name, pattern ?? ""),
    ),
    chain: chains.get(rule.scopeId) ?? NO_CHAIN,
    tags: rule.sets,
  }));
  const only = (name: string, within: Chain) => {
    const all = byName.get(name) ?? [];
    const inside = all.filter((chain) => isInside(chain, within));
    // A name in several teams says nothing until the team is known; one elsewhere is a contradiction.
    if (inside.length > 0) return inside.length === 1 ? inside[0] : undefined;
    return all[0];
  };
  return {
    keyChain: (key) => chains.get(snapshot.keys.get(key) ?? 0),
    nativeChain: (account, project) =>
      chains.get(native.get(`${account ?? ""} ${project}`) ?? native.get(` ${project}`) ?? 0),
    team: (name) => only(`team ${name.toLowerCase()}`, NO_CHAIN),
    project: (name, within) => only(`project ${name.toLowerCase()}`, within),
    agent: (name, within) => only(`agent ${name.toLowerCase()}`, within),
    rule: (facts) => rules.find((rule) => rule.conditions.every((holds) => holds(facts))),
    productOf: (chain, workflow) =>
      (workflow === undefined ? undefined : snapshot.productOfWorkflow.get(workflow)) ??
      snapshot.productOfProject.get(chain.projectId),
    chainOf: (scopeId) => chains.get(scopeId),
  };
}

function isInside(chain: Chain, within: Chain): boolean {
  return (
    (within.teamId === 0 || within.teamId === chain.teamId) &&
    (within.projectId === 0 || chain.projectId === 0 || within.projectId === chain.projectId)
  );
}

function chainsOf(scopes: readonly SnapshotScope[]): Map<number, Chain> {
  const byId = new Map(scopes.map((scope) => [scope.id, scope]));
  const chains = new Map<number, Chain>();
  for (const scope of scopes) {
    const chain = { teamId: 0, projectId: 0, agentId: 0 };
    for (let at: SnapshotScope | undefined = scope; at !== undefined; at = byId.get(at.parentId)) {
      if (at.kind === "team") chain.teamId = at.id;
      else if (at.kind === "project") chain.projectId = at.id;
      else chain.agentId = at.id;
    }
    chains.set(scope.id, chain);
  }
  return chains;
}
