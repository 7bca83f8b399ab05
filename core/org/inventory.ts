import type { Db } from "#core/db/db.ts";
import type { InventoryPolicy } from "./inventory-policy-schema.ts";
import { hasLeft, rosterDay } from "./raci.ts";
import { loadRoster } from "./roster.ts";
import { findOrganization, type ItemRow, listItems } from "./store.ts";

export interface InventoryItem extends ItemRow {
  /** What every item must have and this one lacks; an owner who left is none. */
  readonly missing: readonly ("owner" | "cost centre" | "approved use")[];
  readonly ownerLeft: boolean;
}

/** A declared thing as its row says it, retired ones included. */
export type DeclaredItem = ItemRow;

/** Everything that aispend.yaml or chat ever declared, retired ones included. */
export function listDeclared(db: Db, orgId: number): Promise<DeclaredItem[]> {
  return listItems(db, orgId);
}

/** From when on things are listed for a decision; the product's own where the file is silent. */
export async function findInventoryPolicy(db: Db, orgId: number): Promise<InventoryPolicy> {
  const inventory = (await findOrganization(db, orgId))?.inventory;
  return inventory ?? DEFAULT_POLICY;
}

const DEFAULT_POLICY: InventoryPolicy = {
  idle_days: 30,
  shared_days: 30,
  new_days: 7,
  contract_days: 30,
  vendor_reviews: { due_days: 30, again_months: 12 },
};

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
