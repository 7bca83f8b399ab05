import { expect, it } from "vitest";
import { eraseBills, eraseToolPersons } from "#core/connections/retention.ts";
import { transaction } from "#core/db/transaction.ts";
import type { Day } from "#core/time.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeOrganization } from "#test/ledger/entries.ts";

const database = useDatabase();

async function fill(orgId: number): Promise<void> {
  const { owner } = database;
  await owner.query(
    `insert into connection (org_id, kind, name, settings, state, connected_at)
     values ($1, 'anthropic', 'anthropic', '{}', 'active', '2026-01-01')`,
    [orgId],
  );
  const insert = `insert into coding_tool_day
    select c.org_id, c.id, $2::date, 'claude-code', $3, 'api',
    'claude', 2, 10, 1, 1, 0, 3, 1, 100, 10, 5, 50, $4 from connection c where c.org_id = $1`;
  for (const day of ["2026-07-01", "2026-11-01"]) {
    for (const person of [0, 1, 2]) {
      await owner.query(insert, [orgId, day, person, person === 0 ? null : 500]);
    }
  }
  await owner.query(
    `insert into billed_bucket 
     values ($1, 'acct', '2025-01-05', 'pull:openai', 'a', 'openai', '', '',
       'm', 'standard', 'bucket', 5, 0, null, null, null, null, '2025-01-06')`,
    [orgId],
  );
}

const rowsOf = async (orgId: number) => {
  const { rows } = await database.pool.query(
    `select day, person_id as person, sum(sessions)::int as sessions,
       sum(estimated_cost)::int as cost
     from coding_tool_day where org_id = $1 group by 1, 2 order by 1, 2`,
    [orgId],
  );
  return rows;
};

it("forgets who after the organisation's time, and bills with their months, elsewhere nothing", async () => {
  const orgId = await makeOrganization(database.owner, "acme");
  const other = await makeOrganization(database.owner, "other");
  for (const id of [orgId, other]) await fill(id);
  const before = await rowsOf(other);
  const erase = () =>
    transaction(database.pool, async (tx) => [
      await eraseToolPersons(tx, orgId, "2026-08-24" as Day),
      await eraseBills(tx, orgId, "2025-11-01" as Day),
    ]);
  expect(await erase()).toEqual([2, 1]);
  expect(await rowsOf(orgId)).toEqual([
    { day: "2026-07-01", person: 0, sessions: 6, cost: 1_000 },
    ...before.filter(({ day }) => day === "2026-11-01"),
  ]);
  expect(await erase()).toEqual([0, 0]);
  expect(await rowsOf(other)).toEqual(before);
});
