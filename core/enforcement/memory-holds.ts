import type { UsageEvent } from "#core/ledger/schema.ts";
import { createAccounts } from "./accounts.ts";
import type { CapStanding, HoldStore, KeyGrant } from "./holds.ts";

/** A cap of one process's life, on the organisation (scope 0), a scope or a key. */
export interface MemoryCap {
  readonly kind: "scope" | "key";
  readonly id: number;
  readonly name: string;
  /** Nano-USD. */
  readonly limit: bigint;
  /** What raises it; undefined: nothing does. */
  readonly command?: string | undefined;
}

export interface MemoryStore extends HoldStore {
  /** Spent, held and unconfirmed of each cap. */
  standings(): CapStanding[];
  /** Holds that were never settled; 0 when nothing is under way. */
  open(): number;
  /** Requests that were refused because of a cap. */
  refused(): number;
}

/**
 * Holds in memory, for one process: the Action's cap mode, the demonstration's tests. What was settled
 * is given to `onSettled` with its cost.
 */
export function createMemoryStore(
  caps: readonly MemoryCap[],
  onSettled: (event: UsageEvent, cost: bigint) => void,
): MemoryStore {
  const accounts = createAccounts();
  let refused = 0;
  let sequence = 0;
  const byRow = new Map(caps.map((cap) => [`${cap.kind}:${cap.id}`, cap]));
  for (const [row, cap] of byRow) accounts.setLimit(row, cap.limit);
  const rowsOf = (grant: KeyGrant): string[] =>
    grant.chain.map(({ kind, id }) => `${kind}:${id}`).filter((row) => byRow.has(row));
  const standing = (row: string, cap: MemoryCap): CapStanding => {
    const { settled, held, unconfirmed } = accounts.counterOf(row);
    const { kind, id, name, limit, command } = cap;
    const none = { resets: undefined, raisedBy: [], command };
    const subject = { kind, id };
    return { subject, name, period: "job", limit, settled, held, unconfirmed, ...none };
  };
  return {
    reserve(grant, amount) {
      sequence += 1;
      const id = String(sequence);
      const rows = rowsOf(grant);
      const admission = accounts.reserve(id, rows, amount);
      if (admission.state === "fits") {
        return { state: "held", hold: { id, orgId: grant.orgId, amount } };
      }
      const row = rows[admission.index] ?? "";
      const cap = byRow.get(row);
      if (cap === undefined) throw new Error(`no cap ${row}`);
      return { state: admission.state, room: admission.room, cap: standing(row, cap) };
    },
    settle({ hold, cost, event }) {
      if (accounts.settle(hold.id, cost) && event !== undefined) onSettled(event, cost);
    },
    countRefusal() {
      refused += 1;
    },
    status: () => ({ state: "ready", detail: "Holds are kept in memory." }),
    standings: () => [...byRow].map(([row, cap]) => standing(row, cap)),
    open: accounts.open,
    refused: () => refused,
  };
}
