import type { Db } from "#core/db/db.ts";
import { hasLeft, rosterDay } from "./raci.ts";
import { loadRoster } from "./roster.ts";
import { type ItemRow, listItems } from "./store.ts";

export interface InventoryItem extends ItemRow {
  /** What every item must have and this one lacks; an owner who left is none. */
  readonly missing: readonly ("owner" | "cost centre" | "approved use")[];
  readonly ownerLeft: boolean;
}

/** Provider accounts, keys, payment methods and seat plans in use, with what each lacks. */
export async function listInventory(db: Db, orgId: number, now: Date): Promise<InventoryItem[]> {
  const roster = await loadRoster(db, orgId);
  const day = rosterDay(roster, now);
  const items = await listItems(db, orgId);
  return items
    .filter(({ retiredOn }) => retiredOn === null)
    .map((item) => {
      const ownerLeft = item.ownerId !== null && hasLeft(roster, item.ownerId, day);
      const missing: InventoryItem["missing"][number][] = [];
      if (item.ownerId === null || ownerLeft) missing.push("owner");
      if (item.costCentre === null) missing.push("cost centre");
      if (item.approvedUse === null) missing.push("approved use");
      return { ...item, missing, ownerLeft };
    });
}
