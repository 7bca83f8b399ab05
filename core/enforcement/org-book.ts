import type { Pool } from "pg";
import type { Calls } from "#core/ledger/calls.ts";
import type { Ledger } from "#core/ledger/ledger.ts";
import { amountAt, type Cap, isShadow, limitAt, resetSaid, subjectName } from "./cap.ts";
import { createChainRows } from "./chain-rows.ts";
import { admit } from "./counter.ts";
import type { CapStanding, Hold, KeyGrant, Reservation, Settlement } from "./holds.ts";
import { counterOf, freeOf, type LocalRow, type Move, roomAt } from "./local-row.ts";
import type { RefusalCount } from "./refusal-store.ts";
import { createSlots } from "./slots.ts";

export interface BookDeps {
  readonly pool: Pool;
  readonly orgId: number;
  /** This process, unlike any other there is or was. */
  readonly replica: string;
  readonly ledger: Pick<Ledger, "calls">;
  readonly clock: () => Date;
  /** Goes on whatever is done to the wall clock. */
  readonly monotonicMs: () => number;
  readonly ttlMs: number;
  readonly onFault: (fault: string, error?: unknown) => void;
}

/** A row in which a hold stands, and the lease that it was taken from. */
export interface HoldPart {
  readonly row: LocalRow;
  /** Undefined: the row refuses nothing, so nothing was taken. */
  readonly leaseId: number | undefined;
}

interface OpenHold {
  readonly grant: KeyGrant;
  /** When it was admitted: it counts in the periods of that moment. */
  readonly at: Date;
  readonly parts: readonly HoldPart[];
  readonly amount: bigint;
}

/** A request that needs more than was lent. */
export interface Waiter {
  readonly grant: KeyGrant;
  readonly rows: readonly LocalRow[];
  readonly amount: bigint;
  readonly now: Date;
  readonly answer: (reservation: Reservation) => void;
}

/** What a process knows of one organisation's caps, and does without asking the database. */
export interface OrgBook {
  readonly deps: BookDeps;
  readonly rows: ReadonlyMap<string, LocalRow>;
  readonly waiters: Set<Waiter>;
  /** What has ended here and is to be written down: what it did to rows, and the calls. */
  moves: Move[];
  readonly calls: Calls;
  /** What caps refused since the last batch, by cap and day. */
  readonly refusals: Map<string, RefusalCount>;
  /** Requests under way by the lost lease that they were held from. */
  readonly lost: Map<number, number>;
  /** Until when the database was heard of lately enough, on the process's own clock. */
  contactMs: number;
  setCaps(caps: readonly Cap[], timeZone: string): void;
  /** Of rows that nothing is kept in, by their keys. */
  forget(keys: readonly string[]): void;
  reserve(grant: KeyGrant, amount: bigint, now: Date): Hold | Waiter;
  /** Undefined: not out of what is lent. */
  takeLocal(
    grant: KeyGrant,
    rows: readonly LocalRow[],
    amount: bigint,
    now: Date,
  ): Hold | undefined;
  /** Why a request does not fit, from what is known. */
  refusal(rows: readonly LocalRow[], amount: bigint, now: Date): Reservation;
  settle(settlement: Settlement): void;
  countRefusal(cap: CapStanding, now: Date): void;
  timeZone(): string;
  /** What is under way and was held from this lease of the row is settled as late from now on. */
  countLost(row: LocalRow, leaseId: number): void;
}

export function createOrgBook(deps: BookDeps): OrgBook {
  const holds = createSlots<OpenHold>();
  const chains = createChainRows();
  const book: OrgBook = {
    deps,
    rows: chains.rows,
    waiters: new Set(),
    moves: [],
    calls: deps.ledger.calls(deps.orgId),
    refusals: new Map(),
    lost: new Map(),
    contactMs: 0,
    setCaps: chains.setCaps,
    forget: chains.forget,
    timeZone: chains.timeZone,
    reserve(grant, amount, now) {
      const chain = chains.rowsOf(grant, now);
      const hold = book.takeLocal(grant, chain, amount, now);
      return hold ?? { grant, rows: chain, amount, now, answer: () => undefined };
    },
    takeLocal(grant, chain, amount, now) {
      const nowMs = deps.monotonicMs();
      if (nowMs >= book.contactMs) return undefined;
      const parts: HoldPart[] = [];
      for (const row of chain) {
        const limit = limitAt(row.cap, now);
        parts.push({ row, leaseId: limit === undefined ? undefined : row.leaseId });
        if (limit === undefined) continue;
        const free = freeOf(row);
        if (nowMs >= row.deadlineMs || free < amount) return undefined;
        // A cap that was lowered, or a cost above its hold: what was lent is then too much.
        if (roomAt(row, limit, free) < amount) return undefined;
      }
      for (const { row, leaseId } of parts) {
        if (leaseId === undefined) countShadow(row, amount, now);
        else {
          row.outstanding += amount;
          row.touched = true;
        }
      }
      const id = String(holds.add({ grant, at: now, parts, amount }));
      return { id, orgId: deps.orgId, amount: amount as Hold["amount"] };
    },
    refusal: (chain, amount, now) => refusalOf(chain, amount, now, chains.timeZone()),
    settle({ hold, cost, event }) {
      const open = holds.take(Number(hold.id));
      if (open === undefined) return;
      const { amount } = open;
      const parts = withNewCaps(open, chains.rowsOf(open.grant, open.at));
      const used = cost < amount ? cost : amount;
      for (const { row, leaseId } of parts) {
        row.cost += cost;
        const move = moveOf(book.moves, row, leaseId);
        move.cost += cost;
        if (leaseId === undefined) continue;
        move.used += used;
        if (leaseId === row.leaseId) {
          row.outstanding -= amount;
          row.used += used;
        } else book.lost.set(leaseId, (book.lost.get(leaseId) ?? 1) - 1);
      }
      if (event !== undefined) book.calls.add(event);
    },
    countRefusal({ subject, period }, now) {
      if (period === "job") return;
      const day = chains.dayOf(now);
      const key = `${subjectName(subject)} ${period} ${day}`;
      const { kind: subjectKind, id: subjectId } = subject;
      const count = (book.refusals.get(key)?.count ?? 0) + 1;
      book.refusals.set(key, { subjectKind, subjectId, period, day, count, lastAt: now });
    },
    countLost(row, leaseId) {
      let count = 0;
      for (const { parts } of holds.values()) {
        if (parts.some((part) => part.row === row && part.leaseId === leaseId)) count += 1;
      }
      book.lost.set(leaseId, count);
    },
  };
  return book;
}

/** Added up as it comes: a list of all that ended would outlive its requests. */
function moveOf(moves: Move[], row: LocalRow, leaseId: number | undefined): Move {
  const { move } = row;
  if (move !== undefined && move.leaseId === leaseId) return move;
  let found = moves.find((one) => one.row === row && one.leaseId === leaseId);
  if (found === undefined) {
    found = { row, leaseId, used: 0n, cost: 0n };
    moves.push(found);
  }
  row.move = found;
  return found;
}

/** A cap that was set meanwhile held nothing of it, and counts what it cost all the same. */
function withNewCaps({ parts }: OpenHold, rows: readonly LocalRow[]): readonly HoldPart[] {
  if (rows.length <= parts.length) return parts;
  const added = rows.filter(({ key }) => !parts.some(({ row }) => row.key === key));
  return [...parts, ...added.map((row): HoldPart => ({ row, leaseId: undefined }))];
}

function refusalOf(
  chain: readonly LocalRow[],
  amount: bigint,
  now: Date,
  timeZone: string,
): Reservation {
  const counters = chain.map((row) => counterOf(row, limitAt(row.cap, now)));
  const admission = admit(counters, amount);
  const first = chain.findIndex((row) => limitAt(row.cap, now) !== undefined);
  const row = chain[admission.state === "fits" ? first : admission.index];
  if (row === undefined) return { state: "unavailable", reason: UNREACHABLE };
  const cap = standing(row, now, timeZone);
  // What fits by now was lent to others a moment ago, or will be lent at the next try.
  if (admission.state === "fits") return { state: "reserved", room: 0n, cap };
  return { state: admission.state, room: admission.room, cap };
}

function standing(row: LocalRow, now: Date, timeZone: string): CapStanding {
  const { settled, held, unconfirmed } = counterOf(row, undefined);
  const { subject, name, period, raisedBy, command } = row.cap;
  const resets = resetSaid(row.period, timeZone);
  const limit = amountAt(row.cap, now);
  const sums = { limit, settled, held, unconfirmed };
  return { subject, name, period, ...sums, resets, raisedBy, command };
}

export const UNREACHABLE = "the database cannot be reached";

/** In its shadow days a cap counts what it would refuse, by what this process knows. */
function countShadow(row: LocalRow, amount: bigint, now: Date): void {
  if (!isShadow(row.cap, now)) return;
  const { settled, held, unconfirmed } = row.known;
  const committed = settled + held + unconfirmed + row.cost;
  if (committed + amount > amountAt(row.cap, now)) row.wouldRefuse += 1;
}
