import { AispendError } from "../errors.ts";
import { NO_ITEM } from "../org/file/inventory-of-file.ts";
import { type ItemRecord, itemKey, type OrganisationState } from "../org/file/state.ts";
import type { DeclaredItem } from "../org/inventory.ts";
import type { Edit } from "../org/service.ts";
import { ITEM_KINDS, type ItemKind } from "../org/words.ts";
import { slugOf } from "./gather-seats.ts";
import type { Item } from "./item.ts";

/** What a press sets of a declaration; what is absent stays. */
export type Declared = Partial<Omit<ItemRecord, "owner" | "scope" | "projects">> & {
  /** Null: nobody answers for it any more. */
  readonly ownerId?: number | null;
  readonly scopeId?: number;
};

export function itemKindOf(kind: Item["kind"]): ItemKind | undefined {
  return ITEM_KINDS.find((one) => one === kind);
}

function keyOf(item: Item, state: OrganisationState, kind: ItemKind): string {
  if (item.declaredKey !== undefined) return item.declaredKey;
  const stem = slugOf(/^[0-9a-f]{64}$/.test(item.id) ? `key-${item.id.slice(0, 12)}` : item.id);
  let key = stem;
  for (let number = 2; state.inventory.has(itemKey(kind, key)); number += 1) {
    key = `${stem}-${number}`;
  }
  return key;
}

/** A declaration of what was only seen until now. */
function freshRecord(item: Item, state: OrganisationState): ItemRecord {
  const isNamed = item.kind === "key" || item.kind === "account";
  const account = [...state.inventory].find(
    ([key, record]) =>
      key.startsWith("account:") &&
      item.account !== undefined &&
      [key.slice("account:".length), record.name, record.nativeId].includes(item.account),
  )?.[0];
  return {
    ...NO_ITEM,
    provider: item.provider ?? "unknown",
    nativeId: isNamed ? item.id : null,
    name: item.kind === "seat_plan" || item.name !== item.id ? item.name : null,
    account: item.kind === "key" ? (account?.slice("account:".length) ?? null) : null,
    seats: item.kind === "seat_plan" ? (item.seats ?? null) : null,
  };
}

/** A retired declaration comes back as it was. */
function returning(row: DeclaredItem): ItemRecord {
  const {
    kind: _kind,
    key: _key,
    scopeId: _scopeId,
    ownerId: _ownerId,
    retiredOn: _retiredOn,
    ...rest
  } = row;
  return { ...NO_ITEM, ...rest };
}

/**
 * Sets what a press says of a thing's declaration, and makes one where there is none. `retired` is the
 * row of one that was retired. Throws `person_unknown`, `scope_not_found`.
 */
export function declareEdit(
  item: Item,
  { ownerId, scopeId, ...fields }: Declared,
  retired: DeclaredItem | undefined,
): Edit {
  return (state, current) => {
    const kind = itemKindOf(item.kind);
    if (kind === undefined) return state;
    const key = keyOf(item, state, kind);
    const before =
      state.inventory.get(itemKey(kind, key)) ??
      (retired === undefined ? freshRecord(item, state) : returning(retired));
    const record: ItemRecord = {
      ...before,
      ...fields,
      owner: ownerId === undefined ? before.owner : personKey(current.ids.people, ownerId),
      scope: scopeId === undefined ? before.scope : scopePath(current.ids.scopes, scopeId),
    };
    return { ...state, inventory: new Map(state.inventory).set(itemKey(kind, key), record) };
  };
}

/** Takes a declaration out; its row stays, with the day. */
export function retireEdit(item: Item): Edit {
  return (state) => {
    const kind = itemKindOf(item.kind);
    if (kind === undefined || item.declaredKey === undefined) return state;
    const inventory = new Map(state.inventory);
    inventory.delete(itemKey(kind, item.declaredKey));
    return { ...state, inventory };
  };
}

/** Puts back what was taken out; a scope that is gone since is left out. */
export function restoreEdit(item: Item, record: ItemRecord, ownerId: number | null): Edit {
  return (state, current) => {
    const kind = itemKindOf(item.kind);
    if (kind === undefined || item.declaredKey === undefined) return state;
    const living = (path: string | null) => path !== null && state.scopes.has(path);
    const restored = {
      ...record,
      owner: personKey(current.ids.people, ownerId),
      scope: living(record.scope) ? record.scope : null,
      projects: record.projects.filter(({ scope }) => living(scope)),
    };
    const inventory = new Map(state.inventory);
    return { ...state, inventory: inventory.set(itemKey(kind, item.declaredKey), restored) };
  };
}

function personKey(people: ReadonlyMap<string, number>, id: number | null): string | null {
  if (id === null) return null;
  const found = [...people].find(([, personId]) => personId === id)?.[0];
  if (found !== undefined) return found;
  throw new AispendError("person_unknown", `there is no person ${id}`, { kind: "not_found" });
}

function scopePath(scopes: ReadonlyMap<string, number>, id: number): string | null {
  if (id === 0) return null;
  const found = [...scopes].find(([, scopeId]) => scopeId === id)?.[0];
  if (found !== undefined) return found;
  throw new AispendError("scope_not_found", `there is no living scope ${id}`, {
    kind: "not_found",
  });
}
