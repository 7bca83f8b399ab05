import { expect, it } from "vitest";
import { queueRetention } from "#apps/worker/jobs/queue-retention.ts";
import { transaction } from "#core/db/transaction.ts";
import { useDatabase } from "#test/database/clone.ts";
import { insertOrganizations } from "#test/outbox/organization.ts";

const database = useDatabase();
const NOW = new Date("2026-11-18T03:40:00Z");
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

it("erases what was said 30 days ago and slots done 90 days ago, of one organisation", async () => {
  const orgs = await insertOrganizations(database.owner, ["acme", "umbrella"]);
  const [orgId = 0, other = 0] = orgs;
  await database.owner.query(
    `insert into outbox (org_id, dedupe_key, surface, destination, kind, urgency, placement, body,
       state, reference, not_before, created_at)
     select org, state || age, 'chat', 'C1', 'x', 'report', 'post', '{}', state,
       case when state = 'sent' then 'ref' end, $2, $2::timestamptz - age * interval '1 day'
     from unnest($1::int[]) org, unnest('{sent,muted,queued,parked}'::text[]) state,
       unnest('{29,31}'::int[]) age`,
    [orgs, NOW],
  );
  await database.owner.query(
    `insert into schedule_slot (org_id, schedule, slot, state, not_before)
     select org, 'job', $2::timestamptz - age * interval '1 day', 'done', $2
     from unnest($1::int[]) org, unnest('{89,91}'::int[]) age`,
    [orgs, NOW],
  );
  const run = { orgId, timeZone: "UTC", scope: "", slot: NOW, now: NOW, attempt: 1, log };
  await transaction(database.pool, (tx) => queueRetention.run({ ...run, tx, pool: database.pool }));
  const erased = await database.owner.query(
    "select org_id, dedupe_key from outbox where body is null order by 1, 2",
  );
  expect(erased.rows).toEqual([
    { org_id: orgId, dedupe_key: "muted31" },
    { org_id: orgId, dedupe_key: "sent31" },
  ]);
  const slots = await database.owner.query(
    "select org_id, count(*) from schedule_slot group by 1 order by 1",
  );
  expect(slots.rows).toEqual([
    { org_id: orgId, count: 1n },
    { org_id: other, count: 2n },
  ]);
});
