import { beforeAll, expect, it } from "vitest";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger } from "#core/ledger/ledger.ts";
import { UsageEvent } from "#core/ledger/schema.ts";
import { spendTotal } from "#core/ledger/spend.ts";
import { forgetPerson } from "#core/org/forget.ts";
import type { Day } from "#core/time.ts";
import { useDatabase } from "#test/database/clone.ts";
import { findInDatabase } from "#test/database/find-text.ts";
import { makeOrganization } from "#test/ledger/entries.ts";

const database = useDatabase();
const NOW = new Date("2026-07-20T12:00:00Z");
const BY = { actor: "operator", actorAccount: "cli:root", surface: "cli" } as const;
const JULY = { start: "2026-07-01" as Day, end: "2026-08-01" as Day };
let orgId = 0;
let personId = 0;

beforeAll(async () => {
  orgId = await makeOrganization(database.owner, "acme");
  const clock = () => NOW;
  const ledger = createLedger({
    pool: database.pool,
    clock,
    contextOf: cachedContexts(database.pool, clock),
  });
  const event = UsageEvent.parse({
    source: "test",
    externalId: "1",
    occurredAt: "2026-07-07T10:15:00Z",
    provider: "openai",
    model: "gpt-4o",
    tokens: { input: 1000, output: 100 },
    tags: { person: "marguerite.yourcenar@example.com" },
  });
  await ledger.append(orgId, [event]);
  const { rows } = await database.owner.query<{ person_id: number }>(
    "update person_detail set name = 'Marguerite Yourcenar' where org_id = $1 returning person_id",
    [orgId],
  );
  personId = rows[0]?.person_id ?? 0;
  await database.owner.query(
    `insert into account_link (org_id, surface, workspace, account, person_id, proof, linked_at)
     values ($1, 'slack', 'T1', 'U-yourcenar', $2, 'workspace_email', now())`,
    [orgId, personId],
  );
});

it("leaves the name nowhere in the database and the spend as it was", async () => {
  const before = await spendTotal(database.pool, orgId, {}, JULY);
  expect(await findInDatabase(database.owner, "yourcenar")).not.toEqual([]);
  const forgotten = await forgetPerson(database.pool, orgId, personId, BY, NOW);
  expect(forgotten).toMatchObject({ details: 1, links: 1 });
  expect(await findInDatabase(database.owner, "yourcenar")).toEqual([]);
  expect(await spendTotal(database.pool, orgId, {}, JULY)).toEqual(before);
});

it("does not touch a person of another organisation by the same number", async () => {
  const other = await makeOrganization(database.owner, "other");
  await expect(forgetPerson(database.pool, other, personId, BY, NOW)).rejects.toThrow(/no person/);
});
