import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { prepareDemonstration } from "#apps/server/demonstration/first-start.ts";
import { removeDemonstration } from "#apps/server/demonstration/remove.ts";
import { findDemonstration } from "#apps/server/demonstration/store.ts";
import { verifyAudit } from "#core/audit/service.ts";
import type { Database } from "#core/db/connect.ts";
import { verifyLedger } from "#core/ledger/verify.ts";
import { brainOf, makeAcme } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeTemporaryHome } from "#test/database/temporary-home.ts";

const database = useDatabase();
const folder = makeTemporaryHome("aispend-demonstration-");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const said: string[] = [];
const NOW = new Date("2026-11-22T14:30:00Z");

function prepare(created: boolean, workingFolder = folder): Promise<number | undefined> {
  const { pool, owner } = database;
  const connected: Database = {
    pool,
    ownerUrl: database.url,
    owner: () => owner,
    created,
    close: async () => undefined,
  };
  const say = (line: string) => void said.push(line);
  const start = { home: folder, workingFolder, clock: () => NOW, say };
  return prepareDemonstration({ ...start, database: connected });
}

// One story in order: what happens to one database.

it("makes none in a database that it did not create, nor beside an organisation's own file", async () => {
  expect(await prepare(false)).toBeUndefined();
  const own = makeTemporaryHome("aispend-own-");
  writeFileSync(join(own, "aispend.yaml"), "");
  expect(await prepare(true, own)).toBeUndefined();
  rmSync(own, { recursive: true, force: true });
  expect(said).toEqual([]);
});

it("begins anew when the one that was being made was cut off", { timeout: 120_000 }, async () => {
  writeFileSync(join(folder, "demonstration.unfinished"), "");
  const orgId = await prepare(false);
  expect(orgId).toBeDefined();
  expect(existsSync(join(folder, "demonstration.unfinished"))).toBe(false);
  expect(await prepare(false)).toBe(orgId);
});

it("has a ledger that adds up, an intact audit log, and the itemized ledger in its last month", async () => {
  const orgId = await findDemonstration(database.pool);
  if (orgId === undefined) throw new Error("made above");
  const verified = await verifyLedger(database.pool, orgId);
  expect(verified.difference).toBeUndefined();
  expect((await verifyAudit(database.pool, orgId)).state).toBe("intact");
  const answer = await brainOf(database.pool).ask({
    orgId,
    text: "top workflow 2026-10",
    asker: { personId: undefined, operator: true, account: "cli:test" },
    audience: { kind: "operator" },
    surface: "cli",
  });
  expect(answer.demonstration).toBe(true);
  expect(answer.table?.rows).toEqual([
    ["Support copilot", "CX", "$41,800", "38.0%", "1,240,000", "6,800", "$0.0337"],
    ["Contract extraction", "Legal Ops", "$24,200", "22.0%", "210,000", "12,400", "$0.1152"],
    ["Sales research agent", "Revenue", "$17,600", "16.0%", "96,000", "9,100", "$0.1833"],
    ["Internal knowledge bot", "IT", "$15,400", "14.0%", "880,000", "3,200", "$0.0175"],
    ["Marketing drafting", "Brand", "$6,600", "6.0%", "140,000", "2,400", "$0.0471"],
    ["Everything else", "Various", "$4,400", "4.0%", "320,000", "1,900", "$0.0138"],
  ]);
});

it("knows what a success of each workflow costs, and how far its practice is", async () => {
  const orgId = await findDemonstration(database.pool);
  const ask = (text: string) =>
    brainOf(database.pool).ask({
      orgId: orgId ?? 0,
      text,
      asker: { personId: undefined, operator: true, account: "cli:test" },
      audience: { kind: "operator" },
      surface: "cli",
    });
  const copilot = await ask("unit Support copilot 2026-10");
  expect(copilot.sentence).toMatch(
    /^Support copilot cost \$\d\d\.\d\d per resolved escalation in October/,
  );
  expect(copilot.facts.map(({ label }) => label)).toContain("Gross margin");
  expect((await ask("unit last month")).table?.rows).toHaveLength(4);
  expect((await ask("unit Sales research agent")).facts.map(({ label }) => label)).toContain(
    "Drift",
  );
  expect((await ask("maturity")).title).toMatch(/^Meridian Supply: L\d /);
  expect((await ask("experiment")).table?.rows).toHaveLength(1);
});

it("is removed whole, and another organisation with the same names stays as it was", {
  timeout: 60_000,
}, async () => {
  const acme = await makeAcme(database.owner, { key: "acme" });
  const orgId = await findDemonstration(database.pool);
  const before = await countRows(acme.orgId);
  expect((await countRows(orgId ?? 0)).rollup_day).toBeGreaterThan(100);
  const { rows } = await removeDemonstration(database.owner);
  expect(rows).toBeGreaterThan(20_000);
  expect(await countRows(orgId ?? 0)).toEqual({});
  expect(await countRows(acme.orgId)).toEqual(before);
  expect(await findDemonstration(database.pool)).toBeUndefined();
  await expect(removeDemonstration(database.owner)).rejects.toThrow("no demonstration");
  await expect(
    database.owner.query("delete from audit_entry where org_id = $1", [acme.orgId]),
  ).resolves.toMatchObject({ rowCount: 0 });
  const { rows: triggers } = await database.owner.query(
    "select tgenabled from pg_trigger where tgname like 'audit_%' and not tgisinternal",
  );
  expect(new Set(triggers.map((row) => row.tgenabled))).toEqual(new Set(["A"]));
});

async function countRows(orgId: number): Promise<Record<string, number>> {
  const { rows: tables } = await database.owner.query<{ name: string }>(
    `select relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
     where a.attname = 'org_id' and c.relkind in ('r', 'p') and not c.relispartition
       and c.relnamespace = 'public'::regnamespace`,
  );
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const { rows } = await database.owner.query(
      `select count(*)::int as count from ${name} where org_id = $1`,
      [orgId],
    );
    if (rows[0].count > 0) counts[name] = rows[0].count;
  }
  return counts;
}
