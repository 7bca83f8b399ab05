import type { Pool } from "pg";
import type { AuditRecord } from "../audit/entry.ts";
import { record } from "../audit/service.ts";
import type { Db } from "../db/db.ts";
import { transaction } from "../db/transaction.ts";
import { AispendError } from "../errors.ts";
import { notifyGateways } from "../keys/announce.ts";
import type { StoredUpstream } from "./schema.ts";
import * as store from "./upstream-store.ts";

/** What a provider's key is sealed for: it opens for nothing else. */
export function upstreamSubject(orgId: number, name: string): string {
  return `gateway_upstream:${orgId}:${name}`;
}

export function listUpstreams(db: Db, orgId: number): Promise<StoredUpstream[]> {
  return store.selectUpstreams(db, orgId);
}

/** Changes when a key, a block, a cap, a raise, a provider or the organisation does. */
export function gatewayFingerprint(db: Db, orgId: number): Promise<string> {
  return store.selectFingerprint(db, orgId);
}

type Actor = Pick<AuditRecord, "actor" | "actorAccount" | "surface">;

/** Adds a provider, or changes it. The secret is sealed already; the audit log never sees it. */
export function putUpstream(
  pool: Pool,
  args: { orgId: number; upstream: StoredUpstream; by: Actor; now: Date },
): Promise<void> {
  const { orgId, upstream, by, now } = args;
  const { sealedSecret: _sealed, ...shown } = upstream;
  return transaction(pool, async (tx) => {
    await store.saveUpstream(tx, orgId, upstream, now);
    await record(tx, {
      ...by,
      orgId,
      action: "gateway_upstream.set",
      subject: `gateway_upstream:${upstream.name}`,
      after: shown,
      at: now,
    });
    await notifyGateways(tx, orgId);
  });
}

/** Throws `upstream_not_found`. */
export function removeUpstream(
  pool: Pool,
  args: { orgId: number; name: string; by: Actor; now: Date },
): Promise<void> {
  const { orgId, name, by, now } = args;
  return transaction(pool, async (tx) => {
    if (!(await store.deleteUpstream(tx, orgId, name))) {
      throw new AispendError("upstream_not_found", `no provider '${name}' is connected`, {
        kind: "not_found",
        help: "See which are: aispend gateway",
      });
    }
    await record(tx, {
      ...by,
      orgId,
      action: "gateway_upstream.removed",
      subject: `gateway_upstream:${name}`,
      at: now,
    });
    await notifyGateways(tx, orgId);
  });
}
