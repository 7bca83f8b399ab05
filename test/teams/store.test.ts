import { beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { Conversation } from "#apps/teams/schema.ts";
import {
  findAnyConversation,
  findConversation,
  findPersonal,
  recordConversation,
  removeConversation,
  removeTeam,
} from "#apps/teams/store.ts";
import { useDatabase } from "#test/database/clone.ts";
import { linkAccount } from "./link-account.ts";

const database = useDatabase();
const now = new Date("2026-11-22T09:00:00Z");
const later = new Date("2026-11-23T09:00:00Z");
let acme = 0;
let other = 0;

beforeAll(async () => {
  [acme = 0, other = 0] = await Promise.all(["acme", "other"].map(addOrganization));
  for (const orgId of [acme, other]) {
    const account = { tenantId: `tenant-${orgId}`, aadObjectId: "aad-1" };
    await linkAccount(database.owner, { orgId, personId: 1, ...account });
  }
});

async function addOrganization(key: string): Promise<number> {
  const added = await database.owner.query(
    "insert into organization (key, name) values ($1, $1) returning id",
    [key],
  );
  return z.object({ id: z.number() }).parse(added.rows[0]).id;
}

function channel(orgId: number, more: Partial<Conversation> = {}): Conversation {
  return {
    orgId,
    conversationId: "19:c@thread.tacv2",
    kind: "channel",
    tenantId: `tenant-${orgId}`,
    serviceUrl: "https://smba.example/emea/",
    botId: "28:bot",
    teamId: "19:t@thread.tacv2",
    aadObjectId: null,
    ...more,
  };
}

function personal(orgId: number, conversationId = "a:1"): Conversation {
  return channel(orgId, { kind: "personal", conversationId, teamId: null, aadObjectId: "aad-1" });
}

test("a conversation is found by its own organisation alone, also under the same id", async () => {
  await recordConversation(database.pool, { ...channel(acme), now });
  await recordConversation(database.pool, { ...channel(other), now });
  const key = { conversationId: "19:c@thread.tacv2" };
  expect(await findConversation(database.pool, { orgId: acme, ...key })).toEqual(channel(acme));
  expect(await findConversation(database.pool, { orgId: other, ...key })).toEqual(channel(other));
  await removeConversation(database.pool, { orgId: other, ...key, now: later });
  expect(await findConversation(database.pool, { orgId: other, ...key })).toBeUndefined();
  expect(await findConversation(database.pool, { orgId: acme, ...key })).toEqual(channel(acme));
});

test("a region that moved is kept, what is known already is not written again", async () => {
  const key = { orgId: acme, conversationId: "19:c@thread.tacv2" };
  await recordConversation(database.pool, { ...channel(acme), teamId: null, now: later });
  const stamp = await database.pool.query(
    "select updated_at from teams_conversation where org_id = $1 and conversation_id = $2",
    [key.orgId, key.conversationId],
  );
  expect(stamp.rows[0]).toEqual({ updated_at: now });
  const moved = channel(acme, { serviceUrl: "https://smba.example/amer/" });
  await recordConversation(database.pool, { ...moved, teamId: null, now: later });
  expect(await findConversation(database.pool, key)).toEqual(moved);
});

test("a team that is left takes its channels along, and a message brings one back", async () => {
  const key = { orgId: acme, conversationId: "19:c@thread.tacv2" };
  const team = { teamId: "19:t@thread.tacv2", now: later };
  await recordConversation(database.pool, { ...channel(other), now });
  await removeTeam(database.pool, { orgId: acme, ...team });
  expect(await findConversation(database.pool, key)).toBeUndefined();
  expect(await findConversation(database.pool, { ...key, orgId: other })).toBeDefined();
  await recordConversation(database.pool, { ...channel(acme), now: later });
  expect(await findConversation(database.pool, key)).toBeDefined();
});

test("the newest personal chat counts, and they go with the link of their account", async () => {
  const account = { orgId: acme, aadObjectId: "aad-1" };
  await recordConversation(database.pool, { ...personal(acme), now });
  await recordConversation(database.pool, { ...personal(acme, "a:2"), now: later });
  await recordConversation(database.pool, { ...personal(other), now });
  expect(await findPersonal(database.pool, account)).toEqual(personal(acme, "a:2"));
  await database.pool.query("delete from account_link where org_id = $1 and person_id = 1", [acme]);
  expect(await findPersonal(database.pool, account)).toBeUndefined();
  const left = await database.pool.query(
    "select 1 from teams_conversation where org_id = $1 and aad_object_id is not null",
    [acme],
  );
  expect(left.rowCount).toBe(0);
  expect(await findPersonal(database.pool, { ...account, orgId: other })).toEqual(personal(other));
});

test("of an account that is linked to nobody nothing is kept", async () => {
  const stranger = { ...personal(acme, "a:3"), aadObjectId: "aad-stranger" };
  await recordConversation(database.pool, { ...stranger, now });
  expect(
    await findPersonal(database.pool, { orgId: acme, aadObjectId: "aad-stranger" }),
  ).toBeUndefined();
  const key = { orgId: acme, conversationId: "a:3" };
  expect(await findConversation(database.pool, key)).toBeUndefined();
});

test("any conversation tells an organisation's region, and only its own", async () => {
  expect(await findAnyConversation(database.pool, { orgId: acme })).toEqual(channel(acme));
  const third = await addOrganization("third");
  expect(await findAnyConversation(database.pool, { orgId: third })).toBeUndefined();
});
