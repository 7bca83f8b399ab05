import { parseDay } from "#core/time.ts";
import type { OrganisationFile } from "../schema.ts";
import { type ItemRecord, itemKey } from "./state.ts";

/** Nothing is known of it. */
export const NO_ITEM: ItemRecord = {
  name: null,
  provider: null,
  account: null,
  nativeId: null,
  scope: null,
  owner: null,
  costCentre: null,
  approvedUse: null,
  seats: null,
  procurement: null,
  contractFrom: null,
  contractUntil: null,
  noticeDays: null,
  paymentMethod: null,
  projects: [],
};

interface OwnedFile {
  name?: string | undefined;
  provider?: string | undefined;
  owner?: string | undefined;
  cost_centre?: string | undefined;
  approved_use?: string | undefined;
}

function ownedOf(item: OwnedFile): ItemRecord {
  return {
    ...NO_ITEM,
    name: item.name ?? null,
    provider: item.provider ?? null,
    owner: item.owner ?? null,
    costCentre: item.cost_centre ?? null,
    approvedUse: item.approved_use ?? null,
  };
}

interface BoughtFile {
  procurement?: ItemRecord["procurement"] | undefined;
  contract?:
    | { from?: string | undefined; until?: string | undefined; notice_days?: number | undefined }
    | undefined;
  payment_method?: string | undefined;
}

function boughtOf({ procurement, contract, payment_method }: BoughtFile) {
  const { from, until, notice_days } = contract ?? {};
  return {
    procurement: procurement ?? null,
    contractFrom: from === undefined ? null : parseDay(from),
    contractUntil: until === undefined ? null : parseDay(until),
    noticeDays: notice_days ?? null,
    paymentMethod: payment_method ?? null,
  };
}

/** Accounts, keys, payment methods and seat plans by "kind:key". */
export function inventoryOfFile(file: OrganisationFile): Map<string, ItemRecord> {
  const items = new Map<string, ItemRecord>();
  for (const account of file.accounts ?? []) {
    items.set(itemKey("account", account.key), {
      ...ownedOf(account),
      ...boughtOf(account),
      nativeId: account.id ?? null,
      projects: (account.projects ?? []).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    });
  }
  for (const key of file.keys ?? []) {
    items.set(itemKey("key", key.key), {
      ...ownedOf(key),
      account: key.account ?? null,
      nativeId: key.id ?? key.sha256 ?? null,
      scope: key.scope ?? null,
    });
  }
  for (const method of file.payment_methods ?? []) {
    items.set(itemKey("payment_method", method.key), ownedOf(method));
  }
  for (const plan of file.seat_plans ?? []) {
    items.set(itemKey("seat_plan", plan.key), {
      ...ownedOf(plan),
      ...boughtOf(plan),
      account: plan.account ?? null,
      scope: plan.scope ?? null,
      seats: plan.seats ?? null,
    });
  }
  return items;
}
