import type { Db } from "#core/db/db.ts";
import { sumBillsBeside } from "#core/ledger/reconcile-period.ts";
import { type CostLine, findSpendShares } from "#core/ledger/spend-shares.ts";
import { listInventory } from "#core/org/inventory.ts";
import { addDays, type Day, type Period, utcDay } from "#core/time.ts";
import { type KnownItem, listItems } from "./item-store.ts";
import type { Connection } from "./schema.ts";
import { listConnections } from "./store.ts";

/** Spend under a name, nano-USD. */
export interface Named {
  readonly name: string;
  readonly cost: bigint;
}

/** What one sees once the bills are in: all of it, and whose it is. */
export interface Picture {
  readonly period: Period;
  readonly total: bigint;
  /** Of the total; the rest was metered. */
  readonly billed: bigint;
  readonly reconciliation: bigint;
  /** Billed for calls that another source counts: beside the ledger, to be reconciled with it. */
  readonly beside: bigint;
  readonly attributed: bigint;
  readonly unpricedRequests: bigint;
  readonly providers: readonly Named[];
  readonly models: readonly Named[];
  /** The providers' own projects and workspaces. */
  readonly projects: readonly Named[];
  readonly keys: readonly Named[];
  readonly teams: readonly Named[];
  /** Keys with spend that belongs to no team, dearest first. */
  readonly ownerlessKeys: readonly Named[];
  readonly accountsWithoutOwner: number;
  readonly seats: { readonly all: number; readonly idle: number };
  readonly connections: readonly Connection[];
}

const IDLE_DAYS = 30;

/** The last `days` local days, today included. Reads rollups, never entries. */
export async function loadPicture(
  db: Db,
  orgId: number,
  args: { now: Date; days: number },
): Promise<Picture> {
  const { now, days } = args;
  const today = utcDay(now);
  const period = { start: addDays(today, -days), end: addDays(today, 2) };
  const shares = await findSpendShares(db, orgId, period);
  const items = await listItems(db, orgId, ["project", "key", "seat"]);
  const accounts = (await listInventory(db, orgId, now)).filter(({ kind }) => kind === "account");
  const connections = await listConnections(db, orgId);
  const names = namesOf(items);
  const sayKey = ({ name, cost }: CostLine) => ({
    name: names.keys.get(name)?.said ?? name,
    cost,
  });
  return {
    period,
    total: shares.total,
    billed: shares.billed,
    reconciliation: shares.reconciliation,
    beside: await sumBillsBeside(db, orgId, period),
    attributed: shares.teams.reduce((sum, { id, cost }) => (id === 0 ? sum : sum + cost), 0n),
    unpricedRequests: shares.unpricedRequests,
    providers: shares.providers.map(named),
    models: shares.models.map(named),
    projects: projectsOf(shares.keys, names),
    keys: shares.keys.map(sayKey),
    teams: shares.teams.map(named),
    ownerlessKeys: shares.teamlessKeys
      .filter(({ id, cost }) => id !== 0 && cost !== 0n)
      .map(sayKey),
    accountsWithoutOwner: withoutOwner(connections, accounts),
    seats: seatsOf(items, today),
    connections,
  };
}

function named({ name, cost }: CostLine): Named {
  return { name, cost };
}

interface KeyName {
  readonly said: string;
  readonly project: string | undefined;
}

function namesOf(items: readonly KnownItem[]) {
  const projects = new Map(
    items.flatMap(({ kind, nativeId, name }) =>
      kind === "project" ? [[nativeId, name ?? nativeId] as const] : [],
    ),
  );
  const keys = new Map<string, KeyName>();
  for (const { kind, nativeId, name, parent } of items) {
    if (kind !== "key") continue;
    const project = parent === null ? undefined : (projects.get(parent) ?? parent);
    keys.set(nativeId, { said: name === null ? nativeId : `${name} (${nativeId})`, project });
  }
  return { projects, keys };
}

const NO_PROJECT = "no project";

function projectsOf(keys: readonly CostLine[], names: ReturnType<typeof namesOf>): Named[] {
  const sums = new Map<string, bigint>();
  for (const { name, cost } of keys) {
    const project = names.keys.get(name)?.project ?? NO_PROJECT;
    sums.set(project, (sums.get(project) ?? 0n) + cost);
  }
  // Where no provider told of projects of its own, a line of what is in none says nothing.
  if ([...sums.keys()].every((name) => name === NO_PROJECT)) return [];
  const lines = [...sums].map(([name, cost]) => ({ name, cost }));
  return lines.sort((a, b) => (a.cost < b.cost ? 1 : a.cost > b.cost ? -1 : 0));
}

function withoutOwner(
  connections: readonly Connection[],
  accounts: readonly { nativeId: string | null; key: string; missing: readonly string[] }[],
): number {
  return connections.filter(({ account }) => {
    const known = accounts.find((one) => one.nativeId === account || one.key === account);
    return known === undefined || known.missing.includes("owner");
  }).length;
}

/** A seat whose tool says when it was used, and says nothing of the last 30 days. */
export function isIdleSeat(
  seat: Pick<KnownItem, "kind" | "active" | "usedAt" | "madeAt" | "firstSeenAt">,
  today: Day,
): boolean {
  if (seat.kind !== "seat" || !seat.active) return false;
  const since = seat.usedAt ?? seat.madeAt;
  return since !== null && utcDay(since) < addDays(today, -IDLE_DAYS);
}

function seatsOf(items: readonly KnownItem[], today: Day) {
  const seats = items.filter(({ kind, active }) => kind === "seat" && active);
  return { all: seats.length, idle: seats.filter((seat) => isIdleSeat(seat, today)).length };
}

/** What to do first, at most three, the one that shows most spend first. In words for people. */
export function nextActions(picture: Picture): string[] {
  const { total, attributed, ownerlessKeys, connections, seats } = picture;
  const actions: string[] = [];
  const excess = connections.filter(({ excessRights }) => excessRights !== null);
  if (total > 0n && attributed * 100n < total * 95n) {
    actions.push(
      ownerlessKeys.length > 0
        ? `Say whose ${whose(ownerlessKeys.length)}: name the scope under keys in aispend.yaml ` +
            "(aispend scopes discover writes a start)"
        : "Say whose the spend is: map projects under accounts in aispend.yaml",
    );
  }
  if (picture.accountsWithoutOwner > 0) {
    actions.push(
      `Name an owner for ${counted(picture.accountsWithoutOwner, "account")} ` +
        "under accounts in aispend.yaml",
    );
  }
  if (picture.unpricedRequests > 0n)
    actions.push("Price the models that have no price: aispend prices");
  if (seats.idle > 0) actions.push(`Give back ${counted(seats.idle, "idle seat")} of ${seats.all}`);
  for (const { name } of excess) {
    if (hasReadOnly(connections, name))
      actions.push(`Replace the key of ${name} by one that only reads`);
  }
  actions.push("Set a budget on what was measured: /aispend budget suggest");
  actions.push("See calls as they happen: route them through a gateway (docs/ingest.md)");
  return actions.slice(0, 3);
}

function whose(keys: number): string {
  return `${counted(keys, "key")} ${keys === 1 ? "is" : "are"}`;
}

function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? "" : "s"}`;
}

/** Cursor and OpenRouter have no key that only reads, so that there is nothing to replace it by. */
function hasReadOnly(connections: readonly Connection[], name: string): boolean {
  const kind = connections.find((one) => one.name === name)?.kind;
  return kind === "openai" || kind === "litellm" || kind === "copilot";
}
