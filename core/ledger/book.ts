import type { Tx } from "#core/db/db.ts";
import { type Entry, identityOf } from "./entry.ts";
import { comparePresent, insertStaged, stageEntries } from "./store.ts";

export type Booked = "appended" | "duplicate" | "conflict";

/**
 * Books entries inside the caller's transaction, rollups included, and says for each whether it is
 * new, was there with the same content, or was there with another. Their months have partitions.
 */
export async function book(tx: Tx, entries: readonly Entry[]): Promise<Booked[]> {
  const booked = new Array<Booked>(entries.length).fill("appended");
  const first = new Map<string, number>();
  const staged: { entry: Entry; index: number }[] = [];
  for (const [index, entry] of entries.entries()) {
    const identity = identityOf(entry);
    const earlier = first.get(identity);
    if (earlier === undefined) {
      first.set(identity, index);
      staged.push({ entry, index });
    } else {
      const same = entries[earlier]?.content_hash === entry.content_hash;
      booked[index] = same ? "duplicate" : "conflict";
    }
  }
  if (staged.length === 0) return booked;
  await stageEntries(
    tx,
    staged.map(({ entry }) => entry),
  );
  const needs = {
    dimensions: staged.some(({ entry }) => hasDimension(entry)),
    persons: staged.some(({ entry }) => entry.person_id !== 0),
  };
  const { present } = await insertStaged(tx, staged.length, needs);
  if (present.length === 0) return booked;
  for (const { ordinal, same } of await comparePresent(tx, present)) {
    const index = staged[ordinal]?.index;
    if (index !== undefined) booked[index] = same ? "duplicate" : "conflict";
  }
  return booked;
}

function hasDimension(entry: Entry): boolean {
  return (
    entry.workflow_id !== 0 ||
    entry.product_id !== 0 ||
    entry.customer_id !== 0 ||
    entry.person_id !== 0 ||
    entry.feature_id !== 0 ||
    entry.environment_id !== 0
  );
}
