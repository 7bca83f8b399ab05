import { transaction } from "#core/db/transaction.ts";
import { sourceSpend } from "#core/ledger/source-spend.ts";
import { limitAt } from "./cap.ts";
import { grantOf } from "./lease.ts";
import { freeOf, type LocalRow, loseLease } from "./local-row.ts";
import type { OrgBook, Waiter } from "./org-book.ts";
import type { CapCounter, CapLease } from "./schema.ts";
import * as store from "./store.ts";

const NO_CHANGE = { settled: 0n, held: 0n, unconfirmed: 0n, wouldRefuse: 0n };

/** A process stops using a lease so long before anybody else may take it for lost. */
export function marginMs(ttlMs: number): number {
  return Math.min(2_000, ttlMs / 5);
}

/** Counters that are new begin with what the ledger has of their period already. */
export async function openCounters(book: OrgBook, rows: Iterable<LocalRow>): Promise<void> {
  const { pool, orgId } = book.deps;
  for (const row of rows) {
    if (row.counterId !== undefined) continue;
    const { subject, period } = row.cap;
    const place = {
      orgId,
      subjectKind: subject.kind,
      subjectId: subject.id,
      period,
      periodStart: row.period.start,
    };
    let counter = await store.findCounter(pool, place);
    if (counter === undefined) {
      const spent = { orgId, source: "gateway", subject, period: row.period };
      await store.insertCounter(pool, place, await sourceSpend(pool, spent));
      counter = await store.findCounter(pool, place);
    }
    if (counter !== undefined) learn(row, counter);
  }
}

export function learn(row: LocalRow, counter: CapCounter): void {
  row.counterId = counter.id;
  const { settled, held, unconfirmed } = counter;
  row.known = { settled, held, unconfirmed };
}

/** Gets more lent for the requests that wait, in one transaction, and answers them. */
export async function draw(book: OrgBook): Promise<void> {
  const { monotonicMs, ttlMs } = book.deps;
  const waiting = [...book.waiters];
  const startMs = monotonicMs();
  const limited = new Set(
    waiting.flatMap(({ rows, now }) => rows.filter((row) => limitAt(row.cap, now) !== undefined)),
  );
  await openCounters(book, limited);
  const lent = limited.size === 0 ? await touch(book) : await lend(book, limited, waiting);
  const deadlineMs = startMs + ttlMs - marginMs(ttlMs);
  book.contactMs = Math.max(book.contactMs, deadlineMs);
  for (const { row, leaseId, amount } of lent) {
    if (row.leaseId !== undefined && row.leaseId !== leaseId) {
      book.countLost(row, row.leaseId);
      loseLease(row);
    }
    row.leaseId = leaseId;
    row.granted += amount;
    row.known = { ...row.known, held: row.known.held + amount };
    row.deadlineMs = Math.max(row.deadlineMs, deadlineMs);
  }
  for (const waiter of waiting) {
    book.waiters.delete(waiter);
    const { grant, rows, amount, now } = waiter;
    const hold = book.takeLocal(grant, rows, amount, now);
    waiter.answer(hold === undefined ? book.refusal(rows, amount, now) : { state: "held", hold });
  }
}

async function touch(book: OrgBook): Promise<Lent[]> {
  await book.deps.pool.query("select 1");
  return [];
}

interface Lent {
  readonly row: LocalRow;
  readonly leaseId: number;
  readonly amount: bigint;
}

function lend(
  book: OrgBook,
  limited: ReadonlySet<LocalRow>,
  waiting: readonly Waiter[],
): Promise<Lent[]> {
  const { pool, orgId, replica, ttlMs } = book.deps;
  const byCounter = new Map<number, LocalRow>();
  for (const row of limited) if (row.counterId !== undefined) byCounter.set(row.counterId, row);
  const ids = [...byCounter.keys()];
  return transaction(pool, async (tx) => {
    await store.requireDurable(tx);
    const counters = await store.lockCounters(tx, orgId, ids);
    const leases = await store.listLeases(tx, { orgId, counterIds: ids, replica });
    const grants: { counterId: number; amount: bigint }[] = [];
    for (const counter of counters) {
      const row = byCounter.get(counter.id);
      if (row === undefined) continue;
      learn(row, counter);
      grants.push({ counterId: counter.id, amount: wanted(row, counter, leases, waiting) });
    }
    const given = grants.filter(({ amount }) => amount > 0n);
    await store.changeCounters(
      tx,
      orgId,
      given.map(({ counterId, amount }) => ({ ...NO_CHANGE, id: counterId, held: amount })),
    );
    // Also where nothing more is lent: what there is, is renewed.
    const made = await store.grantLeases(tx, { orgId, replica, grants, ttlMs });
    return made.flatMap(({ id, counterId }) => {
      const row = byCounter.get(counterId);
      const amount = grants.find((one) => one.counterId === counterId)?.amount ?? 0n;
      return row === undefined ? [] : [{ row, leaseId: id, amount }];
    });
  });
}

function wanted(
  row: LocalRow,
  counter: CapCounter,
  leases: readonly CapLease[],
  waiting: readonly Waiter[],
): bigint {
  const now = waiting[0]?.now;
  const limit = now === undefined ? undefined : limitAt(row.cap, now);
  if (limit === undefined) return 0n;
  const live = leases.filter(({ counterId, isLost }) => counterId === counter.id && !isLost);
  const isMine = live.some(({ id }) => id === row.leaseId);
  return grantOf({
    limit,
    room: limit - counter.settled - counter.held - counter.unconfirmed,
    // What was lent before and is lost by now is no part of it.
    free: isMine ? freeOf(row) : 0n,
    wants: waiting.filter(({ rows }) => rows.includes(row)).map(({ amount }) => amount),
    replicas: live.length + (isMine ? 0 : 1),
  });
}
