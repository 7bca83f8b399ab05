import type { Period } from "#core/time.ts";
import type { Cap } from "./cap.ts";
import type { Counter } from "./counter.ts";

/** What ended requests did to a row since the last batch, of those that were held from one lease. */
export interface Move {
  readonly row: LocalRow;
  /** Undefined: the row refuses nothing, so nothing was taken. */
  readonly leaseId: number | undefined;
  /** What of their holds was used up, at most all of it. */
  used: bigint;
  cost: bigint;
}

/** What a process knows of a cap in one of its periods, and what it was lent of it. */
export interface LocalRow {
  readonly key: string;
  cap: Cap;
  readonly period: Period;
  counterId: number | undefined;
  /** Undefined: nothing is lent, or what was lent is lost. */
  leaseId: number | undefined;
  /** Lent, and not yet settled in the database. */
  granted: bigint;
  /** Holds of requests under way. */
  outstanding: bigint;
  /** Settled here out of the lease, and not yet in the database. */
  used: bigint;
  /** What that cost. */
  cost: bigint;
  /** Being given back. */
  releasing: bigint;
  /** On the process's own clock: nothing is held out of the lease after it. */
  deadlineMs: number;
  /** Was anything held since the last heartbeat? */
  touched: boolean;
  /** As the database had it last. */
  known: Omit<Counter, "limit">;
  wouldRefuse: number;
  /** The one of its moves that the next request is most likely a part of. */
  move: Move | undefined;
}

export function newRow(key: string, cap: Cap, period: Period): LocalRow {
  return {
    key,
    cap,
    period,
    counterId: undefined,
    leaseId: undefined,
    granted: 0n,
    outstanding: 0n,
    used: 0n,
    cost: 0n,
    releasing: 0n,
    deadlineMs: 0,
    touched: false,
    known: { settled: 0n, held: 0n, unconfirmed: 0n },
    wouldRefuse: 0,
    move: undefined,
  };
}

/** What can be held without asking anybody. */
export function freeOf(row: LocalRow): bigint {
  return row.granted - row.outstanding - row.used - row.releasing;
}

/** `roomOf(counterOf(row, limit))`, of a row with so much free; each request asks it of each row. */
export function roomAt({ known, cost, used }: LocalRow, limit: bigint, free: bigint): bigint {
  return limit - known.settled - cost - known.held + used + free - known.unconfirmed;
}

/** The row as a refusal sees it: held is what others hold, and our own requests under way. */
export function counterOf(row: LocalRow, limit: bigint | undefined): Counter {
  const { known, cost, used } = row;
  const free = freeOf(row);
  return {
    limit,
    settled: known.settled + cost,
    held: known.held - used - free,
    unconfirmed: known.unconfirmed,
  };
}

/** What was lent is gone; what is under way will be settled as late. */
export function loseLease(row: LocalRow): void {
  row.leaseId = undefined;
  row.deadlineMs = 0;
  row.granted = 0n;
  row.outstanding = 0n;
  row.used = 0n;
  row.releasing = 0n;
}
