import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import type { Pool } from "pg";
import { cachedContexts } from "#core/ledger/context.ts";
import type { Ledger } from "#core/ledger/ledger.ts";
import type { Reconciliation } from "#core/ledger/reconcile-period.ts";
import { reconcile } from "#core/ledger/reconcile-period.ts";
import { UsageEvent } from "#core/ledger/schema.ts";
import { settleDay } from "#core/ledger/settle.ts";
import { spendTotal } from "#core/ledger/spend.ts";
import { verifyLedger } from "#core/ledger/verify.ts";
import { absolute, divideHalfEven, parseUsd, sumNano, usdDecimal } from "#core/money.ts";
import { addDays, type Clock, type Day, parseDay } from "#core/time.ts";
import { makeOrganization, seeded } from "#test/ledger/entries.ts";
import { BENCH_NOW, type BenchDatabase } from "./database.ts";
import { atMost, context, type Figure } from "./figure.ts";

const FEED = fileURLToPath(new URL("../../shared/data/anomaly_dev/hourly.csv.gz", import.meta.url));
const LEFT_OUT_PER_MILLE = 17n;
const RESTATED = 40;
const BATCH = 5_000;

/** What a team used of a model in an hour. */
export interface TrafficRow {
  readonly hour: string;
  readonly team: string;
  readonly project: string;
  readonly model: string;
  readonly requests: number;
  readonly input: number;
  readonly output: number;
  readonly cost: bigint;
  readonly account: string;
  readonly provider: string;
}

function readRows(): TrafficRow[] {
  const text = gunzipSync(readFileSync(FEED)).toString("utf8");
  const records: Record<string, string>[] = parse(text, { columns: true });
  return records.map((record) => {
    const provider = record.model?.startsWith("claude") ? "anthropic" : "openai";
    const half = Number(/\d+$/.exec(record.team ?? "")?.[0] ?? 0) % 2;
    return {
      hour: record.hour ?? "",
      team: record.team ?? "",
      project: record.project ?? "",
      model: record.model ?? "",
      requests: Math.round(Number(record.requests)),
      input: Math.round(Number(record.input_tokens)),
      output: Math.round(Number(record.output_tokens)),
      cost: parseUsd(record.cost_usd ?? "0"),
      account: `${provider}-${half}`,
      provider,
    };
  });
}

/** Rows that no gateway saw: as many as make up the wanted part of the cost. */
function leaveOut(rows: readonly TrafficRow[]): Set<TrafficRow> {
  const random = seeded(17);
  const wanted = (sumNano(rows.map(({ cost }) => cost)) * LEFT_OUT_PER_MILLE) / 1000n;
  const left = new Set<TrafficRow>();
  let sum = 0n;
  while (sum < wanted) {
    const row = rows[Math.floor(random() * rows.length)];
    if (row === undefined || left.has(row)) continue;
    left.add(row);
    sum += row.cost;
  }
  return left;
}

function shared(row: TrafficRow) {
  return {
    provider: row.provider,
    model: row.model,
    account: row.account,
    nativeProject: row.project,
    kind: "bucket" as const,
    requestCount: row.requests,
    tokens: { input: row.input, output: row.output },
  };
}

interface Bill {
  readonly account: string;
  readonly day: Day;
  readonly lines: readonly UsageEvent[];
  readonly amount: bigint;
}

/** Whole days as a provider bills them, by project and model; `factor` in per cent. */
function billsOf(
  rows: readonly TrafficRow[],
  factor: (account: string, day: Day) => bigint,
): Bill[] {
  const groups = new Map<string, TrafficRow[]>();
  for (const row of rows) {
    const key = [row.account, row.hour.slice(0, 10), row.project, row.model].join("\n");
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const bills = new Map<string, Bill & { lines: UsageEvent[]; amount: bigint }>();
  for (const [key, members] of groups) {
    const [first] = members;
    if (first === undefined) continue;
    const [account = "", date = ""] = key.split("\n");
    const day = parseDay(date);
    const sum = sumNano(members.map(({ cost }) => cost));
    const amount = divideHalfEven(sum * factor(account, day), 100n);
    const total = (of: (row: TrafficRow) => number) =>
      members.reduce((all, row) => all + of(row), 0);
    const line = UsageEvent.parse({
      ...shared(first),
      ...{ source: "pull:bench", externalId: `usage:${key.replaceAll("\n", "/")}` },
      ...{ basis: "billed", occurredAt: `${day}T12:00:00Z`, reportedCost: usdDecimal(amount) },
      requestCount: total((row) => row.requests),
      tokens: { input: total((row) => row.input), output: total((row) => row.output) },
    });
    const bill = bills.get(`${account} ${day}`) ?? { account, day, lines: [], amount: 0n };
    bill.lines.push(line);
    bill.amount += amount;
    bills.set(`${account} ${day}`, bill);
  }
  return [...bills.values()];
}

const differenceOf = ({ accounts }: Reconciliation) =>
  sumNano(accounts.map(({ difference }) => difference));

export interface ProofSetting {
  readonly pool: Pool;
  readonly owner: Pool;
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** How many account-days are billed anew, 3% dearer. */
  readonly restated: number;
  readonly progress: (text: string) => void;
}

/** How far off each sum is; nano-USD where it is money. */
export interface Proof {
  readonly leftOut: bigint;
  readonly whole: bigint;
  readonly found: bigint;
  readonly afterRestating: bigint;
  readonly total: bigint;
  readonly correctedDays: number;
  readonly rollups: number;
}

/**
 * A part of the cost was never metered, whole days are billed, and some account-days are restated. What
 * reconciliation finds is compared with what was left out, to the nano-dollar.
 */
export async function proveReconciliation(
  rows: readonly TrafficRow[],
  setting: ProofSetting,
): Promise<Proof> {
  const { pool, owner, ledger, clock, progress } = setting;
  const left = leaveOut(rows);
  const orgId = await makeOrganization(owner, "reconcile");
  await owner.query("update organization set entry_months = 240 where id = $1", [orgId]);
  progress(`metering ${rows.length - left.size} rows, leaving out ${left.size}`);
  const metered = meteredEvents(rows.filter((row) => !left.has(row)));
  for (let start = 0; start < metered.length; start += BATCH) {
    await ledger.append(orgId, metered.slice(start, start + BATCH), { costFrom: "reported" });
  }
  const deps = { pool, ledger, contextOf: cachedContexts(pool, clock), clock };
  const settle = async (bills: readonly Bill[]) => {
    for (const { account, day, lines } of bills) {
      const at = { orgId, source: "pull:bench", account, prefix: "usage:", day };
      await settleDay(deps, { ...at, events: lines });
    }
  };
  const bills = billsOf(rows, () => 100n);
  progress(`settling ${bills.length} account-days`);
  await settle(bills);
  const days = bills.map(({ day }) => day).sort();
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) throw new Error("the feed has days");
  const period = { start: first, end: addDays(last, 1) };
  const booking = { ledger, clock, before: period.end };
  const found = await reconcile(pool, { orgId, period }, booking);
  const leftOut = sumNano([...left].map(({ cost }) => cost));

  const names = chooseDays(bills, setting.restated);
  const isRestated = (account: string, day: Day) => names.has(`${account} ${day}`);
  const again = billsOf(rows, (account, day) => (isRestated(account, day) ? 103n : 100n));
  await settle(again.filter(({ account, day }) => isRestated(account, day)));
  const restated = await reconcile(pool, { orgId, period }, booking);
  const billed = sumNano(again.map(({ amount }) => amount));
  const wanted = leftOut + billed - sumNano(bills.map(({ amount }) => amount));
  const all = { start: addDays(first, -1), end: addDays(last, 2) };
  const total = await spendTotal(pool, orgId, {}, all);
  const { rows: moved } = await owner.query<{ days: number }>(
    `select count(distinct (account_id, day))::int as days from ledger_entry
     where org_id = $1 and source = 'reconciliation' and kind = 'correction'`,
    [orgId],
  );
  return {
    leftOut,
    whole: sumNano(rows.map(({ cost }) => cost)),
    found: differenceOf(found) - leftOut,
    afterRestating: differenceOf(restated) - wanted,
    total: total.cost - billed,
    correctedDays: (moved[0]?.days ?? 0) - setting.restated,
    rollups: (await verifyLedger(pool, orgId)).difference === undefined ? 0 : 1,
  };
}

function meteredEvents(rows: readonly TrafficRow[]): UsageEvent[] {
  return rows.map((row, index) =>
    UsageEvent.parse({
      ...shared(row),
      ...{ source: "gateway", externalId: `${index}`, occurredAt: row.hour },
      reportedCost: usdDecimal(row.cost),
    }),
  );
}

function chooseDays(bills: readonly Bill[], count: number): Set<string> {
  const random = seeded(40);
  const chosen = new Set<string>();
  while (chosen.size < count) {
    const bill = bills[Math.floor(random() * bills.length)];
    if (bill !== undefined) chosen.add(`${bill.account} ${bill.day}`);
  }
  return chosen;
}

/** The proof on real traffic of 42 days and several accounts. */
export async function* reconcileFigures(
  { pool, owner, ledger }: BenchDatabase,
  progress: (text: string) => void,
): AsyncGenerator<Figure> {
  if (!existsSync(FEED)) {
    progress("skipped the reconciliation: ../shared/data/anomaly_dev is not there");
    return;
  }
  const setting = { pool, owner, ledger, clock: BENCH_NOW, restated: RESTATED, progress };
  const proof = await proveReconciliation(readRows(), setting);
  const off = (amount: bigint) => Number(absolute(amount));
  const share = (Number(proof.leftOut) / Number(proof.whole)) * 100;
  yield context("left out of the meter", share, "% of cost");
  yield atMost("difference found, off by", off(proof.found), "nano-USD", 0);
  yield atMost("after 40 restatements, off by", off(proof.afterRestating), "nano-USD", 0);
  yield atMost("the ledger's total less the bills", off(proof.total), "nano-USD", 0);
  const days = Math.abs(proof.correctedDays);
  yield atMost("account-days corrected less those restated", days, "days", 0);
  yield atMost("rollups that differ from the entries", proof.rollups, "", 0);
}
