import { loadInventory } from "#core/inventory/service.ts";
import type { Command } from "../command.ts";
import { decideForm, pressDecide } from "../inventory/decide-form.ts";
import {
  assignForm,
  pressAssign,
  pressClaim,
  pressRetire,
  pressUndo,
} from "../inventory/decide-press.ts";
import { detailsForm, pressDetails } from "../inventory/details-press.ts";
import { findItem } from "../inventory/find-item.ts";
import { inventoryAnswer } from "../inventory/inventory-answer.ts";
import { requireInventorySight, visibleItems } from "../inventory/inventory-sight.ts";
import { type InventoryWords, readInventoryWords } from "../inventory/inventory-words.ts";
import { itemAnswer } from "../inventory/item-answer.ts";

/** What is paid for, whose it is, and what is to be decided about it. */
export const inventory: Command<InventoryWords> = {
  name: "inventory",
  usage: "inventory [accounts|keys|seats|models|NAME]",
  summary: "What is paid for, whose it is; claim it.",
  examples: [
    ["inventory", "What is to be decided."],
    ["inventory keys", "All keys."],
    ["inventory ci-nightly-7", "One thing, and how to claim it."],
  ],
  parse: (words) => readInventoryWords(words),
  async run(asking, words) {
    const { now, org, pool } = asking;
    if (words.name === undefined) await requireInventorySight(asking);
    const found = await loadInventory(pool, org.id, now);
    if (words.name === undefined) return inventoryAnswer(org, found, words);
    const item = findItem(await visibleItems(asking, found.items), words.kind, words.name);
    return itemAnswer({ org, now, today: found.today, vendors: found.vendors }, item);
  },
  presses: {
    inventory_claim: pressClaim,
    inventory_assign: pressAssign,
    inventory_retire: pressRetire,
    inventory_undo: pressUndo,
    inventory_details: pressDetails,
    inventory_decide: pressDecide,
  },
  forms: {
    inventory_decide: decideForm,
    inventory_assign: assignForm,
    inventory_details: detailsForm,
  },
};
