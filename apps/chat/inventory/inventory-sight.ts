import type { FlaggedItem } from "#core/inventory/item.ts";
import { may } from "#core/org/permission.ts";
import { loadRoster } from "#core/org/roster.ts";
import type { Asking } from "../asking.ts";
import { askButton, Refusal } from "../refusal.ts";

/** Those accountable at the organisation, in private; the operator may look as well. */
export async function seesInventory({ asker, now, org, pool, sight }: Asking): Promise<boolean> {
  if (sight.isOperator) return true;
  const personId = sight.isRoom ? undefined : asker.personId;
  if (personId === undefined) return false;
  const question = { action: "see_inventory", scopeId: 0, now } as const;
  return may(await loadRoster(pool, org.id), personId, question).allowed;
}

/** Throws a Refusal unless the audience may see the whole of it. */
export async function requireInventorySight(asking: Asking): Promise<void> {
  if (await seesInventory(asking)) return;
  throw new Refusal(
    "not_permitted",
    "The inventory is not shown here",
    "The inventory is shown, in private, to those who answer for the organisation.",
    { kind: "forbidden", help: "See who that is: owners org", actions: [askButton("owners org")] },
  );
}

/**
 * What the audience may see of it: everything, or what the one who asks in private owns or answers for.
 * Throws a Refusal where that is nothing.
 */
export async function visibleItems(
  asking: Asking,
  items: readonly FlaggedItem[],
): Promise<readonly FlaggedItem[]> {
  const { asker, now, org, pool, sight } = asking;
  if (await seesInventory(asking)) return items;
  const personId = sight.isRoom ? undefined : asker.personId;
  const roster = await loadRoster(pool, org.id);
  const answersFor = (scopeId: number) =>
    personId !== undefined &&
    (scopeId === 0 || roster.parents.has(scopeId)) &&
    may(roster, personId, { action: "claim_spend", scopeId, now }).allowed;
  const own = items.filter(
    ({ ownerId, scopeId }) =>
      personId !== undefined && (ownerId === personId || answersFor(scopeId)),
  );
  if (own.length === 0) await requireInventorySight(asking);
  return own;
}
