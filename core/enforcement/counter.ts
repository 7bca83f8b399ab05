/**
 * What is committed of one cap in one of its periods, in nano-USD. The invariant of a hard cap:
 * settled + unconfirmed + held <= limit, as long as no request costs more than its hold.
 */
export interface Counter {
  /** Undefined: it counts and never refuses (a soft cap, or one that is still in its shadow days). */
  readonly limit: bigint | undefined;
  /** Cost of what has ended. */
  readonly settled: bigint;
  /** The most that what is under way can still cost. */
  readonly held: bigint;
  /** Holds whose end was never seen; they count as spent until somebody knows better. */
  readonly unconfirmed: bigint;
}

export const EMPTY: Omit<Counter, "limit"> = { settled: 0n, held: 0n, unconfirmed: 0n };

/** What can still be admitted; undefined where nothing is refused. May be negative. */
export function roomOf(counter: Counter): bigint | undefined {
  if (counter.limit === undefined) return undefined;
  return counter.limit - counter.settled - counter.held - counter.unconfirmed;
}

export type Admission =
  | { readonly state: "fits" }
  /** It would not fit if everything under way cost nothing. */
  | { readonly state: "exceeded"; readonly index: number; readonly room: bigint }
  /** Only what is under way stands in its way: it may fit in a moment. */
  | { readonly state: "reserved"; readonly index: number; readonly room: bigint };

/**
 * May `amount` be held on every row of the chain? All or nothing. A refusal names the row that stands
 * in the way most lastingly, and the least room of all rows.
 */
export function admit(rows: readonly Counter[], amount: bigint): Admission {
  let refused: { state: "exceeded" | "reserved"; index: number } | undefined;
  let least: bigint | undefined;
  for (const [index, row] of rows.entries()) {
    const room = roomOf(row);
    if (room === undefined) continue;
    if (least === undefined || room < least) least = room;
    if (amount <= room) continue;
    const state = amount <= room + row.held ? "reserved" : "exceeded";
    if (refused === undefined || (refused.state === "reserved" && state === "exceeded")) {
      refused = { state, index };
    }
  }
  if (refused === undefined) return { state: "fits" };
  return { ...refused, room: least ?? 0n };
}

export function reserved(row: Counter, amount: bigint): Counter {
  // Written out: a spread costs more than the addition, and this is done for every row of a request.
  const { limit, settled: spent, held, unconfirmed } = row;
  return { limit, settled: spent, held: held + amount, unconfirmed };
}

/** `cost` may be above `amount`: then the excess is spent, and nothing is admitted in its place. */
export function settled(row: Counter, amount: bigint, cost: bigint): Counter {
  const { limit, settled: spent, held, unconfirmed } = row;
  return { limit, settled: spent + cost, held: held - amount, unconfirmed };
}

/** A hold whose end nobody will see. */
export function expired(row: Counter, amount: bigint): Counter {
  return { ...row, held: row.held - amount, unconfirmed: row.unconfirmed + amount };
}

/** Its end was seen after all. */
export function settledLate(row: Counter, amount: bigint, cost: bigint): Counter {
  return { ...row, unconfirmed: row.unconfirmed - amount, settled: row.settled + cost };
}
