import type { Pool } from "pg";
import { record } from "../audit/service.ts";
import type { Db } from "../db/db.ts";
import { transaction } from "../db/transaction.ts";
import type { NanoUsd } from "../money.ts";
import type { Day } from "../time.ts";
import type { CapCounter } from "./schema.ts";
import * as store from "./store.ts";

/** The numbers of a process's batches are kept so long after its last one. */
const REPLICA_MS = 30 * 86_400_000;
const NO_CHANGE = { settled: 0n, held: 0n, unconfirmed: 0n, wouldRefuse: 0n };

/**
 * What gateways were lent that no longer renew it counts as spent from now on. Returns how many leases
 * were lost; whoever comes second finds none.
 */
export async function reapLeases(pool: Pool, orgId: number, now: Date): Promise<number> {
  const expired = await store.listExpired(pool, orgId);
  if (expired.length === 0) return 0;
  const ids = [...new Set(expired.map(({ counterId }) => counterId))];
  return transaction(pool, async (tx) => {
    await store.lockCounters(tx, orgId, ids);
    const lost = await store.loseExpired(tx, orgId, ids, now);
    if (lost.length === 0) return 0;
    const byCounter = new Map<number, bigint>();
    for (const { counterId, granted } of lost) {
      byCounter.set(counterId, (byCounter.get(counterId) ?? 0n) + granted);
    }
    await store.changeCounters(
      tx,
      orgId,
      [...byCounter].map(([id, sum]) => ({ ...NO_CHANGE, id, held: -sum, unconfirmed: sum })),
    );
    await store.deleteEmptyLeases(tx, orgId);
    await store.deleteOldReplicas(tx, orgId, new Date(now.getTime() - REPLICA_MS));
    return lost.filter(({ granted }) => granted > 0n).length;
  });
}

/**
 * Settles what is unconfirmed of a counter, once the provider's own usage is known: `spent` of it was
 * really spent beyond what the ledger has, 0 or more. Its lost leases are closed. Audited.
 */
export function confirmUnconfirmed(
  pool: Pool,
  args: { orgId: number; counterId: number; spent: NanoUsd; reason: string; now: Date },
): Promise<{ readonly released: bigint }> {
  const { orgId, counterId, spent, reason, now } = args;
  return transaction(pool, async (tx) => {
    const [counter] = await store.lockCounters(tx, orgId, [counterId]);
    if (counter === undefined || counter.unconfirmed === 0n) return { released: 0n };
    const lost = await store.listLost(tx, orgId, counterId);
    await store.deleteLeases(
      tx,
      orgId,
      lost.map(({ id }) => id),
    );
    const { unconfirmed } = counter;
    const change = { ...NO_CHANGE, id: counterId, settled: spent, unconfirmed: -unconfirmed };
    await store.changeCounters(tx, orgId, [change]);
    await record(tx, {
      orgId,
      actor: "system",
      action: "cap.confirmed",
      subject: `${counter.subjectKind}:${counter.subjectId}`,
      before: { unconfirmed: unconfirmed.toString() },
      after: { spent: spent.toString() },
      reason,
      at: now,
    });
    return { released: unconfirmed - spent };
  });
}

/** Counters of periods that began on `since` or later. */
export function listCapCounters(db: Db, orgId: number, since: Day): Promise<CapCounter[]> {
  return store.listCounters(db, orgId, since);
}
