import type { Tx } from "#core/db/db.ts";
import { transaction } from "#core/db/transaction.ts";
import type { TakenCalls } from "#core/ledger/call-lines.ts";
import { limitAt } from "./cap.ts";
import { learn, openCounters } from "./draw.ts";
import { surplusOf } from "./lease.ts";
import { freeOf, type LocalRow, loseLease, type Move } from "./local-row.ts";
import type { OrgBook } from "./org-book.ts";
import { addRefusals, type RefusalCount } from "./refusal-store.ts";
import type { CapCounter, CapLease } from "./schema.ts";
import * as store from "./store.ts";

/** What is written down in one transaction; tried again under the same number until it is. */
export interface Batch {
  readonly number: bigint;
  readonly moves: readonly Move[];
  readonly calls: TakenCalls;
  readonly refused: ReadonlyMap<LocalRow, number>;
  readonly refusals: readonly RefusalCount[];
  /** Rows that nobody used for a while give everything back. */
  readonly idle: ReadonlySet<LocalRow>;
  releases: Map<LocalRow, bigint>;
  counters: readonly CapCounter[];
  closed: readonly number[];
}

export function newBatch(book: OrgBook, number: bigint, idle: ReadonlySet<LocalRow>): Batch {
  const { moves } = book;
  book.moves = [];
  for (const { row } of moves) row.move = undefined;
  const refused = new Map(
    [...book.rows.values()].flatMap((row) =>
      row.wouldRefuse > 0 ? [[row, row.wouldRefuse] as const] : [],
    ),
  );
  const refusals = [...book.refusals.values()];
  book.refusals.clear();
  const nothing = { releases: new Map(), counters: [], closed: [] };
  return { number, moves, calls: book.calls.take(), refused, refusals, idle, ...nothing };
}

/** What this process has of a row that is nearly used up, and others may need. */
export function surplus(row: LocalRow, now: Date, replicas: number): bigint {
  const limit = limitAt(row.cap, now);
  if (limit === undefined || row.leaseId === undefined) return 0n;
  const { settled, held, unconfirmed } = row.known;
  const free = freeOf(row);
  if (free <= 0n) return 0n;
  const room = limit - settled - held - unconfirmed;
  return surplusOf({ limit, room, free, replicas });
}

/** Entries, counters and leases of a batch, all of it or nothing. */
export async function writeBatch(book: OrgBook, batch: Batch): Promise<void> {
  const { pool, onFault } = book.deps;
  const rows = new Set([...batch.moves.map(({ row }) => row), ...batch.refused.keys()]);
  await openCounters(book, rows);
  const within = (tx: Tx) => moveCounters(book, batch, tx);
  if (batch.calls.count === 0) {
    await transaction(pool, within);
    return;
  }
  for (const reason of await book.calls.append(batch.calls, within)) {
    onFault(`the ledger did not take an entry: ${reason}`);
  }
}

interface Change {
  settled: bigint;
  held: bigint;
  unconfirmed: bigint;
  wouldRefuse: bigint;
}

async function moveCounters(book: OrgBook, batch: Batch, tx: Tx): Promise<void> {
  const { orgId, replica, clock } = book.deps;
  const now = clock();
  // The transaction may run again: then as if it had not.
  for (const row of batch.releases.keys()) row.releasing = 0n;
  batch.releases = new Map();
  await store.requireDurable(tx);
  const claim = { orgId, replica, batch: batch.number, now };
  if (!(await store.claimBatch(tx, claim))) return;
  if (batch.refusals.length > 0) await addRefusals(tx, orgId, batch.refusals);
  const giving = [...book.rows.values()].filter((row) => row.leaseId !== undefined);
  const ids = new Set<number>();
  for (const { row } of batch.moves) if (row.counterId !== undefined) ids.add(row.counterId);
  for (const row of batch.refused.keys()) if (row.counterId !== undefined) ids.add(row.counterId);
  for (const row of giving) {
    const gives = batch.idle.has(row) || surplus(row, now, 1) > 0n;
    if (gives && row.counterId !== undefined) ids.add(row.counterId);
  }
  const own = await store.listLeases(tx, { orgId, counterIds: [], replica });
  noticeLosses(book, own);
  for (const lease of own) if (isOver(book, lease)) ids.add(lease.counterId);
  batch.counters = await store.lockCounters(tx, orgId, [...ids]);
  const leases = await store.listLeases(tx, { orgId, counterIds: [...ids], replica });
  noticeLosses(book, leases);
  const changes = new Map<number, Change>(
    batch.counters.map(({ id }) => [
      id,
      { settled: 0n, held: 0n, unconfirmed: 0n, wouldRefuse: 0n },
    ]),
  );
  const shrinks = settleAll(batch, changes, leases);
  for (const row of giving) release(row, batch, now, changes, shrinks, leases);
  closeLost(book, batch, leases, changes, shrinks);
  await write(tx, orgId, changes, shrinks, batch.closed);
  batch.counters = batch.counters.map((counter) => after(counter, changes.get(counter.id)));
}

async function write(
  tx: Tx,
  orgId: number,
  changes: ReadonlyMap<number, Change>,
  shrinks: ReadonlyMap<number, bigint>,
  closed: readonly number[],
): Promise<void> {
  if (changes.size > 0) {
    const counters = [...changes].map(([id, change]) => ({ id, ...change }));
    await store.changeCounters(tx, orgId, counters);
  }
  if (shrinks.size > 0) {
    const leases = [...shrinks].map(([id, by]) => ({ id, by }));
    await store.shrinkLeases(tx, orgId, leases);
  }
  if (closed.length > 0) await store.deleteLeases(tx, orgId, closed);
}

function after(counter: CapCounter, change: Change | undefined): CapCounter {
  if (change === undefined) return counter;
  return {
    ...counter,
    settled: counter.settled + change.settled,
    held: counter.held + change.held,
    unconfirmed: counter.unconfirmed + change.unconfirmed,
  };
}

/** A process that slept past its time hears only here that others took its lease for lost. */
function noticeLosses(book: OrgBook, leases: readonly CapLease[]): void {
  const lost = new Set(leases.filter(({ isLost }) => isLost).map(({ id }) => id));
  if (lost.size === 0) return;
  for (const row of book.rows.values()) {
    if (row.leaseId === undefined || !lost.has(row.leaseId)) continue;
    book.countLost(row, row.leaseId);
    loseLease(row);
  }
}

/** Lost, and nothing is under way any more that was held from it. */
function isOver(book: OrgBook, lease: CapLease): boolean {
  if (!lease.isLost || lease.replica !== book.deps.replica) return false;
  const waits = book.moves.some(({ leaseId }) => leaseId === lease.id);
  return !waits && (book.lost.get(lease.id) ?? 0) <= 0;
}

function settleAll(
  batch: Batch,
  changes: Map<number, Change>,
  leases: readonly CapLease[],
): Map<number, bigint> {
  const byId = new Map(leases.map((lease) => [lease.id, lease]));
  const shrinks = new Map<number, bigint>();
  for (const { row, leaseId, used, cost } of batch.moves) {
    const change = row.counterId === undefined ? undefined : changes.get(row.counterId);
    if (change === undefined) continue;
    change.settled += cost;
    const lease = leaseId === undefined ? undefined : byId.get(leaseId);
    if (lease === undefined) continue;
    if (lease.isLost) change.unconfirmed -= used;
    else change.held -= used;
    shrinks.set(lease.id, (shrinks.get(lease.id) ?? 0n) + used);
  }
  for (const [row, count] of batch.refused) {
    const change = row.counterId === undefined ? undefined : changes.get(row.counterId);
    if (change !== undefined) change.wouldRefuse += BigInt(count);
  }
  return shrinks;
}

/** Gives back what is idle or too much, and what is given back cannot be held meanwhile. */
function release(
  row: LocalRow,
  batch: Batch,
  now: Date,
  changes: Map<number, Change>,
  shrinks: Map<number, bigint>,
  leases: readonly CapLease[],
): void {
  const counter = batch.counters.find(({ id }) => id === row.counterId);
  const lease = leases.find(({ id }) => id === row.leaseId);
  const change = changes.get(counter?.id ?? 0);
  if (counter === undefined || lease === undefined || lease.isLost || !change) return;
  const { settled, held, unconfirmed } = counter;
  row.known = { settled, held, unconfirmed };
  const live = leases.filter((one) => one.counterId === counter.id && !one.isLost).length;
  const free = freeOf(row);
  const amount = batch.idle.has(row) && free > 0n ? free : surplus(row, now, live);
  if (amount <= 0n) return;
  row.releasing = amount;
  batch.releases.set(row, amount);
  change.held -= amount;
  shrinks.set(lease.id, (shrinks.get(lease.id) ?? 0n) + amount);
}

function closeLost(
  book: OrgBook,
  batch: Batch,
  leases: readonly CapLease[],
  changes: Map<number, Change>,
  shrinks: Map<number, bigint>,
): void {
  const closed: number[] = [];
  for (const lease of leases) {
    const change = changes.get(lease.counterId);
    if (change === undefined || !isOver(book, lease)) continue;
    change.unconfirmed -= lease.granted - (shrinks.get(lease.id) ?? 0n);
    shrinks.delete(lease.id);
    closed.push(lease.id);
  }
  batch.closed = closed;
}

/** What the database has now is no more to be told to it. */
export function applyBatch(book: OrgBook, batch: Batch): void {
  for (const { row, leaseId, used, cost } of batch.moves) {
    row.cost -= cost;
    if (leaseId === undefined || leaseId !== row.leaseId) continue;
    row.used -= used;
    row.granted -= used;
  }
  for (const [row, amount] of batch.releases) {
    row.granted -= amount;
    row.releasing = 0n;
  }
  for (const [row, count] of batch.refused) row.wouldRefuse -= count;
  for (const id of batch.closed) book.lost.delete(id);
  const byId = new Map(batch.counters.map((counter) => [counter.id, counter]));
  for (const row of book.rows.values()) {
    const counter = byId.get(row.counterId ?? 0);
    if (counter !== undefined) learn(row, counter);
  }
}

/**
 * Brings what this process believes in line with the database, after a transaction whose end was not
 * seen. True: the batch is written, so it is not to be written again.
 */
export async function resync(book: OrgBook, batch: Batch | undefined): Promise<boolean> {
  const { pool, orgId, replica } = book.deps;
  const last = await store.findLastBatch(pool, orgId, replica);
  const leases = await store.listLeases(pool, { orgId, counterIds: [], replica });
  const isWritten = batch !== undefined && last !== undefined && last >= batch.number;
  if (batch !== undefined) {
    batch.releases = new Map();
    batch.counters = [];
    if (isWritten) applyBatch(book, batch);
  }
  for (const row of book.rows.values()) {
    const lease = leases.find(
      (one) => !one.isLost && one.counterId === row.counterId && row.counterId !== undefined,
    );
    if (row.leaseId !== undefined && row.leaseId !== lease?.id) {
      book.countLost(row, row.leaseId);
      loseLease(row);
    }
    row.releasing = 0n;
    row.leaseId = lease?.id;
    row.granted = lease?.granted ?? 0n;
    // Only what is renewed from now on is used.
    row.deadlineMs = 0;
  }
  return isWritten;
}
