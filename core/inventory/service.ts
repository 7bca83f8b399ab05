import { group as groupBy } from "d3-array";
import { isIdleSeat } from "../connections/picture.ts";
import type { SourceKind } from "../connections/schema.ts";
import { listConnections, listNativeItems } from "../connections/service.ts";
import type { Db } from "../db/db.ts";
import { listKeys } from "../keys/lookup.ts";
import { type Directory, loadDirectory } from "../org/directory.ts";
import { type DeclaredItem, findInventoryPolicy, listDeclared } from "../org/inventory.ts";
import type { InventoryPolicy } from "../org/inventory-policy-schema.ts";
import { addDays, type Day, localDay, utcDay } from "../time.ts";
import type { AccountUseRow, InventoryFacts, LedgerFacts, ListedSeats } from "./facts.ts";
import { decisionKey } from "./gather.ts";
import { assembleInventory } from "./inventory.ts";
import type { FlaggedItem } from "./item.ts";
import { listAccountsSince, listAccountUse, listLastDecisions, listUse } from "./store.ts";
import { earliest, SPEND_DAYS, spendSince } from "./use.ts";
import type { Vendor } from "./vendor.ts";
import { loadVendors } from "./vendor-service.ts";
import { listVendorDays } from "./vendor-store.ts";

export interface Inventory {
  readonly today: Day;
  readonly policy: InventoryPolicy;
  /** What has a flag first, then the dearest. What was retired by a decision is last and has none. */
  readonly items: readonly FlaggedItem[];
  readonly vendors: readonly Vendor[];
  /** For whoever asks again at once. */
  readonly ledger: LedgerFacts;
}

/** More virtual keys than an organisation has in years. */
const ALL_KEYS = 100_000;

/**
 * Accounts, keys, payment methods, seat plans, models and vendors as they stand at `now`. `known` is the
 * ledger's part where it was read just before.
 */
export async function loadInventory(
  db: Db,
  orgId: number,
  now: Date,
  known?: LedgerFacts,
): Promise<Inventory> {
  const policy = await findInventoryPolicy(db, orgId);
  const directory = await loadDirectory(db, orgId);
  const today = localDay(now, directory.timeZone);
  const ledger = known ?? (await loadLedger(db, directory, policy, today));
  const facts = await loadFacts(db, directory, ledger, now);
  const vendors = await loadVendors(db, orgId, policy, today, ledger.vendorDays);
  const due = new Set(
    vendors.flatMap(({ vendor, due: one }) => (one === undefined ? [] : [vendor])),
  );
  return { today, policy, items: assembleInventory(facts, policy, due), vendors, ledger };
}

async function loadLedger(
  db: Db,
  { orgId }: Directory,
  policy: InventoryPolicy,
  today: Day,
): Promise<LedgerFacts> {
  // One after the other: inside of a transaction there is one connection.
  const sharedSince = addDays(today, 1 - policy.shared_days);
  const windows = { orgId, today, since: spendSince(today), sharedSince };
  const days = Math.max(SPEND_DAYS, policy.shared_days, policy.idle_days);
  const keys = await listUse(db, "key", windows);
  const models = await listUse(db, "model", windows);
  const vendorDays = await listVendorDays(db, orgId, today);
  const accounts = await listAccountUse(db, windows, addDays(today, -days));
  const recent = accountsFrom(accounts, addDays(today, -policy.new_days));
  return {
    ledgerSince: earliest([
      ...[...keys, ...models].map(({ first }) => first),
      ...vendorDays.map(({ day }) => day),
    ]),
    keys,
    models,
    accounts,
    accountsSince: recent.length === 0 ? new Map() : await listAccountsSince(db, orgId, recent),
    vendorDays,
  };
}

/** Accounts that the last days first name after a day: only these can be new. */
function accountsFrom(rows: readonly AccountUseRow[], after: Day): string[] {
  const named = groupBy(rows, ({ account }) => account);
  named.delete("");
  return [...named].flatMap(([account, own]) =>
    (earliest(own.map(({ first }) => first)) ?? after) > after ? [account] : [],
  );
}

async function loadFacts(
  db: Db,
  directory: Directory,
  ledger: LedgerFacts,
  now: Date,
): Promise<InventoryFacts> {
  const { orgId } = directory;
  const dayOf = (at: Date): Day => localDay(at, directory.timeZone);
  const today = dayOf(now);
  const declared = await listDeclared(db, orgId);
  const listed = await loadListed(db, orgId, now);
  const decisions = await listLastDecisions(db, orgId);
  const issued = await listKeys(db, { orgId, limit: ALL_KEYS });
  return {
    ...ledger,
    today,
    declared,
    issued: issued.map((key) => ({
      id: key.id,
      name: key.name,
      ledgerKey: key.ledgerKey,
      scopeId: key.scopeId,
      ownerId: key.ownerId,
      costCentre: key.costCentre,
      useCase: key.useCase,
      endedOn: key.endedAt === undefined ? undefined : dayOf(key.endedAt),
    })),
    ...listed,
    decisions: new Map(decisions.map((one) => [decisionKey(one.kind, one.item), one])),
    splitAccounts: splitAccounts(directory, declared),
    costCentreOf: (scopeId) => costCentreOf(directory, scopeId),
    hasLeft: (personId) => {
      const leftOn = directory.people.get(personId)?.leftOn;
      return leftOn !== undefined && leftOn <= today;
    },
    dayOf,
  };
}

/** Accounts whose projects the file gives to several teams: they share it on purpose. */
function splitAccounts(
  { nativeProjects }: Directory,
  declared: readonly DeclaredItem[],
): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { kind, key } of declared) {
    if (kind !== "account") continue;
    const teams = [...nativeProjects].flatMap(([name, chain]) =>
      name.startsWith(`${key}/`) ? [chain.teamId] : [],
    );
    if (new Set(teams).size > 1) found.add(key);
  }
  return found;
}

/** Of the scope, else of the nearest above it that names one. */
function costCentreOf({ scopes }: Directory, scopeId: number): string | undefined {
  let scope = scopes.get(scopeId);
  while (scope !== undefined && scope.costCentre === undefined) scope = scopes.get(scope.parentId);
  return scope?.costCentre;
}

/** What the ledger calls the provider of each kind of connection. */
const PROVIDER_OF: Readonly<Record<SourceKind, string>> = {
  openai: "openai",
  anthropic: "anthropic",
  openrouter: "openrouter",
  cursor: "cursor",
  copilot: "github",
  litellm: "litellm",
};

/** What connected accounts list: themselves, their keys, and seats by plan. */
async function loadListed(db: Db, orgId: number, now: Date) {
  const connections = await listConnections(db, orgId);
  const items = await listNativeItems(db, orgId, ["key", "seat"]);
  const today = utcDay(now);
  const of = new Map(
    connections.map(({ id, kind, account }) => [
      id,
      { provider: PROVIDER_OF[kind], account: account ?? undefined },
    ]),
  );
  const seats = items.filter(({ kind, active }) => kind === "seat" && active);
  const plans = groupBy(seats, ({ connectionId, parent }) => `${connectionId}:${parent ?? ""}`);
  const listedSeats = [...plans.values()].flatMap((own): ListedSeats[] => {
    const [first] = own;
    const connection = first === undefined ? undefined : of.get(first.connectionId);
    if (first === undefined || connection === undefined) return [];
    const idle = own.filter((seat) => isIdleSeat(seat, today)).length;
    return [{ ...connection, plan: first.parent ?? "", seats: own.length, idle }];
  });
  return {
    listedAccounts: connections.flatMap(({ account, accountName, kind }) => {
      const name = accountName ?? undefined;
      return account === null ? [] : [{ id: account, name, provider: PROVIDER_OF[kind] }];
    }),
    listedKeys: items.flatMap(({ kind, connectionId, nativeId, name, active }) => {
      const connection = of.get(connectionId);
      if (kind !== "key" || connection === undefined) return [];
      return [{ ...connection, id: nativeId, name: name ?? undefined, active }];
    }),
    listedSeats,
  };
}
