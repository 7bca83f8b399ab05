import type { Tx } from "#core/db/db.ts";
import type { Entry } from "./entry.ts";
import { ROLLED_DIMENSIONS } from "./rollup.ts";
import { comparePresent, insertStaged, stageEntries } from "./store.ts";

export type Booked = "appended" | "duplicate" | "conflict";

/**
 * Books entries inside the caller's transaction, rollups included, and says for each whether it is
 * new, was there with the same content, or was there with another. Their months have partitions.
 */
export async function book(tx: Tx, entries: readonly Entry[]): Promise<Booked[]> {
  const booked = new Array<Booked>(entries.length).fill("appended");
  // In the order of the ledger's key already, so that the server's sort has nothing to do; of equal
  // ones the first of the batch stays first.
  const sorted = entries
    .map((entry, index) => ({ entry, index }))
    .sort((a, b) => compareIdentity(a.entry, b.entry));
  const staged: typeof sorted = [];
  for (const one of sorted) {
    const first = staged.at(-1);
    if (first === undefined || compareIdentity(first.entry, one.entry) !== 0) staged.push(one);
    else {
      const same = first.entry.content_hash === one.entry.content_hash;
      booked[one.index] = same ? "duplicate" : "conflict";
    }
  }
  if (staged.length === 0) return booked;
  const staging = await stageEntries(
    tx,
    staged.map(({ entry }) => entry),
  );
  const dimensions = ROLLED_DIMENSIONS.filter((dimension) =>
    staged.some(({ entry }) => entry[`${dimension}_id`] !== 0),
  );
  const { present } = await insertStaged(tx, staging, { dimensions });
  if (present.length === 0) return booked;
  for (const { ordinal, same } of await comparePresent(tx, present)) {
    const index = staged[ordinal]?.index;
    if (index !== undefined) booked[index] = same ? "duplicate" : "conflict";
  }
  return booked;
}

function compareIdentity(a: Entry, b: Entry): number {
  return (
    compareText(a.day, b.day) ||
    compareText(a.source, b.source) ||
    compareText(a.external_id, b.external_id)
  );
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
