import { expect, test } from "vitest";
import { AispendError } from "#core/errors.ts";
import { useDatabase } from "#test/database/clone.ts";
import { replySaid } from "#test/teams/read-card.ts";
import {
  activity,
  alone,
  message,
  people,
  post,
  press,
  ROOMS,
  THREAD,
  useTeams,
} from "#test/teams/teams-world.ts";

const database = useDatabase();
const teams = useTeams(database);
const { ann } = people;

test("a foreign tenant is refused unheard, and nothing of it is kept", async () => {
  const world = teams();
  const before = world.brain.questions.length;
  world.written();
  const foreign = "99999999-0000-0000-0000-000000000000";
  const asked = message(world, ann, { id: "a:foreign", type: "personal" }, "team payments");
  const conversation = { id: "a:foreign", conversationType: "personal", tenantId: foreign };
  await world.post({ ...asked, conversation, channelData: { tenant: { id: foreign } } });
  expect(world.brain.questions.length).toBe(before);
  expect(world.written()[0]?.activity.text).toContain("I am not set up for this organisation");
  const kept = await database.pool.query(
    "select 1 from teams_conversation where conversation_id = 'a:foreign'",
  );
  expect(kept.rowCount).toBe(0);
});

test("two tenants in one activity are as good as none", async () => {
  const world = teams();
  world.written();
  const asked = message(world, ann, alone(ann), "team payments");
  const channelData = { tenant: { id: "99999999-0000-0000-0000-000000000000" } };
  await world.post({ ...asked, channelData });
  expect(world.written()[0]?.activity.text).toContain("I am not set up for this organisation");
});

test("guests are refused, whichever way Teams names them", async () => {
  const world = teams();
  const before = world.brain.questions.length;
  const guests = [
    { ...ann, id: "29:g1", userRole: "guest" },
    { ...ann, id: "29:g2", userRole: "anonymous" },
    { ...ann, id: "29:g3", userPrincipalName: "x_b.example#EXT#@a.example" },
    { ...ann, id: "29:g4", tenantId: "99999999-0000-0000-0000-000000000000" },
  ];
  for (const guest of guests) {
    world.written();
    const room = { id: `a:${guest.id}`, type: "personal" } as const;
    world.connector.rosters.set(room.id, [guest]);
    await world.post(message(world, guest, room, "team payments"));
    expect(world.written()[0]?.activity.text).toContain("not guests");
    const pressed = await world.post(
      press(world, guest, room, { aispend: { kind: "ask", command: "me" } }),
    );
    expect(replySaid(pressed)).toContain("not guests");
  }
  expect(world.brain.questions.length).toBe(before);
});

test("somebody the room does not know is refused", async () => {
  const world = teams();
  world.written();
  const nobody = { ...ann, id: "29:nobody", aadObjectId: "aad-nobody" };
  await world.post(message(world, nobody, ROOMS.channel, "team payments"));
  expect(world.written()[0]?.activity.text).toContain("not guests");
});

test("a fault is answered with an apology, and its text is neither sent nor logged", async () => {
  const world = teams();
  world.written();
  world.brain.failWith = new Error("secret thing about team payments");
  const asked = message(world, ann, alone(ann), "team payments canary-7f3a");
  expect((await world.post(asked)).status).toBe(200);
  const [apology, ...rest] = world.written();
  expect(rest).toEqual([]);
  const said = apology?.activity.text ?? "";
  const reference = /an error on my side.*reference ([0-9a-f]{8})/.exec(said)?.[1];
  const logged = world.logged.join("");
  expect(logged).toContain(`"reference":"${reference}"`);
  expect(logged).toContain('"error":"Error"');
  expect(logged).not.toContain("secret thing");
  expect(logged).not.toContain("canary-7f3a");
});

test("an expected failure says what to do to the person, and nothing of it to a room", async () => {
  const world = teams();
  world.written();
  const tooLong = () =>
    new AispendError("question_too_long", "the question has 900 characters", {
      help: "Ask shorter.",
    });
  world.brain.failWith = tooLong();
  await world.post(message(world, ann, alone(ann), "x".repeat(900)));
  world.brain.failWith = tooLong();
  await world.post(message(world, ann, ROOMS.channel, "x".repeat(900)));
  const [own, room] = world.written();
  expect(own?.activity.text).toBe("the question has 900 characters. Ask shorter.");
  expect(room).toMatchObject({ conversationId: THREAD });
  expect(room?.activity.text).toContain("an error on my side");
});

test("when even the apology cannot be sent, Teams still gets its 200", async () => {
  const world = teams();
  world.connector.refuse(/activities$/, 502, { times: 2 });
  const answered = await world.post(message(world, ann, alone(ann), "team payments"));
  expect(answered.status).toBe(200);
  expect(world.logged.join("")).toContain('"status":502');
});

test("a body that is no activity is refused with the field that is wrong", async () => {
  const world = teams();
  expect(await world.post({ type: "message" })).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining("channelId") },
  });
  const asked = activity(world, ann, alone(ann), { type: "message", from: undefined });
  expect(await world.post(asked)).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining("from") },
  });
  expect(await post(world.url, "{", {})).toMatchObject({ status: 400 });
  expect(await post(world.url, "[]", {})).toMatchObject({ status: 400 });
  const large = JSON.stringify({ type: "message", text: "x".repeat(300_000) });
  expect(await post(world.url, large)).toMatchObject({ status: 413 });
  expect(await post(world.url, "hello", { "content-type": "text/plain" })).toMatchObject({
    status: 400,
  });
});

test("kinds of activity the bot does not know are taken and ignored", async () => {
  const world = teams();
  world.written();
  for (const type of ["typing", "messageReaction", "event", "something new"]) {
    expect((await world.post(activity(world, ann, alone(ann), { type }))).status).toBe(200);
  }
  const invoke = { type: "invoke", name: "composeExtension/query", value: {} };
  expect(await world.post(activity(world, ann, alone(ann), invoke))).toEqual({
    status: 200,
    body: {},
  });
  expect(world.written()).toEqual([]);
});

test("a playground that names an address outside this machine is refused", async () => {
  const world = teams();
  const asked = message(world, ann, alone(ann), "team payments");
  expect(await world.post({ ...asked, serviceUrl: "https://attacker.example/" })).toMatchObject({
    status: 401,
  });
});
