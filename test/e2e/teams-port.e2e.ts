import { expect, test } from "vitest";
import { createTeamsPort, type TeamsPortOptions, teamsPort } from "#apps/teams/port.ts";
import { recordConversation } from "#apps/teams/store.ts";
import type { Answer, Audience } from "#core/answers/schema.ts";
import { transaction } from "#core/db/transaction.ts";
import { deliverNext } from "#core/outbox/delivery.ts";
import { DeliveryError, type OutboxMessage } from "#core/outbox/port.ts";
import { enqueue } from "#core/outbox/service.ts";
import { useDatabase } from "#test/database/clone.ts";
import { cardOf, textsOf } from "#test/teams/read-card.ts";
import { request, teamPayments } from "#test/teams/small-brain.ts";
import {
  alone,
  CHANNEL,
  message,
  NOW,
  people,
  ROOMS,
  TENANT,
  useTeams,
} from "#test/teams/teams-world.ts";

const database = useDatabase();
const teams = useTeams(database);
const { ann, ben, una, gus } = people;
const ROOM: Audience = { kind: "room" };

function port() {
  const { surface } = teams();
  const accounts: Readonly<Record<number, string[]>> = {
    1: ["slack:T1:U1", `teams:${TENANT}:${ann.aadObjectId}`],
    2: [`teams:${TENANT}:${ben.aadObjectId}`],
  };
  const options: TeamsPortOptions = {
    ...surface,
    listAccounts: async (_orgId, personId) => accounts[personId] ?? [],
  };
  return teamsPort(options);
}

function owed(more: Partial<OutboxMessage> & { body?: Answer } = {}): OutboxMessage {
  return {
    orgId: teams().orgId,
    id: 1n,
    dedupeKey: "weekly:1",
    surface: "teams",
    destination: CHANNEL,
    kind: "weekly_showback",
    body: teamPayments(ROOM),
    act: "post",
    reference: undefined,
    ...more,
  };
}

const deliver = (more: Parameters<typeof owed>[0] = {}) =>
  port().deliver(owed(more), AbortSignal.timeout(30_000));

async function failure(more: Parameters<typeof owed>[0] = {}): Promise<unknown> {
  return deliver(more).catch((error: unknown) => error);
}

test("a post opens a thread; replies go under it and edits replace it", async () => {
  const world = teams();
  await world.post(message(world, ann, ROOMS.channel, "help"));
  world.written();
  const posted = await deliver();
  const [first] = world.written();
  expect(first?.conversationId).toMatch(/^19:payments@thread\.tacv2;messageid=m\d+$/);
  expect(textsOf(cardOf(first))).toContain("payments, 16-22 Nov: $2,914, up $402 (16%)");
  await deliver({ act: "thread", reference: posted.reference });
  expect(world.written()).toMatchObject([
    { method: "POST", conversationId: first?.conversationId },
  ]);
  const updated = await deliver({
    act: "update",
    reference: posted.reference,
    body: request(ROOM),
  });
  expect(world.written()).toMatchObject([
    { method: "PUT", conversationId: first?.conversationId, activityId: first?.activityId },
  ]);
  expect(updated).toEqual(posted);
});

test("a person is reached in their chat, which is opened when there is none", async () => {
  const world = teams();
  await world.post(message(world, ann, alone(ann), "help"));
  world.written();
  await deliver({ destination: "person:1", body: teamPayments({ kind: "person", personId: 1 }) });
  expect(world.written()).toMatchObject([{ conversationId: alone(ann).id }]);
  await deliver({ destination: "person:2" });
  expect(world.connector.opened.at(-1)?.userId).toBe(ben.aadObjectId);
  expect(world.written()).toMatchObject([{ conversationId: `a:personal-${ben.aadObjectId}` }]);
});

test("a chat that somebody left is opened anew once", async () => {
  const world = teams();
  await world.post(message(world, ann, alone(ann), "help"));
  world.written();
  world.connector.refuse(/^POST .*a:chat-aad-ann\/activities/, 403);
  await deliver({ destination: "person:1" });
  expect(world.written()).toMatchObject([{ conversationId: `a:personal-${ann.aadObjectId}` }]);
});

test("what can never arrive is refused for good, in words for the operator", async () => {
  const world = teams();
  world.written();
  const shared = "19:shared@thread.tacv2";
  world.connector.rosters.set(shared, [ann, gus]);
  const room = { id: shared, type: "channel" } as const;
  await world.post(message(world, ann, room, "help"));
  world.written();
  const refusals: [Parameters<typeof owed>[0], RegExp][] = [
    [{ destination: "19:nowhere@thread.tacv2" }, /not in this Teams room/],
    [{ destination: alone(ann).id }, /not in this Teams room/],
    [{ body: teamPayments({ kind: "person", personId: 1 }) }, /never posted to a Teams room/],
    [{ destination: shared }, /guests or another organisation/],
    [{ destination: "person:3" }, /no linked Teams account/],
    [
      { destination: "person:1", body: teamPayments({ kind: "person", personId: 2 }) },
      /never sent to person 1/,
    ],
  ];
  for (const [more, said] of refusals) {
    const error = await failure(more);
    expect(error).toBeInstanceOf(DeliveryError);
    expect(error).toMatchObject({ permanent: true, message: expect.stringMatching(said) });
  }
  expect(world.written()).toEqual([]);
});

test("how long Teams asks to wait reaches the outbox, and nothing is repeated", async () => {
  const world = teams();
  await world.post(message(world, ann, ROOMS.group, "help"));
  world.written();
  const group = { destination: ROOMS.group.id };
  const posts = /^POST .*19:group.*\/activities$/;
  for (const status of [429, 412, 502, 503, 504]) {
    world.connector.refuse(posts, status, { retryAfter: "7" });
    expect(await failure(group)).toMatchObject({ name: "DeliveryError", retryAfterMs: 7_000 });
  }
  for (const status of [429, 412]) {
    world.connector.refuse(posts, status);
    expect(await failure(group)).toMatchObject({ name: "DeliveryError", retryAfterMs: 5_000 });
  }
  for (const status of [500, 502, 504]) {
    world.connector.refuse(posts, status);
    // Not a DeliveryError: it may have arrived.
    expect(await failure(group)).toMatchObject({ name: "TeamsFailure", status });
  }
  for (const status of [400, 413]) {
    world.connector.refuse(posts, status);
    expect(await failure(group)).toMatchObject({ name: "DeliveryError", permanent: true });
  }
  world.connector.refuse(posts, 401);
  expect(await failure(group)).toMatchObject({ name: "DeliveryError", permanent: false });
  expect(world.written()).toEqual([]);
});

test("a room the bot was taken out of is refused, and not tried a second time", async () => {
  const world = teams();
  await world.post(message(world, una, ROOMS.group, "help"));
  world.written();
  world.connector.refuse(/^POST .*19:group.*\/activities$/, 403);
  expect(await failure({ destination: ROOMS.group.id })).toMatchObject({ permanent: true });
  expect(await failure({ destination: ROOMS.group.id })).toMatchObject({
    message: expect.stringContaining("not in this Teams room"),
  });
});

test("a server that does not answer is a failure of which nobody knows the end", async () => {
  const world = teams();
  const { orgId } = world;
  await recordConversation(database.pool, {
    orgId,
    conversationId: "19:dead@unq.gbl.spaces",
    kind: "group",
    tenantId: TENANT,
    serviceUrl: "http://127.0.0.1:1",
    botId: "28:aispend",
    teamId: null,
    aadObjectId: null,
    now: NOW,
  });
  const error = await failure({ destination: "19:dead@unq.gbl.spaces" });
  expect(error).toMatchObject({ name: "TeamsFailure", status: undefined });
});

test("a process that only delivers needs no bot", async () => {
  const world = teams();
  await world.post(message(world, ann, ROOMS.group, "help"));
  world.written();
  const { pool, clock } = world.surface;
  const worker = createTeamsPort({
    credentials: { appType: "Playground" },
    production: false,
    pool,
    clock,
    listAccounts: async () => [],
  });
  await worker.deliver(owed({ destination: ROOMS.group.id }), AbortSignal.timeout(30_000));
  expect(world.written()).toMatchObject([{ conversationId: ROOMS.group.id }]);
});

test("the outbox delivers through it", async () => {
  const world = teams();
  await world.post(message(world, ann, ROOMS.channel, "help"));
  world.written();
  const { orgId } = world;
  await transaction(database.pool, (tx) =>
    enqueue(
      tx,
      {
        orgId,
        dedupeKey: "weekly:2026-W47",
        surface: "teams",
        destination: CHANNEL,
        kind: "weekly_showback",
        urgency: "urgent",
        body: teamPayments(ROOM),
      },
      NOW,
    ),
  );
  const delivery = { pool: database.pool, clock: () => NOW, ports: { teams: port() } };
  expect(await deliverNext(delivery)).toMatchObject({ state: "sent" });
  expect(await deliverNext(delivery)).toEqual({ state: "idle" });
  expect(world.written().length).toBe(1);
});
