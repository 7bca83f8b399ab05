import { expect, it } from "vitest";
import { transaction } from "#core/db/transaction.ts";
import { book } from "#core/ledger/book.ts";
import { rebuildLocalDays } from "#core/ledger/rebuild.ts";
import { spendByDay } from "#core/ledger/spend.ts";
import { ensurePartition } from "#core/ledger/store.ts";
import { verifyLedger } from "#core/ledger/verify.ts";
import { type Day, localDay } from "#core/time.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeEntries, makeOrganization } from "./entries.ts";

const database = useDatabase();

it("moves entries to the days of another zone and keeps every sum", async () => {
  const orgId = await makeOrganization(database.owner, "moving");
  const otherId = await makeOrganization(database.owner, "staying");
  await ensurePartition(database.pool, "2026-07-01");
  const entries = makeEntries(orgId, 400, 21);
  await transaction(database.pool, (tx) => book(tx, entries));
  await transaction(database.pool, (tx) => book(tx, makeEntries(otherId, 50, 22)));
  const other = await verifyLedger(database.pool, otherId);
  const moved = await transaction(database.owner, (tx) =>
    rebuildLocalDays(tx, orgId, "Asia/Kathmandu"),
  );
  const expected = entries.filter(
    (one) => localDay(one.occurred_at, "Asia/Kathmandu") !== one.local_day,
  );
  expect(moved).toBe(BigInt(expected.length));
  expect(moved).toBeGreaterThan(0n);
  expect((await verifyLedger(database.pool, orgId)).difference).toBeUndefined();
  const all = { start: "2026-07-01" as Day, end: "2026-08-01" as Day };
  const days = await spendByDay(database.pool, orgId, {}, all);
  for (const { day, measures } of days) {
    const cost = entries
      .filter((one) => localDay(one.occurred_at, "Asia/Kathmandu") === day)
      .reduce((sum, one) => sum + one.cost, 0n);
    expect(measures.cost).toBe(cost);
  }
  expect(await verifyLedger(database.pool, otherId)).toEqual(other);
});
