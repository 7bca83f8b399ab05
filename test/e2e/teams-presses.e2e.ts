import { expect, test } from "vitest";
import { useDatabase } from "#test/database/clone.ts";
import { cardOf, dataOf, replyCard, replySaid, textsOf } from "#test/teams/read-card.ts";
import {
  activity,
  alone,
  message,
  people,
  press,
  ROOMS,
  THREAD,
  useTeams,
} from "#test/teams/teams-world.ts";

const database = useDatabase();
const teams = useTeams(database);
const { ann, ben } = people;

async function requestCard(): Promise<ReturnType<typeof cardOf>> {
  const world = teams();
  await world.post(message(world, ann, alone(ann), "request 7"));
  return cardOf(world.written().at(-1));
}

test("a change that asks first shows a second step, and Back shows the answer again", async () => {
  const world = teams();
  const card = await requestCard();
  const before = world.brain.presses.length;
  const asked = replyCard(await world.post(press(world, ann, alone(ann), dataOf(card, "Approve"))));
  expect(textsOf(asked)).toContain("Approve a cap of $200 a month?");
  expect(world.brain.presses.length).toBe(before);
  const back = await world.post(press(world, ann, alone(ann), dataOf(asked, "Back")));
  expect(textsOf(replyCard(back))).toContain("A key for payments");
  expect(world.written()).toEqual([]);
});

test("confirmed, a change is made once however often it is pressed, and shown", async () => {
  const world = teams();
  const asked = replyCard(
    await world.post(press(world, ann, alone(ann), dataOf(await requestCard(), "Approve"))),
  );
  const confirmed = press(world, ann, alone(ann), dataOf(asked, "Approve"), "m-request");
  expect(textsOf(replyCard(await world.post(confirmed)))).toContain("Approved at 14:02");
  expect(textsOf(replyCard(await world.post(confirmed)))).toContain("Approved already at 14:02");
  const updates = world.written();
  expect(updates).toMatchObject([
    { method: "PUT", activityId: "m-request" },
    { method: "PUT", activityId: "m-request" },
  ]);
  expect(textsOf(cardOf(updates[0]))).toContain("Approved at 14:02");
  expect(world.brain.presses.at(-1)).toMatchObject({
    orgId: world.orgId,
    verb: "key.approve",
    token: "r7",
    values: {},
    asker: { personId: 1 },
    audience: { kind: "person", personId: 1 },
    surface: "teams",
  });
});

test("pressed in a room, the shared card is updated for everybody", async () => {
  const world = teams();
  world.written();
  const approve = { aispend: { kind: "press", verb: "key.approve", token: "r9" } };
  const answered = await world.post(press(world, ann, ROOMS.channel, approve, "m-shared"));
  expect(textsOf(replyCard(answered))).toContain("Approved at 14:02");
  expect(world.brain.presses.at(-1)?.audience).toEqual({ kind: "room" });
  const [update, ...rest] = world.written();
  expect(rest).toEqual([]);
  expect(update).toMatchObject({ method: "PUT", conversationId: THREAD, activityId: "m-shared" });
});

test("a refusal is said to the one who pressed and leaves the card as it is", async () => {
  const world = teams();
  world.written();
  const approve = { aispend: { kind: "press", verb: "key.approve", token: "r8" } };
  const answered = await world.post(press(world, ben, ROOMS.channel, approve));
  expect(replySaid(answered)).toBe("Only the owner of payments may");
  expect(world.written()).toEqual([]);
});

test("what a press gives to one person alone never reaches the room", async () => {
  const world = teams();
  await world.post(message(world, ann, alone(ann), "help"));
  world.written();
  const reveal = { aispend: { kind: "press", verb: "key.reveal", token: "k1" } };
  const answered = await world.post(press(world, ann, ROOMS.channel, reveal));
  expect(replySaid(answered)).toBe("I sent you the answer in our chat.");
  expect(world.written().map((one) => one.conversationId)).toEqual([alone(ann).id]);
});

test("where there are no dialogs a form takes the card's place", async () => {
  const world = teams();
  await world.post(message(world, ann, alone(ann), "team payments"));
  const card = cardOf(world.written().at(-1));
  const form = replyCard(
    await world.post(press(world, ann, alone(ann), dataOf(card, "Set budget"))),
  );
  expect(textsOf(form)).toEqual(expect.arrayContaining(["Budget of payments", "Dollars a month"]));
  expect(form.body).toContainEqual(expect.objectContaining({ id: "field_amount", value: "12000" }));
  const filled = { ...dataOf(form, "Set"), field_amount: "13,000", field_reason: "growth" };
  const answered = await world.post(press(world, ann, alone(ann), filled));
  expect(textsOf(replyCard(answered))).toContain("Budget set to 13,000");
  expect(world.brain.presses.at(-1)).toMatchObject({
    verb: "budget.set",
    token: "b1",
    values: { amount: "13,000", reason: "growth" },
  });
});

test("a form that is not to be had says so", async () => {
  const world = teams();
  const form = { aispend: { kind: "form", form: "nope", token: "x", command: "help" } };
  const alonePress = await world.post(press(world, ann, alone(ann), form));
  expect(textsOf(replyCard(alonePress))).toContain("No such form");
  const inRoom = await world.post(press(world, ann, ROOMS.channel, form));
  expect(replySaid(inRoom)).toBe("No such form");
});

test("data that no button of this version carries is answered with what to do", async () => {
  const world = teams();
  for (const data of [{}, { aispend: { kind: "grant" } }, { aispend: null }, "x", undefined]) {
    const invoke = { type: "invoke", name: "adaptiveCard/action", value: { action: { data } } };
    const answered = await world.post(activity(world, ann, alone(ann), invoke));
    expect(replySaid(answered)).toContain("from an older message");
  }
});

test("a fault while a button is pressed is answered without its text", async () => {
  const world = teams();
  world.brain.failWith = new Error("boom: secret");
  const approve = { aispend: { kind: "press", verb: "key.approve", token: "r1" } };
  const answered = await world.post(press(world, ann, alone(ann), approve));
  expect(replySaid(answered)).toContain("an error on my side");
  expect(JSON.stringify(world.logged)).not.toContain("secret");
});
