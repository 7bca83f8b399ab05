import { expect, it } from "vitest";
import { ledgerClosing } from "#apps/worker/jobs/ledger-closing.ts";
import { ledgerRetention } from "#apps/worker/jobs/ledger-retention.ts";
import { transaction } from "#core/db/transaction.ts";
import { book } from "#core/ledger/book.ts";
import { ensurePartition } from "#core/ledger/store.ts";
import { verifyLedger } from "#core/ledger/verify.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeEntries, makeOrganization } from "#test/ledger/entries.ts";

const database = useDatabase();

it("erases persons, then hours, then months at the organisation's own times", async () => {
  const orgId = await makeOrganization(database.owner, "acme");
  const otherId = await makeOrganization(database.owner, "other");
  await database.owner.query("update organization set entry_months = 240 where id = $1", [otherId]);
  await ensurePartition(database.pool, "2026-07-01");
  for (const id of [orgId, otherId]) {
    await transaction(database.pool, (tx) => book(tx, makeEntries(id, 100, 8)));
  }
  const run = (job: typeof ledgerRetention, now: string) =>
    transaction(database.pool, (tx) =>
      job.run({
        pool: database.pool,
        tx,
        orgId,
        timeZone: "UTC",
        scope: "",
        slot: new Date(now),
        now: new Date(now),
        attempt: 1,
        log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      }),
    );
  const named = async (id: number) => {
    const { rows } = await database.pool.query<{ persons: bigint; hours: bigint; entries: bigint }>(
      `select (select count(*) from ledger_entry where org_id = $1 and person_id <> 0) as persons,
              (select count(*) from rollup_hour where org_id = $1) as hours,
              (select count(*) from ledger_entry where org_id = $1) as entries`,
      [id],
    );
    return rows[0];
  };
  const before = await named(otherId);

  await run(ledgerRetention, "2026-08-01T03:10:00Z");
  expect(await named(orgId)).toEqual(before);
  await run(ledgerRetention, "2026-09-20T03:10:00Z");
  expect(await named(orgId)).toMatchObject({ hours: 0n, entries: 100n });
  await run(ledgerRetention, "2026-10-20T03:10:00Z");
  expect(await named(orgId)).toMatchObject({ persons: 0n, entries: 100n });
  const { cost } = await verifyLedger(database.pool, orgId);
  await run(ledgerClosing(database.owner), "2027-09-02T03:20:00Z");
  expect(await named(orgId)).toMatchObject({ entries: 0n });
  expect(await verifyLedger(database.pool, orgId)).toMatchObject({
    cost: 0n,
    closedCost: cost,
    difference: undefined,
  });
  expect(await named(otherId)).toEqual(before);
});
