import type { Pool } from "pg";
import type { KeyGrant } from "#core/enforcement/holds.ts";
import type { StoredUpstream } from "#core/enforcement/schema.ts";
import { gatewayFingerprint, listUpstreams, upstreamSubject } from "#core/enforcement/upstreams.ts";
import { findKeyByHash, listLiveBlocks } from "#core/keys/lookup.ts";
import type { TrafficBlock } from "#core/keys/schema.ts";
import { loadContext } from "#core/ledger/context.ts";
import { type Directory, loadDirectory } from "#core/org/directory.ts";
import type { SecretBox } from "#core/org/secret-box.ts";
import type { PriceBook } from "#core/pricing/price-book.ts";
import type { Clock } from "#core/time.ts";
import { grantOf } from "./grant.ts";
import { type Upstream, upstreamOf } from "./upstream.ts";

/** What a gateway keeps in memory, so that a request asks nobody: keys, blocks, providers, prices. */
export interface Knowledge {
  findGrant(hash: string): KeyGrant | undefined | Promise<KeyGrant | undefined>;
  findUpstream(orgId: number, name: string): Upstream | undefined | Promise<Upstream | undefined>;
  priceBookOf(orgId: number): PriceBook | Promise<PriceBook>;
  /** Reads anew what has changed; returns the organisations in which something did. */
  refresh(): Promise<number[]>;
}

export interface KnowledgeDeps {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly box: Pick<SecretBox, "open">;
  readonly onFault: (fault: string, error?: unknown) => void;
}

interface Org {
  readonly fingerprint: string;
  readonly directory: Directory;
  readonly blocks: readonly TrafficBlock[];
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly priceBook: PriceBook;
}

/** Of a hash that was looked up; without a grant it is nobody's. */
interface Known {
  readonly grant: KeyGrant | undefined;
  readonly readMs: number;
}

/** The end of a rotation's overlap is no change that anybody announces. */
const KEY_AGE_MS = 30_000;
const UNKNOWN_AGE_MS = 2_000;
const MOST_UNKNOWN = 10_000;

export function createKnowledge(deps: KnowledgeDeps): Knowledge {
  const { pool, clock } = deps;
  const orgs = new Map<number, Promise<Org>>();
  const settled = new Map<number, Org>();
  const keys = createKeyMemory();

  const load = (orgId: number): Promise<Org> => {
    const known = orgs.get(orgId);
    if (known !== undefined) return known;
    const loading = loadOrg(deps, orgId);
    orgs.set(orgId, loading);
    loading.then(
      (org) => settled.set(orgId, org),
      () => orgs.delete(orgId),
    );
    return loading;
  };
  const readGrant = async (hash: string): Promise<KeyGrant | undefined> => {
    const key = await findKeyByHash(pool, Buffer.from(hash, "hex"), clock());
    const org = key === undefined ? undefined : await load(key.orgId);
    const grant = key && org && grantOf(key, org.directory, org.blocks);
    keys.set(hash, grant);
    return grant;
  };
  return {
    findGrant(hash) {
      // One look-up, and where that is no answer one read, for every key alike.
      const known = keys.get(hash);
      if (known === undefined) return readGrant(hash);
      const { grant, readMs } = known;
      const ageMs = performance.now() - readMs;
      if (ageMs < (grant === undefined ? UNKNOWN_AGE_MS : KEY_AGE_MS)) return grant;
      // Without the database the last word stands: what may be spent is bounded by the leases.
      return grant === undefined ? readGrant(hash) : readGrant(hash).catch(() => grant);
    },
    findUpstream: (orgId, name) => {
      const org = settled.get(orgId);
      return org === undefined
        ? load(orgId).then(({ upstreams }) => upstreams.get(name))
        : org.upstreams.get(name);
    },
    priceBookOf: (orgId) =>
      settled.get(orgId)?.priceBook ?? load(orgId).then(({ priceBook }) => priceBook),
    async refresh() {
      const changed: number[] = [];
      for (const [orgId, { fingerprint }] of settled) {
        if ((await gatewayFingerprint(pool, orgId)) === fingerprint) continue;
        const org = await loadOrg(deps, orgId);
        orgs.set(orgId, Promise.resolve(org));
        settled.set(orgId, org);
        changed.push(orgId);
      }
      if (changed.length === 0) return changed;
      keys.forgetUnknown();
      for (const hash of keys.hashesOf(changed)) await readGrant(hash);
      return changed;
    },
  };
}

/** What was looked up, with a limit on what strangers can put into it. */
function createKeyMemory() {
  const keys = new Map<string, Known>();
  let unknown = 0;
  const forgetUnknown = (): void => {
    for (const [hash, { grant }] of keys) if (grant === undefined) keys.delete(hash);
    unknown = 0;
  };
  return {
    forgetUnknown,
    get: (hash: string) => keys.get(hash),
    set(hash: string, grant: KeyGrant | undefined): void {
      if (grant === undefined && unknown >= MOST_UNKNOWN) forgetUnknown();
      if (grant === undefined) unknown += 1;
      keys.set(hash, { grant, readMs: performance.now() });
    },
    hashesOf: (orgIds: readonly number[]): string[] =>
      [...keys].flatMap(([hash, { grant }]) =>
        grant !== undefined && orgIds.includes(grant.orgId) ? [hash] : [],
      ),
  };
}

async function loadOrg(deps: KnowledgeDeps, orgId: number): Promise<Org> {
  const { pool, clock } = deps;
  // First: what changes while the rest is read is read again the next time.
  const fingerprint = await gatewayFingerprint(pool, orgId);
  const { priceBook } = await loadContext(pool, orgId, clock());
  const stored = await listUpstreams(pool, orgId);
  return {
    fingerprint,
    directory: await loadDirectory(pool, orgId),
    blocks: await listLiveBlocks(pool, orgId),
    upstreams: new Map(stored.flatMap((one) => openUpstream(deps, orgId, one))),
    priceBook,
  };
}

function openUpstream(
  { box, onFault }: KnowledgeDeps,
  orgId: number,
  stored: StoredUpstream,
): [string, Upstream][] {
  const { name, sealedSecret, ...settings } = stored;
  try {
    const secret =
      sealedSecret === null ? undefined : box.open(sealedSecret, upstreamSubject(orgId, name));
    return [[name, upstreamOf({ ...settings, name, secret })]];
  } catch (error) {
    onFault(`the provider '${name}' cannot be used`, error);
    return [];
  }
}
