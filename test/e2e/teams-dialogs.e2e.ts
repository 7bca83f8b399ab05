import { expect, test } from "vitest";
import { z } from "zod";
import { useDatabase } from "#test/database/clone.ts";
import { cardOf, dataOf, ReadCard, textsOf } from "#test/teams/read-card.ts";
import { activity, alone, message, people, ROOMS, useTeams } from "#test/teams/teams-world.ts";

const database = useDatabase();
const teams = useTeams(database, { teamsClient: true });
const { ann, gus } = people;

const Dialog = z.object({
  task: z.object({
    type: z.literal("continue"),
    value: z.object({ title: z.string(), card: z.object({ content: ReadCard }) }),
  }),
});

async function invoke(name: string, data: unknown, room = alone(ann), from = ann) {
  const world = teams();
  const value = { data, context: { theme: "default" } };
  return world.post(activity(world, from, room, { type: "invoke", name, value }));
}

test("in Teams a form is a dialog, and what became of it is shown in it alone", async () => {
  const world = teams();
  await world.post(message(world, ann, alone(ann), "team payments"));
  const button = dataOf(cardOf(world.written().at(-1)), "Set budget");
  expect(button).toMatchObject({ msteams: { type: "task/fetch" } });
  const opened = Dialog.parse((await invoke("task/fetch", button)).body).task.value;
  expect(opened.title).toBe("Budget of payments");
  const submit = opened.card.content.actions.find((action) => action.title === "Set");
  expect(submit?.type).toBe("Action.Submit");
  const filled = { ...submit?.data, field_amount: "13000", field_reason: "growth" };
  const done = Dialog.parse((await invoke("task/submit", filled)).body).task.value;
  expect(textsOf(done.card.content)).toContain("Budget set to 13000");
  expect(done.card.content.actions).toEqual([]);
  expect(world.written()).toEqual([]);
});

test("a dialog is one person's own, also when it was opened in a room", async () => {
  const world = teams();
  const submit = { aispend: { kind: "press", verb: "key.reveal", token: "k1" } };
  const done = await invoke("task/submit", submit, ROOMS.channel);
  expect(textsOf(Dialog.parse(done.body).task.value.card.content)).toContain("The key");
  expect(world.brain.presses.at(-1)?.audience).toEqual({ kind: "person", personId: 1 });
  expect(world.written()).toEqual([]);
});

test("guests, foreign data and faults get a plain line in the dialog", async () => {
  const world = teams();
  const fetchForm = { aispend: { kind: "form", form: "budget", token: "b1", command: "help" } };
  const guest = await invoke("task/fetch", fetchForm, alone(gus), gus);
  expect(guest.body).toMatchObject({
    task: { type: "message", value: expect.stringContaining("not guests") },
  });
  const foreign = await invoke("task/fetch", { hello: 1 });
  expect(foreign.body).toMatchObject({
    task: { type: "message", value: expect.stringContaining("older message") },
  });
  const mixed = await invoke("task/submit", fetchForm);
  expect(mixed.body).toMatchObject({ task: { type: "message" } });
  world.brain.failWith = new Error("boom");
  const press = { aispend: { kind: "press", verb: "budget.set", token: "b1" } };
  expect((await invoke("task/submit", press)).body).toMatchObject({
    task: { type: "message", value: expect.stringContaining("an error on my side") },
  });
});
