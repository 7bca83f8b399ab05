import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { cachedContexts } from "#core/ledger/context.ts";
import type { Reconciliation } from "#core/ledger/reconcile-period.ts";
import { reconcile } from "#core/ledger/reconcile-period.ts";
import { UsageEvent } from "#core/ledger/schema.ts";
import { settleDay } from "#core/ledger/settle.ts";
import { spendTotal } from "#core/ledger/spend.ts";
import { verifyLedger } from "#core/ledger/verify.ts";
import { divideHalfEven, parseUsd, sumNano, usdDecimal } from "#core/money.ts";
import { addDays, type Day, parseDay } from "#core/time.ts";
import { makeOrganization, seeded } from "#test/ledger/entries.ts";
import { BENCH_NOW, type BenchDatabase } from "./database.ts";
import { atMost, context, type Figure } from "./figure.ts";

const FEED = fileURLToPath(new URL("../../shared/data/anomaly_dev/hourly.csv.gz", import.meta.url));
const LEFT_OUT_PER_MILLE = 17n;
const RESTATED = 40;
const BATCH = 5_000;

interface Row {
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

function readRows(): Row[] {
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
function leaveOut(rows: readonly Row[]): Set<Row> {
  const random = seeded(17);
  const wanted = (sumNano(rows.map(({ cost }) => cost)) * LEFT_OUT_PER_MILLE) / 1000n;
  const left = new Set<Row>();
  let sum = 0n;
  while (sum < wanted) {
    const row = rows[Math.floor(random() * rows.length)];
    if (row === undefined || left.has(row)) continue;
    left.add(row);
    sum += row.cost;
  }
  return left;
}

function shared(row: Row) {
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
function billsOf(rows: readonly Row[], factor: (account: string, day: Day) => bigint): Bill[] {
  const groups = new Map<string, Row[]>();
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
    const total = (of: (row: Row) => number) => members.reduce((all, row) => all + of(row), 0);
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

/**
 * Real traffic of 42 days and several accounts: a part of the cost was never metered, whole days are
 * billed, and some account-days are restated. What reconciliation finds is compared with what was
 * left out, to the nano-dollar.
 */
export async function* reconcileFigures(
  database: BenchDatabase,
  progress: (text: string) => void,
): AsyncGenerator<Figure> {
  if (!existsSync(FEED)) {
    progress("skipped the reconciliation: ../shared/data/anomaly_dev is not there");
    return;
  }
  const rows = readRows();
  const left = leaveOut(rows);
  const { pool, ledger } = database;
  const orgId = await makeOrganization(database.owner, "reconcile");
  await database.owner.query("update organization set entry_months = 240 where id = $1", [orgId]);
  progress(`metering ${rows.length - left.size} rows, leaving out ${left.size}`);
  const metered = rows.flatMap((row, index) =>
    left.has(row)
      ? []
      : [
          UsageEvent.parse({
            ...shared(row),
            ...{ source: "gateway", externalId: `${index}`, occurredAt: row.hour },
            reportedCost: usdDecimal(row.cost),
          }),
        ],
  );
  for (let start = 0; start < metered.length; start += BATCH) {
    await ledger.append(orgId, metered.slice(start, start + BATCH), { costFrom: "reported" });
  }
  const contextOf = cachedContexts(pool, BENCH_NOW);
  const deps = { pool, ledger, contextOf, clock: BENCH_NOW };
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
  const booking = { ledger, clock: BENCH_NOW, before: period.end };
  const found = await reconcile(pool, { orgId, period }, booking);
  const leftOut = sumNano([...left].map(({ cost }) => cost));
  const whole = sumNano(rows.map(({ cost }) => cost));
  yield context("left out of the meter", (Number(leftOut) / Number(whole)) * 100, "% of cost");
  const off = (amount: bigint) => Number(amount < 0n ? -amount : amount);
  yield atMost("difference found, off by", off(differenceOf(found) - leftOut), "nano-USD", 0);

  const random = seeded(40);
  const chosen = new Set<Bill>();
  while (chosen.size < RESTATED) {
    const bill = bills[Math.floor(random() * bills.length)];
    if (bill !== undefined) chosen.add(bill);
  }
  const names = new Set([...chosen].map(({ account, day }) => `${account} ${day}`));
  const isRestated = (account: string, day: Day) => names.has(`${account} ${day}`);
  const again = billsOf(rows, (account, day) => (isRestated(account, day) ? 103n : 100n));
  await settle(again.filter(({ account, day }) => isRestated(account, day)));
  const restated = await reconcile(pool, { orgId, period }, booking);
  const billed = sumNano(again.map(({ amount }) => amount));
  const wanted = leftOut + billed - sumNano(bills.map(({ amount }) => amount));
  yield atMost(
    "after 40 restatements, off by",
    off(differenceOf(restated) - wanted),
    "nano-USD",
    0,
  );
  const all = { start: addDays(first, -1), end: addDays(last, 2) };
  const total = await spendTotal(pool, orgId, {}, all);
  yield atMost("the ledger's total less the bills", off(total.cost - billed), "nano-USD", 0);
  const { rows: moved } = await database.owner.query<{ days: number }>(
    `select count(distinct (account_id, day))::int as days from ledger_entry
     where org_id = $1 and source = 'reconciliation' and kind = 'correction'`,
    [orgId],
  );
  const days40 = (moved[0]?.days ?? 0) - RESTATED;
  yield atMost("account-days corrected less those restated", Math.abs(days40), "days", 0);
  const { difference } = await verifyLedger(pool, orgId);
  yield atMost("rollups that differ from the entries", difference === undefined ? 0 : 1, "", 0);
}
