import { group as groupBy } from "d3-array";
import type { InventoryPolicy } from "../org/inventory-policy-schema.ts";
import type { InventoryFacts } from "./facts.ts";
import { flagsOf, isGone } from "./flags.ts";
import { decisionKey, declaredOf, declaredPart, finish, retiredDay } from "./gather.ts";
import { gatherAccounts } from "./gather-accounts.ts";
import { gatherKeys } from "./gather-keys.ts";
import { gatherSeats } from "./gather-seats.ts";
import type { FlaggedItem, Item } from "./item.ts";
import { mainProvider, useOf } from "./use.ts";

function gatherModels(facts: InventoryFacts): Item[] {
  const models = [...groupBy(facts.models, ({ value }) => value)];
  // The ledger names what a seat or a fee was for in the same place.
  const called = models.filter(([, rows]) => rows.some(({ isCalled }) => isCalled));
  return called.map(([id, rows]) => {
    const provider = mainProvider(rows);
    const decision = facts.decisions.get(decisionKey("model", id));
    const retiredOn = retiredDay(undefined, decision, ({ decidedAt }) => facts.dayOf(decidedAt));
    return finish(facts, {
      kind: "model",
      id,
      name: id,
      provider,
      use: useOf(rows),
      retiredOn,
    });
  });
}

/** Known from the file alone: what they pay for names them. */
function gatherPayments(facts: InventoryFacts): Item[] {
  return [...declaredOf(facts, "payment_method")].map(([id, row]) =>
    finish(facts, {
      ...declaredPart(row, facts),
      kind: "payment_method",
      id,
      name: row.name ?? row.key,
      use: undefined,
      ...(row.retiredOn === null ? {} : { retiredOn: row.retiredOn }),
    }),
  );
}

/**
 * Everything that is in use or declared, with why it is listed for a decision: what has a flag first,
 * then the dearest. What was retired and spends nothing is left out. Pure.
 */
export function assembleInventory(
  facts: InventoryFacts,
  policy: InventoryPolicy,
  dueVendors: ReadonlySet<string>,
): FlaggedItem[] {
  const setting = {
    today: facts.today,
    ledgerSince: facts.ledgerSince,
    idleDays: policy.idle_days,
    newDays: policy.new_days,
    contractDays: policy.contract_days,
    dueVendors,
  };
  const items = [
    ...gatherAccounts(facts),
    ...gatherKeys(facts),
    ...gatherSeats(facts),
    ...gatherPayments(facts),
    ...gatherModels(facts),
  ];
  return items
    .filter((item) => !isGone(item) || item.decision?.isRetired === true)
    .map((item) => ({ ...item, flags: flagsOf(item, setting) }))
    .sort(byWeight);
}

function byWeight(a: FlaggedItem, b: FlaggedItem): number {
  const flagged = Number(b.flags.length > 0) - Number(a.flags.length > 0);
  if (flagged !== 0) return flagged;
  const [spentA, spentB] = [a.use?.cost ?? 0n, b.use?.cost ?? 0n];
  if (spentA !== spentB) return spentA < spentB ? 1 : -1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
