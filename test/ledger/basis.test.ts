import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { transaction } from "#core/db/transaction.ts";
import { book } from "#core/ledger/book.ts";
import { ACTIVE_ROLLUP, ROLLUPS, rollupStatement } from "#core/ledger/rollup.ts";
import type { Basis } from "#core/ledger/schema.ts";
import { spendBy, spendTotal } from "#core/ledger/spend.ts";
import { ensurePartition } from "#core/ledger/store.ts";
import { verifyLedger } from "#core/ledger/verify.ts";
import type { Day } from "#core/time.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeEntries, makeOrganization } from "./entries.ts";

const database = useDatabase();
const JULY = { start: "2026-07-01" as Day, end: "2026-08-01" as Day };
/** What a migration does to tables that are filled, from that statement on. */
async function migration(name: string, from: string): Promise<string> {
  const text = await readFile(new URL(`../../migrations/${name}.sql`, import.meta.url), "utf8");
  return text.slice(text.indexOf(from));
}
const meteredHours = () => migration("0041_metered_hours", "create temp table");
const BASES: readonly Basis[] = ["metered", "billed", "reconciliation"];
const entries = new Map<number, ReturnType<typeof makeEntries>>();

function costOf(orgId: number, basis: Basis): bigint {
  const all = entries.get(orgId) ?? [];
  return all.reduce((sum, one) => sum + (one.basis === basis ? one.cost : 0n), 0n);
}

describe("what a rollup's cost rests on", () => {
  let orgId = 0;

  beforeAll(async () => {
    await ensurePartition(database.pool, "2026-07-01");
    orgId = await makeOrganization(database.owner, "acme");
    const otherId = await makeOrganization(database.owner, "acme-again");
    for (const [index, id] of [orgId, otherId].entries()) {
      const made = makeEntries(id, 300, 5 + index).map((entry, at) => ({
        ...entry,
        basis: BASES[at % 3] ?? "metered",
      }));
      entries.set(id, made);
      await transaction(database.pool, (tx) => book(tx, made));
    }
  });

  it("is told from the entries, by day and by dimension", async () => {
    const total = await spendTotal(database.pool, orgId, {}, JULY);
    expect(total.billedCost).toBe(costOf(orgId, "billed"));
    expect(total.billedCost).toBeGreaterThan(0n);
    expect(total.reconciliationCost).toBe(costOf(orgId, "reconciliation"));
    for (const dimension of ["team", "workflow"] as const) {
      const lines = await spendBy(database.pool, orgId, {}, JULY, dimension, 10_000);
      const billed = lines.reduce((sum, { measures }) => sum + measures.billedCost, 0n);
      expect(billed, dimension).toBe(total.billedCost);
    }
    expect((await verifyLedger(database.pool, orgId)).difference).toBeUndefined();
  });

  it("is filled in for what was there before it was kept", async () => {
    const zero = "set billed_cost = 0, reconciliation_cost = 0";
    for (const table of ["rollup_day", "rollup_hour", "rollup_dimension"]) {
      await database.owner.query(`update ${table} ${zero}`);
    }
    expect((await verifyLedger(database.pool, orgId)).difference).toBeDefined();
    await database.owner.query(await migration("0032_rollup_basis", "update rollup_day"));
    await database.owner.query(await meteredHours());
    for (const id of entries.keys()) {
      expect((await verifyLedger(database.pool, id)).difference).toBeUndefined();
    }
  });

  it("is in hours only as far as it was metered, also of those that held bills before", async () => {
    const hours = ROLLUPS.filter(({ table }) => table === "rollup_hour");
    const billed = "e.basis = 'billed' and e.kind <> 'correction'";
    for (const id of entries.keys()) {
      for (const shape of [...hours, ACTIVE_ROLLUP]) {
        const where = shape === ACTIVE_ROLLUP ? `${billed} and e.person_id <> 0` : billed;
        const own = `(select * from ledger_entry where org_id = ${id})`;
        await database.owner.query(rollupStatement({ ...shape, where }, own));
      }
    }
    const found = await verifyLedger(database.pool, orgId);
    expect(found.difference?.table).toBe("rollup_hour");
    await database.owner.query(await meteredHours());
    for (const id of entries.keys()) {
      expect((await verifyLedger(database.pool, id)).difference).toBeUndefined();
      const { rows } = await database.owner.query<{ cost: bigint }>(
        "select sum(cost)::bigint as cost from rollup_hour where org_id = $1",
        [id],
      );
      expect(rows[0]?.cost).toBe(costOf(id, "metered"));
    }
  });
});
