import { localDay } from "#core/time.ts";
import { draw, marginMs } from "./draw.ts";
import { applyBatch, type Batch, newBatch, resync, surplus, writeBatch } from "./flush.ts";
import { freeOf, type LocalRow } from "./local-row.ts";
import { type OrgBook, UNREACHABLE, type Waiter } from "./org-book.ts";
import * as store from "./store.ts";

/** The database work of one organisation in one process: one thing after the other. */
export interface OrgTurns {
  /** Something waits, or is to be written; `flush` also where nothing waits. */
  wake(flush: boolean): void;
  /** Renews leases, and gives back what was not used since the last time. */
  heartbeat(): void;
  /** Writes everything, and gives everything back. Rejects where that cannot be done. */
  finish(): Promise<void>;
  /** Since when, on the process's own clock, the database does not answer; undefined: it does. */
  readonly failingSinceMs: () => number | undefined;
}

interface Turns {
  busy: boolean;
  flush: boolean;
  beat: boolean;
  uncertain: boolean;
  idle: Set<LocalRow>;
  batch: Batch | undefined;
  lastBatch: bigint;
  failingSinceMs: number | undefined;
}

export function createOrgTurns(book: OrgBook): OrgTurns {
  const { deps } = book;
  const turns: Turns = {
    busy: false,
    flush: false,
    beat: false,
    uncertain: false,
    idle: new Set(),
    batch: undefined,
    lastBatch: 0n,
    failingSinceMs: undefined,
  };
  const work = async (): Promise<void> => {
    if (turns.busy) return;
    turns.busy = true;
    try {
      while (await takeTurn(book, turns)) turns.failingSinceMs = undefined;
    } catch (error) {
      turns.uncertain = true;
      if (turns.failingSinceMs === undefined) deps.onFault("the database does not answer", error);
      turns.failingSinceMs ??= deps.monotonicMs();
      refuseAll(book.waiters);
    } finally {
      turns.busy = false;
    }
  };
  const wake = (flush: boolean): void => {
    if (flush && isFlushDue(book, turns)) turns.flush = true;
    void work();
  };
  return {
    wake,
    heartbeat() {
      turns.beat = true;
      turns.idle = new Set(
        [...book.rows.values()].filter(
          (row) => !row.touched && row.outstanding === 0n && row.used === 0n && freeOf(row) > 0n,
        ),
      );
      for (const row of book.rows.values()) row.touched = false;
      forgetPast(book);
      wake(true);
    },
    async finish() {
      while (turns.busy) await new Promise((resolve) => setTimeout(resolve, 5));
      turns.idle = new Set([...book.rows.values()].filter((row) => row.leaseId !== undefined));
      turns.flush = true;
      turns.busy = true;
      while (await takeTurn(book, turns));
    },
    failingSinceMs: () => turns.failingSinceMs,
  };
}

function refuseAll(waiters: Set<Waiter>): void {
  for (const waiter of waiters) {
    waiters.delete(waiter);
    waiter.answer({ state: "unavailable", reason: UNREACHABLE });
  }
}

function isFlushDue(book: OrgBook, turns: Turns): boolean {
  if (turns.batch !== undefined || book.moves.length > 0 || turns.idle.size > 0) return true;
  if (book.calls.count() > 0 || book.refusals.size > 0) return true;
  const now = book.deps.clock();
  for (const row of book.rows.values()) {
    if (row.wouldRefuse > 0 || surplus(row, now, 1) > 0n) return true;
  }
  return false;
}

/** The next thing that is due; false: nothing is. */
async function takeTurn(book: OrgBook, turns: Turns): Promise<boolean> {
  if (turns.uncertain) {
    if (await resync(book, turns.batch)) turns.batch = undefined;
    turns.uncertain = false;
    await beat(book);
    return true;
  }
  if (book.waiters.size > 0) {
    await draw(book);
    return true;
  }
  if (turns.flush) {
    turns.flush = false;
    await flush(book, turns);
    return true;
  }
  if (turns.beat) {
    turns.beat = false;
    await beat(book);
    return true;
  }
  return false;
}

async function flush(book: OrgBook, turns: Turns): Promise<void> {
  if (turns.batch === undefined) {
    turns.lastBatch += 1n;
    turns.batch = newBatch(book, turns.lastBatch, turns.idle);
    turns.idle = new Set();
  }
  await writeBatch(book, turns.batch);
  applyBatch(book, turns.batch);
  turns.batch = undefined;
}

async function beat(book: OrgBook): Promise<void> {
  const { pool, orgId, replica, ttlMs, monotonicMs } = book.deps;
  const startMs = monotonicMs();
  const renewed = new Set(await store.renewLeases(pool, { orgId, replica, ttlMs }));
  const deadlineMs = startMs + ttlMs - marginMs(ttlMs);
  book.contactMs = deadlineMs;
  for (const row of book.rows.values()) {
    if (row.leaseId !== undefined && renewed.has(row.leaseId)) row.deadlineMs = deadlineMs;
  }
}

/** Periods that are over, with nothing of them left here. */
function forgetPast(book: OrgBook): void {
  const rows = [...book.rows.values()];
  if (rows.length < 1_000) return;
  const today = localDay(book.deps.clock(), book.timeZone());
  const past = rows.filter((row) => {
    const isBusy = row.outstanding + row.used + row.granted + row.cost !== 0n;
    return row.period.end <= today && !isBusy && row.wouldRefuse === 0;
  });
  if (past.length > 0) book.forget(past.map(({ key }) => key));
}
