import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { focus } from "#apps/connectors/bill-files/focus.ts";
import { importBill } from "#apps/connectors/bill-files/import-bill.ts";
import { exportEntries } from "#core/ledger/export.ts";
import { UsageEvent, type UsageEventInput } from "#core/ledger/schema.ts";
import { verifyLedger } from "#core/ledger/verify.ts";
import { parseUsd, usdDecimal } from "#core/money.ts";
import type { Day } from "#core/time.ts";
import { aispend } from "#test/cli/command-line.ts";
import { makeWorld, NOW, type World } from "#test/connect/world.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeOrganization } from "#test/ledger/entries.ts";
import { type FocusTextRow, focusFaults, focusReport, focusRows } from "#test/ledger/focus-rows.ts";
import { makeScopes } from "#test/ledger/scopes.ts";

const database = useDatabase();
const folder = mkdtempSync(join(tmpdir(), "aispend-focus-"));
const ALL = { start: "2026-10-01" as Day, end: "2026-12-01" as Day };
const SCOPES = ["payments/disputes", "payments/checkout", "search/ranker"];
let world: World;
let text = "";
let rows: FocusTextRow[] = [];

async function exported(orgId: number): Promise<string> {
  const client = await database.pool.connect();
  try {
    let all = "";
    for await (const line of exportEntries(client, orgId, ALL, "focus")) all += line;
    return all;
  } finally {
    client.release();
  }
}

async function organisation(key: string): Promise<number> {
  const orgId = await makeOrganization(database.owner, key);
  await makeScopes(database.owner, orgId, SCOPES);
  return orgId;
}

/** Calls of many kinds on many days, and at least one entry of each kind that there is. */
function events(): UsageEventInput[] {
  const calls = Array.from({ length: 60 }, (_, index): UsageEventInput => {
    const scope = SCOPES[index % SCOPES.length] ?? "";
    const [team, project] = scope.split("/");
    return {
      source: "gateway",
      externalId: `call-${index}`,
      occurredAt: new Date(Date.UTC(2026, 9, 1 + (index % 45), index % 24, 59)).toISOString(),
      provider: index % 2 === 0 ? "openai" : "anthropic",
      model: ["gpt-4o", "claude-sonnet-4-5", "model-nobody-knows"][index % 3] ?? "",
      operation: "chat",
      tokens: index % 7 === 0 ? {} : { input: 1_000 + index, cacheRead: index, output: 3 * index },
      tags: index % 5 === 0 || team === undefined || project === undefined ? {} : { team, project },
      ...(index % 2 === 0 ? { account: "org-acme" } : {}),
    };
  });
  const kinds = [
    ["bucket", "0.123456789"],
    ["seat", "19"],
    ["fee", "30.5"],
    ["infrastructure", "2.25"],
    ["credit", "-7.000000001"],
    ["refund", "-1.5"],
    ["tax", "3.21"],
    ["reconciliation", "-0.04"],
  ] as const;
  const charges = kinds.map(
    ([kind, reportedCost]): UsageEventInput => ({
      ...{ source: "pull:openai", externalId: `charge-${kind}`, kind, reportedCost },
      occurredAt: kind === "seat" ? "2026-10-01T12:00:00Z" : "2026-10-15T12:00:00Z",
      ...{ basis: "billed", provider: "openai", model: `${kind} item`, account: "org-acme" },
      ...{ requestCount: 0, tokens: kind === "bucket" ? { input: 500, output: 20 } : {} },
      tags: { team: "payments" },
    }),
  );
  return [...calls, ...charges];
}

beforeAll(async () => {
  world = makeWorld(database);
  const orgId = await organisation("exporter");
  const all = events().map((event) => UsageEvent.parse(event));
  const metered = all.filter(({ reportedCost }) => reportedCost === undefined);
  const billed = all.filter(({ reportedCost }) => reportedCost !== undefined);
  const { ledger } = world.deps;
  await ledger.append(orgId, metered);
  await ledger.append(orgId, billed, { costFrom: "reported", authoritative: true });
  // October is invoiced: what its provider says now corrects it.
  const restated = billed.map((event) =>
    event.kind === "bucket"
      ? { ...event, reportedCost: "0.1", tokens: { input: 400, output: 20 } }
      : event,
  );
  await ledger.append(orgId, restated, { costFrom: "reported", authoritative: true });
  text = await exported(orgId);
  rows = focusRows(text);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Exact sums of a column by UTC day, service and sub account. */
function sums(of: readonly FocusTextRow[], column: string): Map<string, string> {
  const totals = new Map<string, bigint>();
  for (const row of of) {
    const day = row.ChargePeriodStart?.slice(0, 10);
    const group = `${day} ${row.ServiceName} ${row.SubAccountId ?? "-"}`;
    totals.set(group, (totals.get(group) ?? 0n) + parseUsd(row[column] ?? 0));
  }
  const known = [...totals].filter(([, total]) => total !== 0n);
  return new Map(known.map(([group, total]) => [group, usdDecimal(total)]));
}

it("exports entries of every kind so that no rule of FOCUS that applies fails", () => {
  expect(new Set(rows.map((row) => row.ChargeCategory))).toEqual(
    new Set(["Usage", "Purchase", "Credit", "Tax", "Adjustment"]),
  );
  // There is no invoice in a ledger of usage, which FOCUS recommends and does not ask for.
  expect(focusFaults(rows)).toEqual(["CostAndUsage-D-033-O: the column InvoiceId is missing"]);
  const { passed, failed, notApplicable } = focusReport(rows);
  expect(failed).toBe(0);
  expect(passed).toBeGreaterThan(190);
  expect(passed + notApplicable).toBe(620);
});

it("calls a correction one when its month was invoiced before", () => {
  const corrections = rows.filter((row) => row.ChargeClass === "Correction");
  expect(corrections).toHaveLength(1);
  expect(corrections[0]).toMatchObject({ BilledCost: "-0.023456789", x_InputTokens: "-100" });
});

it("comes back elsewhere with the same totals by day, service and sub account", async () => {
  const other = await organisation("importer");
  const file = join(folder, "export.csv");
  writeFileSync(file, text);
  const summary = await importBill(world.deps, { orgId: other, file, format: focus });
  expect(summary).toMatchObject({ rows: rows.length, ignored: 0, refused: 0 });
  const back = focusRows(await exported(other));
  for (const column of ["BilledCost", "x_InputTokens", "x_OutputTokens", "x_CacheReadTokens"]) {
    expect(sums(back, column), column).toEqual(sums(rows, column));
  }
  expect(sums(rows, "BilledCost").size).toBeGreaterThan(20);
  expect(focusFaults(back)).toEqual(["CostAndUsage-D-033-O: the column InvoiceId is missing"]);
  expect((await verifyLedger(database.pool, other)).difference).toBeUndefined();
});

it("is checked from the command line, which says what is wrong and what does not apply", async () => {
  const line = (...words: string[]) =>
    aispend({ environment: {}, workingFolder: folder, now: NOW }, "focus", "check", ...words);
  writeFileSync(join(folder, "good.csv"), text);
  const good = await line("good.csv");
  expect(good.exitCode).toBe(0);
  expect(good.out).toMatch(/^good\.csv keeps the rules of FOCUS 1\.2 that apply to it: 6\d rows/);
  expect(good.out).toContain("Advised:\n  the column InvoiceId is missing");
  writeFileSync(join(folder, "bad.csv"), text.replaceAll(",USD,", ",Dollar,"));
  const bad = await line("bad.csv");
  expect(bad.exitCode).toBe(1);
  expect(bad.out).toContain("line 2: BillingCurrency is no currency code of ISO 4217");
  const json = JSON.parse((await line("bad.csv", "--claims", "all", "--json")).out);
  expect(json).toMatchObject({ version: "1.2", rules: 621, rows: rows.length });
  expect(json.verdicts["CostAndUsage-D-004-C"].state).toBe("failed");
  expect((await line("good.csv", "--claims", "everything")).err).toContain("'everything'");
});
