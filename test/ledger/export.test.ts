import { parse } from "csv-parse/sync";
import { beforeAll, describe, expect, it } from "vitest";
import { transaction } from "#core/db/transaction.ts";
import { book } from "#core/ledger/book.ts";
import { type ExportFormat, exportEntries } from "#core/ledger/export.ts";
import { ensurePartition } from "#core/ledger/store.ts";
import { parseUsd } from "#core/money.ts";
import type { Day } from "#core/time.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeEntries, makeOrganization } from "./entries.ts";
import { focusReport, focusRows } from "./focus-rows.ts";

const database = useDatabase();
const JULY = { start: "2026-07-01" as Day, end: "2026-08-01" as Day };
let orgId = 0;
let cost = 0n;

beforeAll(async () => {
  orgId = await makeOrganization(database.owner, "acme");
  await database.owner.query(
    `insert into dimension_value (org_id, dimension, id, value) values
       ($1, 'provider', 1, 'anthropic'), ($1, 'model', 1, '=cmd|calc'),
       ($1, 'model', 2, 'a "quoted", name'),
       ($1, 'model', 3, 'claude-sonnet-4-5'), ($1, 'workflow', 1, 'refunds')`,
    [orgId],
  );
  const entries = makeEntries(orgId, 500, 4);
  cost = entries.reduce((sum, entry) => sum + entry.cost, 0n);
  await ensurePartition(database.pool, "2026-07-01");
  await transaction(database.pool, (tx) => book(tx, entries));
  const other = await makeOrganization(database.owner, "other");
  await transaction(database.pool, (tx) => book(tx, makeEntries(other, 20, 4)));
});

async function exported(format: ExportFormat): Promise<string> {
  const client = await database.pool.connect();
  try {
    let text = "";
    for await (const line of exportEntries(client, orgId, JULY, format)) text += line;
    return text;
  } finally {
    client.release();
  }
}

function rowsOf(csv: string): Record<string, string>[] {
  return parse(csv, { columns: true });
}

describe("export", () => {
  it("writes every entry of the organisation once, with exact decimals", async () => {
    const rows = rowsOf(await exported("csv"));
    expect(rows).toHaveLength(500);
    expect(rows.reduce((sum, row) => sum + parseUsd(row.cost ?? ""), 0n)).toBe(cost);
    expect(new Set(rows.map((row) => row.model))).toEqual(
      new Set(["'=cmd|calc", 'a "quoted", name', "claude-sonnet-4-5"]),
    );
  });

  it("writes the same entries as JSON lines", async () => {
    const lines = (await exported("jsonl")).trimEnd().split("\n");
    const rows = lines.map((line) => JSON.parse(line) as Record<string, string>);
    expect(rows).toHaveLength(500);
    expect(rows.reduce((sum, row) => sum + parseUsd(row.cost ?? ""), 0n)).toBe(cost);
  });

  it("writes them in FOCUS 1.2 so that no rule of it fails, at the same cost", async () => {
    const rows = focusRows(await exported("focus"));
    expect(rows).toHaveLength(500);
    expect(focusReport(rows).failed).toBe(0);
    expect(rows[0]).toMatchObject({
      BillingPeriodStart: "2026-07-01T00:00:00Z",
      BillingPeriodEnd: "2026-08-01T00:00:00Z",
    });
    expect(rows.reduce((sum, row) => sum + parseUsd(row.BilledCost ?? ""), 0n)).toBe(cost);
  });
});
