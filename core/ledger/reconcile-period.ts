import { createHash } from "node:crypto";
import { group as groupBy } from "d3-array";
import type { Pool } from "pg";
import type { Db } from "#core/db/db.ts";
import { transaction } from "#core/db/transaction.ts";
import { type NanoUsd, nanoUsd, usdDecimal } from "#core/money.ts";
import { readModelName, withoutVersion } from "#core/pricing/model-name.ts";
import { addDays, type Clock, type Day, type Period } from "#core/time.ts";
import { type BilledRow, listBilledBuckets, sumBilledBuckets } from "./billed-store.ts";
import type { Ledger } from "./ledger.ts";
import { type BilledGroup, type ReconciledGroup, reconcileDay } from "./reconcile.ts";
import {
  type DirectBill,
  listDirectBills,
  listMeteredGroups,
  type MeteredRow,
} from "./reconcile-store.ts";
import {
  type AccountReconciliation,
  addDay,
  compareAmounts,
  newSum,
  type Sum,
  summed,
} from "./reconcile-sum.ts";
import { withdrawOthers } from "./restate.ts";
import type { UsageEvent } from "./schema.ts";

/** How differences get into the ledger; absent, they are only told. */
export interface Booking {
  readonly ledger: Pick<Ledger, "append" | "names">;
  readonly clock: Clock;
  /** Days before this one are settled; later bills may still grow. */
  readonly before: Day;
}

export interface ReconcileRequest {
  readonly orgId: number;
  /** Half-open UTC days, as bills are cut. */
  readonly period: Period;
  readonly account?: string;
  /** Days before this one are settled, where nothing is booked; absent, all of them are. */
  readonly before?: Day;
}

export interface Reconciliation {
  readonly period: Period;
  readonly accounts: readonly AccountReconciliation[];
  /** Accounts that nothing meters: the bill is the charge, and nothing can differ. */
  readonly direct: readonly DirectBill[];
  /** Every account that a bill of the period names, whichever was asked for. */
  readonly known: readonly string[];
  /** Metered under no account while several accounts of the provider have bills: matched to none. */
  readonly unassigned: NanoUsd;
}

export const RECONCILIATION_SOURCE = "reconciliation";
const SETTLED_DAYS = 2;

/** Bills of earlier UTC days are taken as whole (providers.md: reports lag by up to two days). */
export function settledBefore(today: Day): Day {
  return addDays(today, 1 - SETTLED_DAYS);
}

/**
 * Compares bills with what was metered, account by account and UTC day by UTC day, and books the
 * differences as entries of their own (design.md 4.8), so that totals equal the bills. Run again after
 * a restatement or late usage it appends what has changed since, and nothing else.
 */
export async function reconcile(
  pool: Pool,
  request: ReconcileRequest,
  booking?: Booking,
): Promise<Reconciliation> {
  const { orgId, period } = request;
  const sums = new Map<string, Sum>();
  const known = new Set<string>();
  const before = booking?.before ?? request.before;
  let unassigned = 0n;
  for (let day = period.start; day < period.end; day = addDays(day, 1)) {
    const found = await reconcileOneDay(pool, request, day);
    unassigned += found.unassigned;
    for (const account of found.accounts) known.add(account);
    for (const { account, result } of found.days) {
      const sum = sums.get(account) ?? newSum(account);
      sums.set(account, sum);
      const waits = result.waiting || (before !== undefined && day >= before);
      const books = booking !== undefined && !waits;
      if (books) await bookDay(pool, booking, { orgId, account, day, groups: result.groups });
      addDay(sum, day, result, waits ? "waiting" : books ? "booked" : "settled");
    }
  }
  const direct = await listDirectBills(pool, orgId, period);
  for (const { account } of direct) known.add(account);
  return {
    period,
    known: [...known].sort(),
    accounts: [...sums.values()].map(summed).sort((a, b) => compareAmounts(a.billed, b.billed)),
    direct: direct.filter(
      ({ account }) => request.account === undefined || account === request.account,
    ),
    unassigned: nanoUsd(unassigned),
  };
}

/** Every account's bill of a UTC day against its meter; books nothing. */
export async function reconcileOneDay(pool: Pool, request: ReconcileRequest, day: Day) {
  const { orgId } = request;
  const bills = await listBilledBuckets(pool, orgId, { start: day, end: addDays(day, 1) });
  if (bills.length === 0) return { days: [], accounts: [], unassigned: 0n };
  const providers = [...new Set(bills.map(({ provider }) => provider))];
  const metered = await listMeteredGroups(pool, { orgId, day, providers });
  const byAccount = groupBy(bills, ({ account }) => account);
  const several = severalAccounts(byAccount);
  const days = [...byAccount]
    .filter(([account]) => request.account === undefined || account === request.account)
    .map(([account, rows]) => {
      const own = metered.filter((row) => isOf(row, account, rows, several));
      return { account, result: reconcileDay(rows.map(groupOf), own, sameModel()) };
    });
  const unassigned = metered.filter(({ account, provider }) => !account && several.has(provider));
  const cost = unassigned.reduce((sum, { cost: one }) => sum + one, 0n);
  return { days, accounts: [...byAccount.keys()], unassigned: cost };
}

/** Providers of which more than one account has a bill. */
function severalAccounts(byAccount: ReadonlyMap<string, readonly BilledRow[]>): Set<string> {
  const seen = new Set<string>();
  const several = new Set<string>();
  for (const rows of byAccount.values()) {
    for (const provider of new Set(rows.map((row) => row.provider))) {
      if (seen.has(provider)) several.add(provider);
      seen.add(provider);
    }
  }
  return several;
}

function isOf(
  row: MeteredRow,
  account: string,
  bills: readonly BilledRow[],
  several: ReadonlySet<string>,
): boolean {
  if (!bills.some(({ provider }) => provider === row.provider)) return false;
  return row.account === account || (row.account === "" && !several.has(row.provider));
}

function groupOf(row: BilledRow): BilledGroup {
  const tokens = row.inputTokens === null ? undefined : row.inputTokens + (row.outputTokens ?? 0n);
  return {
    provider: row.provider,
    project: row.project,
    key: row.key,
    model: row.model,
    isUsage: row.kind === "bucket" || row.kind === "call",
    amount: row.amount ?? undefined,
    tokens,
  };
}

/** "gpt-4o-2024-08-06" and "openai/gpt-4o" are one model to a bill and its meter. */
function sameModel(): (name: string) => string {
  const known = new Map<string, string>();
  return (name) => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const plain = withoutVersion(readModelName(name).names.at(-1) ?? name.toLowerCase());
    known.set(name, plain);
    return plain;
  };
}

/** The difference of each grouping as one entry; what was booked of others that day is taken back. */
async function bookDay(
  pool: Pool,
  { ledger, clock }: Booking,
  settled: { orgId: number; account: string; day: Day; groups: readonly ReconciledGroup[] },
): Promise<void> {
  const { orgId, account, day, groups } = settled;
  const events = merged(groups).map((group) => eventOf(account, day, group));
  if (events.length > 0) {
    const outcomes = await ledger.append(orgId, events, {
      costFrom: "reported",
      authoritative: true,
    });
    const refused = outcomes.find(({ state }) => state === "refused" || state === "conflict");
    if (refused !== undefined) throw new Error(`reconciliation of ${day}: ${refused.state}`);
  }
  await ledger.names.ensure(orgId, new Map([["account", new Set([account])]]));
  const accountId = ledger.names.idOf(orgId, "account", account);
  const kept = new Set(events.map(({ externalId }) => externalId));
  const at = { orgId, source: RECONCILIATION_SOURCE, accountId, day };
  await transaction(pool, (tx) => withdrawOthers(tx, at, "", kept, clock()));
}

/** Tiers of one grouping are lines of the bill, and one line here. */
function merged(groups: readonly ReconciledGroup[]): ReconciledGroup[] {
  const lines = groupBy(groups, ({ provider, project, key, model }) =>
    [provider, project, key, model].join("\n"),
  );
  return [...lines.values()].flatMap(([first, ...rest]) => {
    if (first === undefined) return [];
    const difference = rest.reduce(
      (sum, group) => sum + group.difference,
      first.difference as bigint,
    );
    return difference === 0n ? [] : [{ ...first, difference: nanoUsd(difference) }];
  });
}

function eventOf(account: string, day: Day, group: ReconciledGroup): UsageEvent {
  const { provider, project, key, model, difference } = group;
  const name = JSON.stringify([account, provider, project, key, model]);
  return {
    source: RECONCILIATION_SOURCE,
    externalId: createHash("sha256").update(name).digest("base64url"),
    // Noon is on the same local day nearly everywhere.
    occurredAt: `${day}T12:00:00Z`,
    kind: "reconciliation",
    basis: "reconciliation",
    provider,
    model,
    serviceTier: "standard",
    status: "ok",
    requestCount: 0,
    tokens: {},
    tags: {},
    account,
    ...(key === "" ? {} : { key }),
    ...(project === "" ? {} : { nativeProject: project }),
    reportedCost: usdDecimal(difference),
    estimated: false,
  };
}

/** Nano-USD of the bills of metered account-days, as far as they are out: they stand beside the ledger. */
export function sumBillsBeside(db: Db, orgId: number, period: Period): Promise<bigint> {
  return sumBilledBuckets(db, orgId, period);
}
