import type { Blocked, ChainSubject, KeyGrant } from "#core/enforcement/holds.ts";
import { keyStateSaid } from "#core/keys/key-state.ts";
import { OWN_GATEWAY, type TrafficBlock, type VirtualKey } from "#core/keys/schema.ts";
import type { Directory, Scope } from "#core/org/directory.ts";

/** From the scope of a key up to its team; empty for the organisation itself. */
function scopesOf(directory: Directory, scopeId: number): Scope[] {
  const found: Scope[] = [];
  let scope = directory.scopes.get(scopeId);
  while (scope !== undefined) {
    found.unshift(scope);
    scope = directory.scopes.get(scope.parentId);
  }
  return found;
}

function blockedOf(
  key: VirtualKey,
  scopes: readonly Scope[],
  blocks: readonly TrafficBlock[],
): Blocked | undefined {
  if (key.state !== "active") return { why: keyStateSaid(key.state), cutStreams: false };
  const ids = new Set([0, ...scopes.map(({ id }) => id)]);
  const hits = blocks.filter(({ targetKind, targetId }) =>
    targetKind === "key" ? targetId === key.id : ids.has(targetId),
  );
  const [block] = hits;
  if (block === undefined) return undefined;
  return { why: `blocked: ${block.reason}`, cutStreams: hits.some((one) => one.cutStreams) };
}

/** What a key may do now, and who pays. Undefined: another gateway's key. */
export function grantOf(
  key: VirtualKey,
  directory: Directory,
  blocks: readonly TrafficBlock[],
): KeyGrant | undefined {
  if (key.gateway !== OWN_GATEWAY) return undefined;
  const scopes = scopesOf(directory, key.scopeId);
  const chain: ChainSubject[] = [
    { kind: "scope", id: 0 },
    ...scopes.map(({ id }): ChainSubject => ({ kind: "scope", id })),
    { kind: "key", id: key.dimensionId },
  ];
  const names = Object.fromEntries(scopes.map(({ kind, key: name }) => [kind, name]));
  return {
    orgId: key.orgId,
    keyId: key.id,
    name: key.name,
    ledgerKey: key.ledgerKey,
    chain,
    tags: { ...names, ...(key.environment === undefined ? {} : { environment: key.environment }) },
    models: key.models,
    allowUnbounded: key.allowUnbounded,
    requestsPerMinute: key.requestsPerMinute,
    expiresAt: key.expiresAt,
    blocked: blockedOf(key, scopes, blocks),
  };
}
