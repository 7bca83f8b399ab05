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

  for (const id of [orgId, otherId]) {
    for (const start of ["2025-08-01", "2025-10-01"]) {
      await database.owner.query(
        `insert into forecast (org_id, subject_kind, subject_id, horizon, period_start, period_end,
           as_of, made_at, spent, p10, p50, p90, p99, history_days, inputs)
         values ($1, 'scope', 0, 'month', $2::date, $2::date + 31, $2::date, now(), 0, 1, 2, 3, 4,
           9,
           '{}')`,
        [id, start],
      );
      await database.owner.query(
        `insert into outcome_event (org_id, day, source, external_id, content_hash, occurred_at,
           local_day, workflow_id, success, recorded_at)
         values ($1, $2::date, 's', 'e', '', now(), $2::date, 1, true, now())`,
        [id, start],
      );
    }
  }
  const kept = async (id: number) => {
    const { rows } = await database.pool.query<{ forecasts: bigint; outcomes: bigint }>(
      `select (select count(*) from forecast where org_id = $1) as forecasts,
              (select count(*) from outcome_event where org_id = $1) as outcomes`,
      [id],
    );
    return rows[0];
  };

  await run(ledgerRetention, "2026-08-01T03:10:00Z");
  expect(await kept(orgId)).toEqual({ forecasts: 2n, outcomes: 2n });
  expect(await named(orgId)).toEqual(before);
  await run(ledgerRetention, "2026-09-20T03:10:00Z");
  expect(await named(orgId)).toMatchObject({ hours: 0n, entries: 100n });
  expect(await kept(orgId)).toEqual({ forecasts: 2n, outcomes: 2n });
  await run(ledgerRetention, "2026-10-20T03:10:00Z");
  expect(await kept(orgId)).toEqual({ forecasts: 1n, outcomes: 1n });
  expect(await kept(otherId)).toEqual({ forecasts: 2n, outcomes: 2n });
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
