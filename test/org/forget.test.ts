import { beforeAll, describe, expect, it } from "vitest";
import { verifyAudit } from "#core/audit/service.ts";
import { transaction } from "#core/db/transaction.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger } from "#core/ledger/ledger.ts";
import { UsageEvent } from "#core/ledger/schema.ts";
import { spendTotal } from "#core/ledger/spend.ts";
import { loadDirectory } from "#core/org/directory.ts";
import { forgetPerson } from "#core/org/forget.ts";
import { linkAsOperator, requestCommandLineCode, requestLinkCode } from "#core/org/identity.ts";
import { issueIngestToken } from "#core/org/ingest-token.ts";
import { vacancies } from "#core/org/raci.ts";
import { loadRoster } from "#core/org/roster.ts";
import { changeOrganisation, exportOrganisation, planFile } from "#core/org/service.ts";
import type { Day } from "#core/time.ts";
import { useDatabase } from "#test/database/clone.ts";
import { findInDatabase } from "#test/database/find-text.ts";
import { makeOrganization } from "#test/ledger/entries.ts";
import { apply, edited, exampleOf, fileOf } from "./organisation.ts";

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

describe("a person of the file who did everything that a person can", () => {
  it("is nowhere in the database by name, address, login or chat account", async () => {
    const text = exampleOf("whole");
    const { orgId: whole } = await apply(database.pool, text);
    const directory = await loadDirectory(database.pool, whole);
    const eve = directory.peopleByName.get("eve") ?? 0;
    const by = { actor: eve, actorAccount: "slack:T1:U1", surface: "slack" };
    await linkAsOperator(database.pool, whole, "slack:T1:U-larsen", "eve@acme.example", NOW);
    await requestLinkCode(database.pool, whole, "teams:t:1", "eve@acme.example", NOW);
    await requestCommandLineCode(database.pool, whole, "slack:T1:U1", eve, NOW);
    await transaction(database.pool, (tx) =>
      changeOrganisation(tx, {
        orgId: whole,
        by: { ...by, reason: "asked eve@acme.example" },
        now: NOW,
        edit: (state) => ({
          ...state,
          functions: new Map(state.functions).set("search:engineering", { people: ["eve"] }),
          people: new Map(state.people).set("eve", {
            name: "Eve Larsen-Berg",
            email: "eve@acme.example",
            github: "evelarsen",
            leftOn: null,
            delegates: [{ to: "ben", from: "2026-12-01" as Day, until: "2026-12-02" as Day }],
          }),
        }),
      }),
    );
    await apply(database.pool, edited(text, ["Eve Larsen\n", "Eva Larsen\n"]), { take: "chat" });
    await issueIngestToken(database.pool, { orgId: whole, name: "t", scopeIds: [] }, by, NOW);
    expect(await findInDatabase(database.owner, "larsen")).toEqual([
      "account_link.account",
      "audit_entry.actor_account",
      "audit_entry.after",
      "person_detail.github_login",
      "person_detail.name",
    ]);

    await forgetPerson(database.pool, whole, eve, BY, NOW);
    // The log says that an account was linked, and the account's opaque id on its surface is all it says.
    for (const name of ["e larsen", "eve@acme", "evelarsen"]) {
      expect(await findInDatabase(database.owner, name)).toEqual([]);
    }
    expect(await verifyAudit(database.pool, whole)).toMatchObject({ state: "intact" });
    const roles = vacancies(await loadRoster(database.pool, whole), NOW).map(({ role }) => role);
    expect(roles.toSorted()).toEqual(["engineering", "engineering", "on_call", "product"]);

    const exported = await exportOrganisation(database.pool, whole);
    expect(exported).toContain(`key: person-${eve}\n    delegates:`);
    expect((await planFile(database.pool, fileOf(exported), NOW)).lines).toEqual([
      "Nothing to change: whole is as the file says.",
    ]);
  });
});

it("does not touch a person of another organisation by the same number", async () => {
  const other = await makeOrganization(database.owner, "other");
  await expect(forgetPerson(database.pool, other, personId, BY, NOW)).rejects.toThrow(/no person/);
});
