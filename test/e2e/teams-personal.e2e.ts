import { expect, test } from "vitest";
import { useDatabase } from "#test/database/clone.ts";
import { cardOf, dataOf, replySaid, textsOf } from "#test/teams/read-card.ts";
import {
  activity,
  alone,
  BOT,
  message,
  people,
  personalChat,
  press,
  useTeams,
} from "#test/teams/teams-world.ts";

const database = useDatabase();
const teams = useTeams(database);
const { ann, una } = people;

test("a question in the personal chat is answered there with the card of the answer", async () => {
  const world = teams();
  const answered = await world.post(message(world, ann, alone(ann), "team payments"));
  expect(answered.status).toBe(200);
  const [delivery, ...rest] = world.written();
  expect(rest).toEqual([]);
  expect(delivery).toMatchObject({ method: "POST", conversationId: personalChat(ann) });
  expect(delivery?.activity.summary).toContain("payments spent $2,914");
  const texts = textsOf(cardOf(delivery));
  expect(texts).toContain("payments, 16-22 Nov: $2,914, up $402 (16%)");
  expect(texts).toContain("Your own part: $41.20");
  expect(texts).toContain("demonstration data; metered, 97% attributed, as of Mon 08:55");
});

test("the brain hears the question, the person, the audience and the surface", async () => {
  const world = teams();
  await world.post(message(world, ann, alone(ann), "team payments"));
  expect(world.brain.questions.at(-1)).toEqual({
    orgId: world.orgId,
    text: "team payments",
    asker: { personId: 1, operator: false, account: expect.stringMatching(/^teams:.*:aad-ann$/) },
    audience: { kind: "person", personId: 1 },
    surface: "teams",
  });
});

test("nothing to share where the question came from no room", async () => {
  const world = teams();
  world.written();
  await world.post(message(world, ann, alone(ann), "team payments"));
  const titles = cardOf(world.written()[0]).actions.map((action) => action.title);
  expect(titles).toEqual(["Why", "CSV", "Set budget", "Details"]);
});

test("a button that asks is answered by a further message below", async () => {
  const world = teams();
  await world.post(message(world, ann, alone(ann), "team payments"));
  const card = cardOf(world.written().at(-1));
  const answered = await world.post(press(world, ann, alone(ann), dataOf(card, "Why")));
  expect(replySaid(answered)).toBe("Answered below.");
  expect(textsOf(cardOf(world.written()[0]))).toContain("You: $41.20");
});

test("an account that is not linked is answered as any room would be", async () => {
  const world = teams();
  world.written();
  await world.post(message(world, una, alone(una), "team payments"));
  expect(world.brain.questions.at(-1)).toMatchObject({
    asker: { personId: undefined },
    audience: { kind: "room" },
  });
  expect(textsOf(cardOf(world.written()[0]))).toContain("You are not linked yet");
});

test("being added greets with help, and being taken out is kept", async () => {
  const world = teams();
  world.written();
  const added = { type: "installationUpdate", action: "add" };
  await world.post(activity(world, ann, alone(ann), added));
  expect(textsOf(cardOf(world.written()[0]))).toContain("Six commands");
  expect(await kept(personalChat(ann))).toEqual({ kind: "personal", removed: false });
  const removed = { type: "installationUpdate", action: "remove" };
  await world.post(activity(world, ann, alone(ann), removed));
  expect(await kept(personalChat(ann))).toEqual({ kind: "personal", removed: true });
  expect(world.written()).toEqual([]);
});

test("the other events of joining are kept and not greeted a second time", async () => {
  const world = teams();
  world.written();
  const joined = { type: "conversationUpdate", membersAdded: [{ id: BOT }] };
  await world.post(activity(world, ann, alone(ann), joined));
  expect(await kept(personalChat(ann))).toEqual({ kind: "personal", removed: false });
  const left = { type: "conversationUpdate", membersRemoved: [{ id: BOT }] };
  await world.post(activity(world, ann, alone(ann), left));
  expect(await kept(personalChat(ann))).toEqual({ kind: "personal", removed: true });
  expect(world.written()).toEqual([]);
});

async function kept(conversationId: string): Promise<unknown> {
  const found = await database.pool.query(
    `select kind, removed_at is not null as removed from teams_conversation
     where org_id = $1 and conversation_id = $2`,
    [teams().orgId, conversationId],
  );
  return found.rows[0];
}
