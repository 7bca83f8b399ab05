import { parse } from "csv-parse/sync";
import { beforeAll, describe, expect, it } from "vitest";
import { FOCUS_COLUMNS } from "#core/ledger/focus.ts";
import { spendTotal } from "#core/ledger/spend.ts";
import { parseUsd, sumNano } from "#core/money.ts";
import { findStatement, statementText } from "#core/showback/statement.ts";
import { parseDay } from "#core/time.ts";
import { type Acme, append, fillAcme, makeAcme, personId } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { focusReport, focusRows } from "#test/ledger/focus-rows.ts";

const database = useDatabase();
const OCTOBER = { start: parseDay("2026-10-01"), end: parseDay("2026-11-01") };
let acme: Acme;
let other: Acme;

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  other = await makeAcme(database.owner, { key: "other" });
  await fillAcme(database.pool, acme);
  await append(database.pool, other.orgId, [
    {
      source: "seed",
      externalId: "one",
      occurredAt: "2026-10-01T10:00:00Z",
      provider: "openai",
      model: "gpt-4o",
      tokens: { input: 1_000, output: 10 },
      tags: { team: "payments" },
    },
  ]);
  const set = (path: string, costCentre: string) =>
    database.owner.query("update scope set cost_centre = $3 where org_id = $1 and id = $2", [
      acme.orgId,
      acme.scopes.get(path),
      costCentre,
    ]);
  await set("payments", "CC-2100");
  // Below its team's: the nearest decides.
  await set("payments/disputes", "CC-2150");
  await set("search", "CC-2200");
}, 60_000);

const read = (text: string): Record<string, string>[] => parse(text, { columns: true });

async function text(format: "csv" | "focus", costCentre?: string): Promise<string> {
  const statement = await findStatement(database.pool, acme.orgId, OCTOBER, costCentre);
  const issuer = { key: "acme", name: "Acme" };
  return statementText(statement, { period: OCTOBER, format, issuer });
}

describe("the statement of a month", () => {
  it("is the month's total to the last digit, with what has no cost centre in it", async () => {
    const rows = read(await text("csv"));
    const total = sumNano(rows.map(({ cost }) => parseUsd(cost ?? "")));
    expect(total).toBe((await spendTotal(database.pool, acme.orgId, {}, OCTOBER)).cost);
    expect([...new Set(rows.map((row) => row.cost_centre))]).toEqual([
      "CC-2100",
      "CC-2150",
      "CC-2200",
      "none",
    ]);
  });

  it("charges the nearest cost centre of a scope's chain", async () => {
    const rows = read(await text("csv", "CC-2150"));
    expect(rows).toMatchObject([
      {
        month: "2026-10",
        team: "payments",
        project: "disputes",
        mode: "showback",
        currency: "USD",
        cost: "372",
      },
    ]);
  });

  it("is FOCUS 1.2 on request: all columns, exact costs, the month as charge period", async () => {
    const rows = read(await text("focus", "CC-2200"));
    const [first] = rows;
    expect(Object.keys(first ?? {})).toEqual([...FOCUS_COLUMNS]);
    expect(first).toMatchObject({
      BillingCurrency: "USD",
      ChargeCategory: "Usage",
      ChargePeriodStart: "2026-10-01T00:00:00Z",
      ChargePeriodEnd: "2026-11-01T00:00:00Z",
      x_CostCentre: "CC-2200",
      SubAccountId: "ranker",
    });
    const csv = read(await text("csv", "CC-2200"));
    expect(rows.map((row) => row.EffectiveCost)).toEqual(csv.map((row) => row.cost));
    expect(focusReport(focusRows(await text("focus"))).failed).toBe(0);
  });

  it("names the cost centres that there are where another is asked for", async () => {
    await expect(text("csv", "CC-9")).rejects.toThrow(/nothing is booked to cost centre CC-9/);
  });

  it("charges the days on which chargeback was on, and restates no month before or after", async () => {
    const [from, until] = ["2026-10-12T21:00:00Z", "2026-10-20T22:30:00Z"];
    await database.owner.query(
      `insert into chargeback (org_id, scope_id, state, reason, coverage_permille, shown_days,
         requested_by, requested_at, decided_by, decided_at, ended_at)
       select $1, $2, state, 'a test', 990, 98, $3, from_at, $3, from_at, until_at
       from (values ('off', $4::timestamptz, $5::timestamptz),
                    ('declined', '2026-10-01', null),
                    ('on', '2026-11-23T10:00:00Z', null)) as of(state, from_at, until_at)`,
      [acme.orgId, acme.scopes.get("payments"), personId(acme, "fin"), from, until],
    );
    const rows = read(await text("csv"));
    await database.owner.query("delete from chargeback");
    const total = (lines: Record<string, string>[]) =>
      sumNano(lines.map(({ cost }) => parseUsd(cost ?? "")));
    const teamId = acme.scopes.get("payments") ?? -1;
    const spent = (start: string, end: string) =>
      spendTotal(
        database.pool,
        acme.orgId,
        { teamId },
        { start: parseDay(start), end: parseDay(end) },
      );
    // From the day in Berlin on which it was approved, to the day before the one on which it ended.
    const charged = rows.filter(({ mode }) => mode === "chargeback");
    expect(total(charged)).toBe((await spent("2026-10-12", "2026-10-21")).cost);
    expect(total(charged)).toBeGreaterThan(0n);
    const shown = rows.filter(({ mode, team }) => mode === "showback" && team === "payments");
    expect(total(shown) + total(charged)).toBe((await spent("2026-10-01", "2026-11-01")).cost);
    expect(total(rows)).toBe((await spendTotal(database.pool, acme.orgId, {}, OCTOBER)).cost);
  });

  it("is of one organisation", async () => {
    const { lines } = await findStatement(database.pool, other.orgId, OCTOBER, undefined);
    expect(lines).toHaveLength(1);
  });
});
