import type { DeclaredItem } from "../org/inventory.ts";
import type { Day } from "../time.ts";
import type { InventoryFacts } from "./facts.ts";
import { type Item, UNKNOWN_ITEM } from "./item.ts";
import type { InventoryKind, ItemDecision } from "./schema.ts";

export function decisionKey(kind: InventoryKind, id: string): string {
  return `${kind}:${id}`;
}

/** Rows of a kind by id; a living one before one that was retired under the same id. */
export function declaredOf(
  { declared }: InventoryFacts,
  kind: DeclaredItem["kind"],
): Map<string, DeclaredItem> {
  const rows = declared.filter((row) => row.kind === kind);
  const found = new Map<string, DeclaredItem>();
  for (const row of rows.toSorted(
    (a, b) => Number(a.retiredOn === null) - Number(b.retiredOn === null),
  )) {
    found.set(row.nativeId ?? row.key, row);
  }
  return found;
}

/** What the ledger may call a declared thing beside its id: its key in the file. */
export function aliasesOf(rows: ReadonlyMap<string, DeclaredItem>): Map<string, string> {
  const aliases = new Map<string, string>();
  for (const [id, row] of rows) if (!rows.has(row.key)) aliases.set(row.key, id);
  return aliases;
}

/** The part of an item that a declaration says. */
export function declaredPart(row: DeclaredItem | undefined, facts: InventoryFacts): Partial<Item> {
  if (row === undefined) return {};
  const method = facts.declared.find(
    ({ kind, key }) => kind === "payment_method" && key === row.paymentMethod,
  );
  return {
    provider: row.provider ?? undefined,
    costCentre: row.costCentre ?? undefined,
    approvedUse: row.approvedUse ?? undefined,
    procurement: row.procurement ?? undefined,
    contractFrom: row.contractFrom ?? undefined,
    contractUntil: row.contractUntil ?? undefined,
    noticeDays: row.noticeDays ?? undefined,
    paymentMethod: method?.name ?? row.paymentMethod ?? undefined,
    seats: row.seats ?? undefined,
    ownerId: row.ownerId ?? undefined,
    scopeId: row.scopeId ?? 0,
    declaredKey: row.key,
    isDeclared: row.retiredOn === null,
  };
}

/** The day on which it was retired: by its declaration, else by a decision that stands. */
export function retiredDay(
  row: DeclaredItem | undefined,
  decision: ItemDecision | undefined,
  decidedOn: (decision: ItemDecision) => Day,
): Day | undefined {
  if (row !== undefined) return row.retiredOn ?? undefined;
  return decision?.isRetired === true ? decidedOn(decision) : undefined;
}

/** Fills in what follows from the rest: whose it is, and the cost centre of its scope. */
export function finish(
  facts: InventoryFacts,
  item: Pick<Item, "kind" | "id" | "name"> & Partial<Item>,
): Item {
  const whole: Item = { ...UNKNOWN_ITEM, ...item };
  const decision = facts.decisions.get(decisionKey(whole.kind, whole.id));
  const taken = whole.kind === "model" ? (decision?.ownerId ?? undefined) : undefined;
  const ownerId = whole.ownerId ?? taken;
  return {
    ...whole,
    ownerId,
    ownerLeft: ownerId !== undefined && facts.hasLeft(ownerId),
    costCentre: whole.costCentre ?? facts.costCentreOf(whole.scopeId),
    decision,
  };
}
