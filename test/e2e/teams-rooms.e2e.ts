import { expect, test } from "vitest";
import { useDatabase } from "#test/database/clone.ts";
import { cardOf, dataOf, replySaid, textsOf } from "#test/teams/read-card.ts";
import {
  activity,
  alone,
  BOT,
  CHANNEL,
  message,
  people,
  personalChat,
  press,
  ROOMS,
  THREAD,
  useTeams,
} from "#test/teams/teams-world.ts";

const database = useDatabase();
const teams = useTeams(database);
const { ann, ben, gus } = people;

test("asked in a channel, the asker is answered alone and a neutral line says so", async () => {
  const world = teams();
  await world.post(message(world, ann, alone(ann), "help"));
  world.written();
  await world.post(message(world, ann, ROOMS.channel, "team payments"));
  const [toAnn, toChannel, ...rest] = world.written();
  expect(rest).toEqual([]);
  expect(toAnn?.conversationId).toBe(personalChat(ann));
  expect(textsOf(cardOf(toAnn))).toContain("Your own part: $41.20");
  expect(toChannel?.conversationId).toBe(THREAD);
  expect(toChannel?.activity.text).toBe("I sent you the answer in our chat.");
  expect(JSON.stringify(toChannel)).not.toContain("payments spent");
  expect(world.brain.questions.at(-1)?.text).toBe("team payments");
});

test("a slash command in a room, which only its sender sees, leaves no line there", async () => {
  const world = teams();
  await world.post(message(world, ann, alone(ann), "help"));
  world.written();
  const asked = activity(world, ann, ROOMS.channel, { type: "message", text: "/team payments" });
  await world.post({ ...asked, recipient: { id: BOT, name: "aispend", isTargeted: true } });
  expect(world.brain.questions.at(-1)?.text).toBe("team payments");
  expect(world.written().map((one) => one.conversationId)).toEqual([personalChat(ann)]);
});

test("somebody without a chat gets one, which is used again", async () => {
  const world = teams();
  const before = world.connector.opened.length;
  world.written();
  await world.post(message(world, ben, ROOMS.group, "team payments"));
  await world.post(message(world, ben, ROOMS.group, "team payments"));
  expect(world.connector.opened.slice(before)).toEqual([
    { userId: ben.id, conversationId: `a:personal-${ben.id}` },
  ]);
  const places = world.written().map((delivery) => delivery.conversationId);
  const opened = `a:personal-${ben.id}`;
  expect(places).toEqual([opened, ROOMS.group.id, opened, ROOMS.group.id]);
});

test("a chat that was left is opened anew, and only when that fails the room is told", async () => {
  const world = teams();
  await world.post(message(world, ann, alone(ann), "help"));
  world.written();
  world.connector.refuse(/^POST .*a:chat-aad-ann\/activities/, 403);
  await world.post(message(world, ann, ROOMS.channel, "team payments"));
  expect(world.written().map((delivery) => delivery.conversationId)).toEqual([
    `a:personal-${ann.id}`,
    THREAD,
  ]);
  world.connector.refuse(/^POST .*a:personal-29:ann\/activities/, 403, { times: 2 });
  await world.post(message(world, ann, ROOMS.channel, "team payments"));
  const [line, ...rest] = world.written();
  expect(rest).toEqual([]);
  expect(line?.conversationId).toBe(THREAD);
  expect(line?.activity.text).toContain("Add aispend to your own apps");
});

test("Share asks again for the room and posts that in the thread of the question", async () => {
  const world = teams();
  await world.post(message(world, ann, ROOMS.channel, "team payments"));
  const card = cardOf(world.written().find((one) => one.conversationId !== THREAD));
  const answered = await world.post(press(world, ann, alone(ann), dataOf(card, "Share")));
  expect(replySaid(answered)).toBe("Shared.");
  expect(world.brain.questions.at(-1)?.audience).toEqual({ kind: "room" });
  const [shared, ...rest] = world.written();
  expect(rest).toEqual([]);
  expect(shared?.conversationId).toBe(THREAD);
  const texts = textsOf(cardOf(shared));
  expect(texts).toContain("payments, 16-22 Nov: $2,914, up $402 (16%)");
  expect(texts).not.toContain("Your own part: $41.20");
  expect(cardOf(shared).actions.map((action) => action.title)).not.toContain("Share");
});

test("an answer for one person cannot be shared", async () => {
  const world = teams();
  await world.post(message(world, ann, ROOMS.channel, "me"));
  const card = cardOf(world.written().find((one) => one.conversationId !== THREAD));
  const answered = await world.post(press(world, ann, alone(ann), dataOf(card, "Share")));
  expect(replySaid(answered)).toBe("That is for you alone");
  expect(world.written()).toEqual([]);
});

test("Share into a room the person is not in, or nobody knows, posts nothing", async () => {
  const world = teams();
  await world.post(message(world, ann, ROOMS.channel, "team payments"));
  world.written();
  world.connector.rosters.set(CHANNEL, [ben]);
  const share = { aispend: { kind: "share", command: "team payments", room: THREAD } };
  expect(replySaid(await world.post(press(world, ann, alone(ann), share)))).toContain(
    "You are not in that room",
  );
  const unknown = { aispend: { kind: "share", command: "team payments", room: "19:else@thread" } };
  expect(replySaid(await world.post(press(world, ann, alone(ann), unknown)))).toContain(
    "I am no longer in that room",
  );
  expect(world.written()).toEqual([]);
});

test("nothing is shared into a room that a guest reads", async () => {
  const world = teams();
  const shared = { id: "19:shared@thread.tacv2", type: "channel" } as const;
  world.connector.rosters.set(shared.id, [ann, ben, people.una, gus]);
  await world.post(message(world, ann, shared, "team payments"));
  world.written();
  const share = { aispend: { kind: "share", command: "team payments", room: shared.id } };
  const answered = await world.post(press(world, ann, alone(ann), share));
  expect(replySaid(answered)).toContain("Guests or people of another organisation");
  expect(world.written()).toEqual([]);
});

test("a button in a room is answered to the one who pressed it, alone", async () => {
  const world = teams();
  await world.post(message(world, ben, ROOMS.group, "help"));
  world.written();
  const why = { aispend: { kind: "ask", command: "me" } };
  const answered = await world.post(press(world, ben, ROOMS.channel, why));
  expect(replySaid(answered)).toBe("I sent you the answer in our chat.");
  const [delivery, ...rest] = world.written();
  expect(rest).toEqual([]);
  expect(delivery?.conversationId).toBe(`a:personal-${ben.id}`);
});

test("a room is greeted once and forgotten when it is deleted", async () => {
  const world = teams();
  const installed = { type: "installationUpdate", action: "add" };
  await world.post(activity(world, ann, ROOMS.group, installed));
  expect(world.written()[0]?.activity.text).toContain("The answer comes to you alone");
  await world.post(message(world, ann, ROOMS.channel, "help"));
  const channelData = { channel: { id: CHANNEL }, eventType: "channelDeleted" };
  const deleted = { type: "conversationUpdate", channelData };
  await world.post(activity(world, ann, ROOMS.channel, deleted));
  const share = { aispend: { kind: "share", command: "team payments", room: THREAD } };
  const answered = await world.post(press(world, ann, alone(ann), share));
  expect(replySaid(answered)).toContain("I am no longer in that room");
});
