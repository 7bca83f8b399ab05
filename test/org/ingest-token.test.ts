import { beforeAll, describe, expect, it } from "vitest";
import { verifyAudit } from "#core/audit/service.ts";
import {
  findIngestToken,
  hashIngestToken,
  issueIngestToken,
  listIngestTokens,
  revokeIngestToken,
} from "#core/org/ingest-token.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeOrganization } from "#test/ledger/entries.ts";
import { makeScopes } from "#test/ledger/scopes.ts";

const database = useDatabase();
const NOW = new Date("2026-07-20T12:00:00Z");
const BY = { actor: "operator", actorAccount: "cli:root", surface: "cli" } as const;
let orgId = 0;
let otherId = 0;
let search = 0;

beforeAll(async () => {
  orgId = await makeOrganization(database.owner, "acme");
  otherId = await makeOrganization(database.owner, "other");
  search = (await makeScopes(database.owner, orgId, ["search"])).get("search") ?? 0;
});

describe("ingest tokens", () => {
  it("are for scopes of their own organisation only", async () => {
    const wanted = { name: "feed", scopeIds: [search] };
    await expect(
      issueIngestToken(database.pool, { ...wanted, orgId: otherId }, BY, NOW),
    ).rejects.toMatchObject({ code: "scope_not_found" });
    expect(await listIngestTokens(database.pool, otherId)).toEqual([]);
  });

  it("are found by what was sent, of their organisation, until they are revoked", async () => {
    const mine = await issueIngestToken(
      database.pool,
      { orgId, name: "litellm", scopeIds: [search] },
      BY,
      NOW,
    );
    const theirs = await issueIngestToken(
      database.pool,
      { orgId: otherId, name: "litellm", scopeIds: [] },
      BY,
      NOW,
    );
    const found = await findIngestToken(database.pool, hashIngestToken(mine.token), NOW);
    expect(found).toMatchObject({ orgId, name: "litellm", scopeIds: [search] });
    expect(await findIngestToken(database.pool, hashIngestToken(theirs.token), NOW)).toMatchObject({
      orgId: otherId,
    });
    await expect(revokeIngestToken(database.pool, otherId, mine.id, BY, NOW)).rejects.toThrow(
      /no live ingest token/,
    );
    await revokeIngestToken(database.pool, orgId, mine.id, BY, NOW);
    expect(await findIngestToken(database.pool, hashIngestToken(mine.token), NOW)).toBeUndefined();
    await expect(revokeIngestToken(database.pool, orgId, mine.id, BY, NOW)).rejects.toThrow(
      /no live ingest token/,
    );
  });

  it("leave no trace of the secret, and every change is in the audit log", async () => {
    const { token } = await issueIngestToken(
      database.pool,
      { orgId, name: "otel", scopeIds: [] },
      BY,
      NOW,
    );
    const { rows } = await database.owner.query<{ found: boolean }>(
      `select exists (select from ingest_token t where t::text like '%' || $1 || '%') as found`,
      [token],
    );
    expect(rows[0]?.found).toBe(false);
    expect((await listIngestTokens(database.pool, orgId)).map(({ name }) => name)).toContain(
      "otel",
    );
    expect(await verifyAudit(database.pool, orgId)).toMatchObject({ state: "intact", entries: 3n });
  });
});
