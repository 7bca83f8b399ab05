import type { Pool } from "pg";
import { transaction } from "../db/transaction.ts";
import { AispendError } from "../errors.ts";
import { loadRoster } from "../org/roster.ts";
import { type Decided, declare, getItem, type ItemPress } from "./deciding.ts";
import { type Declared, itemKindOf } from "./declare.ts";
import { isGone } from "./flags.ts";
import { requireItemRight } from "./rights.ts";

/**
 * Says what only people know of it: cost centre, use, how it is bought, until when and by what it is
 * paid. Set in chat, the file does not overwrite it unasked. Throws `item_not_found`, `not_permitted`,
 * `not_declarable` for a model or a key that was issued here.
 */
export function describeItem(
  pool: Pool,
  press: Omit<ItemPress, "seen">,
  fields: Omit<Declared, "ownerId" | "scopeId">,
): Promise<Omit<Decided, "state">> {
  return transaction(pool, async (tx) => {
    const whole = { ...press, seen: 0 };
    const roster = await loadRoster(tx, press.orgId);
    const { item, inventory } = await getItem(tx, whole);
    requireItemRight(roster, press.by.personId, "describe", item, press.now);
    if (itemKindOf(item.kind) === undefined || item.virtualKeyId !== undefined || isGone(item)) {
      throw new AispendError("not_declarable", `${item.name} takes no such details`, {
        kind: "unprocessable",
        help: "Accounts, keys of providers, payment methods and seat plans do, unless retired.",
      });
    }
    await declare(whole, { tx, item }, fields);
    return getItem(tx, whole, inventory.ledger);
  });
}
