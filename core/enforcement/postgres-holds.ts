import { randomUUID } from "node:crypto";
import type { Pool } from "pg";
import type { Ledger } from "#core/ledger/ledger.ts";
import type { Cap } from "./cap.ts";
import type { HoldStore, StoreStatus } from "./holds.ts";
import { createOrgBook, type OrgBook, UNREACHABLE, type Waiter } from "./org-book.ts";
import { createOrgTurns, type OrgTurns } from "./org-turns.ts";
import { reapLeases } from "./reap.ts";

export interface CapSnapshot {
  readonly caps: readonly Cap[];
  readonly timeZone: string;
}

export interface PostgresStoreOptions {
  readonly pool: Pool;
  readonly ledger: Pick<Ledger, "calls">;
  readonly clock: () => Date;
  /** Milliseconds that go on evenly, whatever is done to the wall clock. */
  readonly monotonicMs: () => number;
  /** The caps of an organisation as they are now. */
  readonly loadCaps: (orgId: number) => Promise<CapSnapshot>;
  readonly onFault: (fault: string, error?: unknown) => void;
  /** How long a lease lasts without being renewed. */
  readonly ttlMs?: number;
}

export interface PostgresStore extends HoldStore {
  /** Reads the caps anew, of one organisation or of all that are in use. */
  refreshCaps(orgId?: number): Promise<void>;
  /** Writes what is settled and gives back what is lent; then nothing more is admitted. */
  close(): Promise<void>;
}

const TICK_MS = 100;
const TTL_MS = 30_000;
const WAIT_LIMIT_MS = 5_000;
const RETRY_MS = 500;
/** More than this cannot be waiting to be written. */
const QUEUE_LIMIT = 100_000;

interface Org {
  readonly book: OrgBook;
  readonly turns: OrgTurns;
  /** Once the caps are known. */
  readonly ready: Promise<void>;
}

/** Holds in Postgres, for any number of processes (docs/hard-caps.md). */
export function createPostgresStore(options: PostgresStoreOptions): PostgresStore {
  const { pool, ledger, clock, monotonicMs, onFault, ttlMs = TTL_MS } = options;
  const orgs = new Map<number, Org>();
  const ready = new Map<number, Org>();
  const state: { closing?: Promise<void> } = {};
  // A process that comes again is another one: what it was lent before is not its own any more.
  const replica = randomUUID();

  const orgOf = (orgId: number): Org => {
    const known = orgs.get(orgId);
    if (known !== undefined) return known;
    const deps = { pool, orgId, replica, ledger, clock, monotonicMs, ttlMs, onFault };
    const book = createOrgBook(deps);
    const loading = options.loadCaps(orgId).then(({ caps, timeZone }) => {
      book.setCaps(caps, timeZone);
      ready.set(orgId, org);
    });
    loading.catch(() => orgs.delete(orgId));
    const org: Org = { book, turns: createOrgTurns(book), ready: loading };
    orgs.set(orgId, org);
    return org;
  };
  const ask = (org: Org, waiter: Waiter): ReturnType<HoldStore["reserve"]> => {
    const since = org.turns.failingSinceMs();
    const failed = since !== undefined && monotonicMs() - since < RETRY_MS;
    if (failed) return { state: "unavailable", reason: UNREACHABLE };
    return new Promise((resolve) => {
      const late = setTimeout(() => {
        org.book.waiters.delete(asked);
        resolve({ state: "unavailable", reason: UNREACHABLE });
      }, WAIT_LIMIT_MS);
      const asked: Waiter = {
        ...waiter,
        answer: (reservation) => {
          clearTimeout(late);
          resolve(reservation);
        },
      };
      org.book.waiters.add(asked);
      org.turns.wake(false);
    });
  };
  const timers = [
    setInterval(() => each((org) => org.turns.wake(true)), TICK_MS),
    setInterval(() => each((org) => org.turns.heartbeat()), Math.max(ttlMs / 6, 50)),
    setInterval(() => {
      for (const orgId of ready.keys()) reapLeases(pool, orgId, clock()).catch(() => undefined);
    }, ttlMs / 2),
  ];
  const each = (work: (org: Org) => void): void => {
    for (const org of ready.values()) work(org);
  };
  const store: PostgresStore = {
    reserve(grant, amount, now) {
      if (state.closing !== undefined) return { state: "unavailable", reason: STOPPING };
      const org = ready.get(grant.orgId);
      if (org === undefined) {
        return orgOf(grant.orgId).ready.then(
          () => store.reserve(grant, amount, now),
          () => ({ state: "unavailable", reason: UNREACHABLE }),
        );
      }
      if (org.book.calls.count() > QUEUE_LIMIT) {
        return { state: "unavailable", reason: "too much waits to be written" };
      }
      const found = org.book.reserve(grant, amount, now);
      return "id" in found ? { state: "held", hold: found } : ask(org, found);
    },
    settle(settlement) {
      ready.get(settlement.hold.orgId)?.book.settle(settlement);
    },
    countRefusal(orgId, cap, now) {
      ready.get(orgId)?.book.countRefusal(cap, now);
    },
    status: () => statusOf([...ready.values()], monotonicMs()),
    async refreshCaps(orgId) {
      for (const [id, { book }] of ready) {
        if (orgId !== undefined && orgId !== id) continue;
        const { caps, timeZone } = await options.loadCaps(id);
        book.setCaps(caps, timeZone);
      }
    },
    close() {
      for (const timer of timers) clearInterval(timer);
      state.closing ??= Promise.all([...ready.values()].map(({ turns }) => turns.finish())).then(
        () => undefined,
      );
      return state.closing;
    },
  };
  return store;
}

const STOPPING = "the gateway is being stopped";

function statusOf(orgs: readonly Org[], nowMs: number): StoreStatus {
  const failing = orgs.filter(({ turns }) => turns.failingSinceMs() !== undefined);
  if (failing.length === 0) return { state: "ready", detail: "Requests are passed through." };
  const left = Math.max(...failing.map(({ book }) => book.contactMs - nowMs));
  if (left > 0) {
    const detail =
      "The database cannot be reached; what was lent before is spent, for at most " +
      `${Math.ceil(left / 1_000)} s more.`;
    return { state: "degraded", detail };
  }
  const detail = "The database cannot be reached; requests get 503 ledger_unavailable.";
  return { state: "unavailable", detail };
}
