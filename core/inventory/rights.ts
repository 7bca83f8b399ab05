import { may, type Permission, requirePermission } from "../org/permission.ts";
import type { Roster } from "../org/raci.ts";
import type { Item } from "./item.ts";

/** A person, as the audit log names them. */
export interface ItemActor {
  readonly personId: number;
  readonly actorAccount: string | undefined;
  readonly surface: string | undefined;
}

export type ItemStep = "claim" | "assign" | "retire" | "describe";

/** domain.md section 4: an item is treated as a key is, and its claiming as that of spend. */
const RIGHT = {
  claim: "claim_spend",
  assign: "transfer_key",
  retire: "revoke_key",
  describe: "transfer_key",
} as const satisfies Record<ItemStep, Permission>;

export interface ItemRight {
  /** "accountable:attribute_spend": kept in the audit log. */
  readonly role: string;
  /** Of a claim: the scope that receives what belonged nowhere; undefined where it stays. */
  readonly receivingId: number | undefined;
}

/**
 * May this person do it now? The owner of the thing and of its scope, as for a key; whoever is
 * accountable for any activity at the organisation, as for the inventory, but for keys that were issued
 * here. A key or model of nobody that belongs nowhere may be claimed for a scope by its R or A of
 * attributing spend; what somebody answers for is taken from them, not claimed. Throws `not_permitted`.
 */
export function requireItemRight(
  roster: Roster,
  personId: number,
  step: ItemStep,
  item: Pick<Item, "kind" | "scopeId" | "ownerId" | "ownerLeft" | "virtualKeyId">,
  now: Date,
): ItemRight {
  const scopeId = roster.parents.has(item.scopeId) ? item.scopeId : 0;
  const thingOwnerId = item.ownerLeft ? undefined : item.ownerId;
  const isNobodys = thingOwnerId === undefined;
  const action = RIGHT[step === "claim" && !isNobodys ? "assign" : step];
  const own = may(roster, personId, { action, scopeId, thingOwnerId, now });
  if (own.allowed) return { role: own.as.role, receivingId: undefined };
  if (item.virtualKeyId === undefined) {
    const all = may(roster, personId, { action: "see_inventory", scopeId: 0, now });
    if (all.allowed) return { role: all.as.role, receivingId: undefined };
  }
  const isReceived =
    step === "claim" &&
    scopeId === 0 &&
    isNobodys &&
    (item.kind === "key" || item.kind === "model");
  const received = isReceived ? receiving(roster, personId, now) : undefined;
  if (received !== undefined) return received;
  requirePermission(roster, personId, { action, scopeId, thingOwnerId, now });
  throw new Error("a right that was refused is refused again");
}

/** The only team that the person answers for; with several the claim says nothing of a scope. */
function receiving(roster: Roster, personId: number, now: Date): ItemRight | undefined {
  const held = [...roster.parents.keys()].flatMap((scopeId) => {
    const verdict = may(roster, personId, { action: "claim_spend", scopeId, now });
    return verdict.allowed && verdict.as.scopeId === scopeId ? [{ scopeId, as: verdict.as }] : [];
  });
  // A team held is not counted again for each of its projects.
  const tops = held.filter(
    ({ scopeId }) => !held.some((other) => isBelow(roster, scopeId, other.scopeId)),
  );
  const [first] = tops;
  if (first === undefined) return undefined;
  return { role: first.as.role, receivingId: tops.length === 1 ? first.scopeId : undefined };
}

function isBelow(roster: Roster, scopeId: number, ancestorId: number): boolean {
  let id = roster.parents.get(scopeId) ?? 0;
  while (id !== 0 && id !== ancestorId) id = roster.parents.get(id) ?? 0;
  return id !== 0 && id === ancestorId;
}
