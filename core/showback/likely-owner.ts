import { type AttributionRule, findRule, type ScopeChain } from "../org/attribution-rule.ts";
import type { Directory, Scope } from "../org/directory.ts";

/** What the calls of a disputed line say of themselves, and what they cost. */
export interface LineFacts {
  readonly provider: string;
  readonly model: string;
  readonly key: string | undefined;
  readonly account: string | undefined;
  readonly workflow: string | undefined;
  readonly environment: string | undefined;
  readonly agent: string | undefined;
  readonly cost: bigint;
}

/** Who paid for the same keys before. */
export interface PaidBefore {
  readonly chain: ScopeChain;
  readonly key: string;
  readonly cost: bigint;
}

export interface LikelyOwner {
  readonly scopeId: number;
  /** Why it is likely, as a clause: "a mapping rule gives it such calls". */
  readonly because: string;
}

function deepest({ teamId, projectId, agentId }: ScopeChain): number {
  return agentId || projectId || teamId;
}

function byRules(rules: readonly AttributionRule[], facts: readonly LineFacts[]): LikelyOwner[] {
  return facts.flatMap(({ provider, model, key, account, workflow, environment, agent }) => {
    const rule = findRule(
      rules.filter(({ chain }) => chain !== undefined && chain.teamId !== 0),
      {
        provider,
        model,
        key,
        account,
        nativeProject: undefined,
        tags: { workflow, environment, agent },
      },
    );
    if (rule?.chain === undefined) return [];
    return [{ scopeId: deepest(rule.chain), because: `rule '${rule.key}' gives it such calls` }];
  });
}

function byKeys(directory: Directory, facts: readonly LineFacts[]): LikelyOwner[] {
  return facts.flatMap(({ key }) => {
    const chain = key === undefined ? undefined : directory.keys.get(key);
    if (key === undefined || chain === undefined || chain.teamId === 0) return [];
    return [{ scopeId: deepest(chain), because: `key ${shortKey(key)} is listed as its own` }];
  });
}

function byHistory(before: readonly PaidBefore[]): LikelyOwner[] {
  return [...before]
    .sort((a, b) => (a.cost === b.cost ? 0 : a.cost < b.cost ? 1 : -1))
    .filter(({ chain }) => chain.teamId !== 0)
    .map(({ chain, key }) => ({
      scopeId: deepest(chain),
      because: `it paid for key ${shortKey(key)} in the 90 days before`,
    }));
}

/** A sha256 is a handle, not a name. */
function shortKey(key: string): string {
  return /^[0-9a-f]{40,}$/.test(key) ? key.slice(0, 12) : key;
}

/** Words that tell nothing of whose something is. */
const COMMON = new Set(
  `agent agents bot key keys prod production dev test staging service api app web team ci
  job`.split(/\s+/),
);

function wordsOf(name: string): string[] {
  const words = name.toLowerCase().match(/\p{L}+/gu) ?? [];
  return words.filter((word) => word.length >= 3 && !COMMON.has(word));
}

function isLike(left: string, right: string): boolean {
  if (left === right) return true;
  // "dispute" and "disputes", "rank" and "ranker".
  const [short, long] = left.length < right.length ? [left, right] : [right, left];
  return short.length >= 4 && long.startsWith(short) && long.length - short.length <= 2;
}

function byNames(scopes: Iterable<Scope>, facts: readonly LineFacts[]): LikelyOwner[] {
  const named = facts.flatMap(({ agent, key, workflow, environment }) =>
    [agent, workflow, environment, key].filter((name) => name !== undefined),
  );
  const words = new Set(named.flatMap(wordsOf));
  const scored = [...scopes].flatMap((scope) => {
    const own = [...new Set([...wordsOf(scope.key), ...wordsOf(scope.name)])];
    const shared = own.filter((word) => [...words].some((other) => isLike(word, other)));
    return shared.length === 0 ? [] : [{ scope, shared, share: shared.length / own.length }];
  });
  return scored
    .sort(
      (a, b) => b.share - a.share || b.shared.length - a.shared.length || a.scope.id - b.scope.id,
    )
    .map(({ scope, shared }) => ({
      scopeId: scope.id,
      because: `its name has '${shared[0]}' in it too`,
    }));
}

function teamOf(scopes: Directory["scopes"], scopeId: number): number {
  let scope = scopes.get(scopeId);
  while (scope !== undefined && scope.parentId !== 0) scope = scopes.get(scope.parentId);
  return scope?.id ?? 0;
}

/**
 * Who a disputed line may belong to, the best evidence first: mapping rules, then listed keys, then who
 * paid for the key before, then likeness of names. One scope a team; never the team that disputes it,
 * none that said no, and nothing that is retired.
 */
export function likelyOwners(
  directory: Directory,
  line: { readonly teamId: number; readonly facts: readonly LineFacts[] },
  before: readonly PaidBefore[],
  declined: readonly number[],
): LikelyOwner[] {
  const facts = [...line.facts].sort((a, b) => (a.cost === b.cost ? 0 : a.cost < b.cost ? 1 : -1));
  const living = [...directory.scopes.values()].filter((scope) => scope.retiredOn === undefined);
  const ids = new Set(living.map(({ id }) => id));
  const refused = new Set(declined.map((scopeId) => teamOf(directory.scopes, scopeId)));
  const found = new Map<number, LikelyOwner>();
  for (const owner of [
    ...byRules(directory.rules, facts),
    ...byKeys(directory, facts),
    ...byHistory(before),
    ...byNames(living, facts),
  ]) {
    const team = teamOf(directory.scopes, owner.scopeId);
    const isOpen = ids.has(owner.scopeId) && team !== line.teamId && !refused.has(team);
    if (isOpen && !found.has(team)) found.set(team, owner);
  }
  return [...found.values()];
}
