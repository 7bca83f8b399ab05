import type { Pool } from "pg";
import type { OrgContext } from "#core/ledger/prepare.ts";
import { chainOf, type Directory, loadDirectory } from "#core/org/directory.ts";
import { findIngestToken } from "#core/org/ingest-token.ts";
import type { Clock } from "#core/time.ts";
import type { IngestToken } from "./delivery.ts";

/** Looks tokens up at each request, so that a revoked one is refused from then on. */
export function tokenFinder(
  pool: Pool,
  clock: Clock,
  contextOf: (orgId: number) => Promise<OrgContext>,
): (tokenHash: Buffer) => Promise<IngestToken | undefined> {
  const scopesOf = cachedScopes(pool, contextOf);
  return async (tokenHash) => {
    const found = await findIngestToken(pool, tokenHash, clock());
    if (found === undefined) return undefined;
    const { id, orgId, scopeIds } = found;
    if (scopeIds.length === 0) return { id, orgId, scopes: undefined };
    const scopes = await scopesOf(orgId);
    // A scope that is gone opens nothing; were none left, the token would open nothing at all.
    const present = scopeIds.filter((scopeId) => scopes.has(scopeId));
    return { id, orgId, scopes: present.map((scopeId) => chainOf(scopes, scopeId)) };
  };
}

/** The organisation's scopes, read again when its revision has moved. */
function cachedScopes(pool: Pool, contextOf: (orgId: number) => Promise<OrgContext>) {
  const kept = new Map<number, { revision: bigint; scopes: Directory["scopes"] }>();
  return async (orgId: number): Promise<Directory["scopes"]> => {
    const { revision } = await contextOf(orgId);
    const known = kept.get(orgId);
    if (known?.revision === revision) return known.scopes;
    const directory = await loadDirectory(pool, orgId);
    kept.set(orgId, { revision: directory.revision, scopes: directory.scopes });
    return directory.scopes;
  };
}
