import { beforeAll, describe, expect, it } from "vitest";
import { readAudit, verifyAudit } from "#core/audit/service.ts";
import {
  connectWorkspace,
  linkAsOperator,
  redeemCommandLineCode,
  redeemLinkCode,
  requestCommandLineCode,
  requestLinkCode,
  resolvePerson,
  resolveWorkspace,
} from "#core/org/identity.ts";
import { useDatabase } from "#test/database/clone.ts";
import { findInDatabase } from "#test/database/find-text.ts";
import { makeOrganization } from "#test/ledger/entries.ts";

const database = useDatabase();
const NOW = new Date("2026-07-20T12:00:00Z");
const later = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000);
let orgId = 0;
let otherId = 0;
let ada = 0;

async function makePerson(org: number, email: string, origin = "file"): Promise<number> {
  const { rows } = await database.owner.query<{ id: number }>(
    "insert into person (org_id, origin) values ($1, $2) returning id",
    [org, origin],
  );
  const id = rows[0]?.id ?? 0;
  await database.owner.query(
    "insert into person_detail (org_id, person_id, key, email) values ($1, $2, $3, $3)",
    [org, id, email],
  );
  return id;
}

beforeAll(async () => {
  orgId = await makeOrganization(database.owner, "acme");
  otherId = await makeOrganization(database.owner, "other");
  ada = await makePerson(orgId, "ada@example.com");
  await makePerson(otherId, "ada@example.com");
  await makePerson(orgId, "metered@example.com", "usage");
});

describe("workspaces", () => {
  it("belong to one organisation", async () => {
    await connectWorkspace(database.pool, orgId, "slack", "T1", NOW);
    await connectWorkspace(database.pool, orgId, "slack", "T1", NOW);
    expect(await resolveWorkspace(database.pool, "slack", "T1")).toBe(orgId);
    expect(await resolveWorkspace(database.pool, "teams", "T1")).toBeUndefined();
    await expect(connectWorkspace(database.pool, otherId, "slack", "T1", NOW)).rejects.toThrow(
      /has an organisation/,
    );
  });
});

describe("linking", () => {
  it("takes the e-mail that the workspace confirms, of people on record only", async () => {
    expect(
      await resolvePerson(database.pool, orgId, "slack:T1:U1", undefined, NOW),
    ).toBeUndefined();
    expect(
      await resolvePerson(database.pool, orgId, "slack:T1:U1", "metered@example.com", NOW),
    ).toBeUndefined();
    expect(await resolvePerson(database.pool, orgId, "slack:T1:U1", "Ada@Example.com", NOW)).toBe(
      ada,
    );
    expect(await resolvePerson(database.pool, orgId, "slack:T1:U1", undefined, NOW)).toBe(ada);
    expect(
      await resolvePerson(database.pool, otherId, "slack:T1:U1", undefined, NOW),
    ).toBeUndefined();
  });

  it("takes a code once, from the account that asked, within 15 minutes", async () => {
    const code =
      (await requestLinkCode(database.pool, orgId, "teams:t:1", "ada@example.com", NOW)) ?? "";
    expect(code).toMatch(/^[2-9A-Z]{4}-[2-9A-Z]{4}$/);
    expect(await findInDatabase(database.owner, code)).toEqual([]);
    expect(await redeemLinkCode(database.pool, orgId, "teams:t:2", code, later(1))).toBeUndefined();
    expect(
      await redeemLinkCode(database.pool, otherId, "teams:t:1", code, later(1)),
    ).toBeUndefined();
    expect(
      await redeemLinkCode(
        database.pool,
        orgId,
        "teams:t:1",
        code.toLowerCase().replace("-", " "),
        later(14),
      ),
    ).toBe(ada);
    expect(
      await redeemLinkCode(database.pool, orgId, "teams:t:1", code, later(14)),
    ).toBeUndefined();
    const stale =
      (await requestLinkCode(database.pool, orgId, "teams:t:3", "ada@example.com", NOW)) ?? "";
    expect(
      await redeemLinkCode(database.pool, orgId, "teams:t:3", stale, later(15)),
    ).toBeUndefined();
  });

  it("gives up after five wrong codes and after five requests an hour", async () => {
    const code =
      (await requestLinkCode(database.pool, orgId, "teams:t:4", "ada@example.com", NOW)) ?? "";
    for (let attempt = 0; attempt < 5; attempt += 1) {
      expect(
        await redeemLinkCode(database.pool, orgId, "teams:t:4", "AAAA-AAAA", later(1)),
      ).toBeUndefined();
    }
    expect(await redeemLinkCode(database.pool, orgId, "teams:t:4", code, later(1))).toBeUndefined();
    for (let count = 0; count < 4; count += 1) {
      await requestLinkCode(database.pool, orgId, "teams:t:4", "ada@example.com", NOW);
    }
    await expect(
      requestLinkCode(database.pool, orgId, "teams:t:4", "ada@example.com", NOW),
    ).rejects.toThrow(/5 codes/);
  });

  it("tells nobody whether an address is known, not even by when it stops", async () => {
    const ask = () => requestLinkCode(database.pool, orgId, "teams:t:5", "nobody@example.com", NOW);
    for (let count = 0; count < 5; count += 1) expect(await ask()).toBeUndefined();
    await expect(ask()).rejects.toThrow(/5 codes/);
    expect(
      await redeemLinkCode(database.pool, orgId, "teams:t:5", "AAAA-AAAA", later(1)),
    ).toBeUndefined();
  });

  it("no longer knows who left", async () => {
    const grace = await makePerson(orgId, "grace@example.com");
    expect(
      await linkAsOperator(database.pool, orgId, "slack:T1:U9", "grace@example.com", NOW),
    ).toBe(grace);
    await database.owner.query(
      "update person set left_on = '2026-07-01' where org_id = $1 and id = $2",
      [orgId, grace],
    );
    expect(
      await resolvePerson(database.pool, orgId, "slack:T1:U9", "grace@example.com", NOW),
    ).toBeUndefined();
    await expect(
      linkAsOperator(database.pool, orgId, "slack:T1:U8", "grace@example.com", NOW),
    ).rejects.toThrow(/no person/);
  });
});

describe("leaving on a day to come", () => {
  it("ends links, addresses and codes on that day in the organisation's zone", async () => {
    const hedy = await makePerson(orgId, "hedy@example.com");
    await linkAsOperator(database.pool, orgId, "slack:T1:U7", "hedy@example.com", NOW);
    const code = await requestCommandLineCode(
      database.pool,
      orgId,
      "slack:T1:U7",
      hedy,
      new Date("2026-07-20T23:55:00Z"),
    );
    await database.owner.query(
      "update person set left_on = '2026-07-21' where org_id = $1 and id = $2",
      [orgId, hedy],
    );
    const before = new Date("2026-07-20T23:59:59Z");
    const after = new Date("2026-07-21T00:00:00Z");
    const who = (at: Date) => resolvePerson(database.pool, orgId, "slack:T1:U7", undefined, at);
    expect(await who(before)).toBe(hedy);
    expect(await who(after)).toBeUndefined();
    expect(await redeemCommandLineCode(database.pool, orgId, hedy, code, after)).toBe(false);
    expect(await redeemCommandLineCode(database.pool, orgId, hedy, code, before)).toBe(true);
  });
});

describe("one-time codes", () => {
  it("are in the audit log when issued, used and refused", async () => {
    const org = await makeOrganization(database.owner, "audited");
    const ida = await makePerson(org, "ida@example.com");
    const code =
      (await requestLinkCode(database.pool, org, "teams:t:9", "ida@example.com", NOW)) ?? "";
    await redeemLinkCode(database.pool, org, "teams:t:9", "AAAA-AAAA", later(1));
    await redeemLinkCode(database.pool, org, "teams:t:9", code, later(1));
    const log = [];
    for await (const { actor, action, subject } of readAudit(database.pool, org)) {
      log.push(`${action} of ${subject} by ${actor}`);
    }
    expect(log).toEqual([
      `link_code.issued of person:${ida} by person:${ida}`,
      "link_code.refused of account:teams:t:9 by system",
      `link_code.used of person:${ida} by person:${ida}`,
      `account.linked of person:${ida} by person:${ida}`,
    ]);
  });

  it("are used once when two redeem them at the same moment", async () => {
    const code = await requestCommandLineCode(database.pool, orgId, "slack:T1:U1", ada, NOW);
    const both = await Promise.all(
      [1, 2, 3, 4].map(() => redeemCommandLineCode(database.pool, orgId, ada, code, later(1))),
    );
    expect(both.filter(Boolean)).toHaveLength(1);
  });
});

describe("the command line", () => {
  it("acts as a person only with a code that was shown to them", async () => {
    const code = await requestCommandLineCode(database.pool, orgId, "slack:T1:U1", ada, NOW);
    expect(await redeemCommandLineCode(database.pool, orgId, ada + 1, code, later(1))).toBe(false);
    expect(
      await redeemLinkCode(database.pool, orgId, "slack:T1:U1", code, later(1)),
    ).toBeUndefined();
    expect(await redeemCommandLineCode(database.pool, orgId, ada, code, later(1))).toBe(true);
    expect(await redeemCommandLineCode(database.pool, orgId, ada, code, later(1))).toBe(false);
    expect(await verifyAudit(database.pool, orgId)).toMatchObject({ state: "intact" });
  });
});
