import {
  type Admission,
  admit,
  type Counter,
  EMPTY,
  expired,
  reserved,
  settled,
  settledLate,
} from "./counter.ts";

/** Counters and holds of one process: the state machine that the guarantee rests on. */
export interface Accounts {
  /** Sets or changes the limit of a row; undefined = it only counts. */
  setLimit(row: string, limit: bigint | undefined): void;
  /** Adds what was spent before this process counted. */
  addSettled(row: string, amount: bigint): void;
  /** Holds `amount` on all rows or on none. The id must be new. */
  reserve(id: string, rows: readonly string[], amount: bigint): Admission;
  /** The first time true; afterwards nothing changes. Also of a hold that has expired before. */
  settle(id: string, cost: bigint): boolean;
  /** Its end will not be seen: from now on it counts as spent. False: it is not held. */
  expire(id: string): boolean;
  counterOf(row: string): Counter;
  /** Holds that are under way or unconfirmed. */
  readonly open: () => number;
}

interface OpenHold {
  readonly rows: readonly string[];
  readonly amount: bigint;
  state: "held" | "unconfirmed";
}

export function createAccounts(): Accounts {
  const counters = new Map<string, { counter: Counter }>();
  const holds = new Map<string, OpenHold>();
  const placeOf = (row: string): { counter: Counter } => {
    const known = counters.get(row);
    if (known !== undefined) return known;
    const made = { counter: { limit: undefined, ...EMPTY } };
    counters.set(row, made);
    return made;
  };
  const counterOf = (row: string): Counter => placeOf(row).counter;
  const change = (rows: readonly string[], to: (counter: Counter) => Counter): void => {
    for (const row of rows) {
      const place = placeOf(row);
      place.counter = to(place.counter);
    }
  };
  return {
    setLimit: (row, limit) => change([row], (counter) => ({ ...counter, limit })),
    addSettled: (row, amount) =>
      change([row], (counter) => ({ ...counter, settled: counter.settled + amount })),
    reserve(id, rows, amount) {
      if (holds.has(id)) throw new Error(`hold ${id} is there already`);
      const admission = admit(rows.map(counterOf), amount);
      if (admission.state !== "fits") return admission;
      change(rows, (counter) => reserved(counter, amount));
      holds.set(id, { rows, amount, state: "held" });
      return admission;
    },
    settle(id, cost) {
      const hold = holds.get(id);
      if (hold === undefined) return false;
      holds.delete(id);
      const { rows, amount, state } = hold;
      const to = state === "held" ? settled : settledLate;
      change(rows, (counter) => to(counter, amount, cost));
      return true;
    },
    expire(id) {
      const hold = holds.get(id);
      if (hold === undefined || hold.state !== "held") return false;
      hold.state = "unconfirmed";
      change(hold.rows, (counter) => expired(counter, hold.amount));
      return true;
    },
    counterOf,
    open: () => holds.size,
  };
}
