import { beforeAll, expect, test } from "vitest";
import type { TeamsBotOptions } from "#apps/teams/bot.ts";
import { type Acme, brainOf, fillAcme, makeAcme, personId } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { cardProblems } from "#test/teams/card-problems.ts";
import { cardOf, dataOf, replySaid, textsOf } from "#test/teams/read-card.ts";
import {
  alone,
  message,
  people,
  press,
  ROOMS,
  TENANT,
  THREAD,
  useTeams,
} from "#test/teams/teams-world.ts";

const database = useDatabase();
const made: { acme?: Acme } = {};
function acme(): Acme {
  if (made.acme === undefined) throw new Error("Acme is there from beforeAll on");
  return made.acme;
}

beforeAll(async () => {
  made.acme = await makeAcme(database.owner, { key: "acme-ledger", demonstration: true });
  await fillAcme(database.pool, made.acme);
});

// Ann's account is Ada's, who answers for payments; Una's is linked to nobody.
const options: Partial<TeamsBotOptions> = {
  get brain() {
    return brainOf(database.pool);
  },
  resolveOrg: async (tenant) => (tenant === TENANT ? acme().orgId : undefined),
  resolveAsker: async ({ account }) => ({
    personId: account.endsWith(ann.aadObjectId) ? personId(acme(), "ada") : undefined,
    operator: false,
    account,
  }),
};
const teams = useTeams(database, options);
const { ann, una } = people;

test.each([
  "team payments",
  "team payments last week",
  "project disputes 2026-10 by agent",
  "org this quarter",
  "top model last 14 days",
  "why payments last week",
  "owners payments",
  "price gpt-4o",
  "model claude-sonnet-4-5 vs last month",
  "unattributed",
  "me",
  "whoami",
  "help",
  "help all",
  "help team",
  "",
  "how much did payments spend on claude last week?",
  "team paymets",
  "team payments 2026-13",
  "**支払い** \u202e",
])("'%s' is answered by a card that Teams takes", async (text) => {
  const world = teams();
  world.written();
  await world.post(message(world, ann, alone(ann), text));
  const [delivery, ...rest] = world.written();
  expect(rest).toEqual([]);
  expect(cardProblems(cardOf(delivery))).toEqual([]);
  expect(delivery?.activity.summary).not.toBe("");
  expect(world.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
});

test("a team's spend has figures, a chart and says demonstration data", async () => {
  const world = teams();
  world.written();
  await world.post(message(world, ann, alone(ann), "team payments last week"));
  const card = cardOf(world.written()[0]);
  const said = textsOf(card).join("\n");
  expect(said).toMatch(/\$\d/);
  expect(said).toContain("demonstration data");
  expect(JSON.stringify(card.body)).toContain('"type":"Chart.VerticalBar"');
});

test("shared, it is the ledger's answer for the room", async () => {
  const world = teams();
  world.written();
  await world.post(message(world, ann, ROOMS.channel, "team payments last week"));
  const card = cardOf(world.written().find((one) => one.conversationId !== THREAD));
  const answered = await world.post(press(world, ann, alone(ann), dataOf(card, "Share")));
  expect(replySaid(answered)).toBe("Shared.");
  const [shared] = world.written();
  expect(shared?.conversationId).toBe(THREAD);
  expect(cardProblems(cardOf(shared))).toEqual([]);
});

test("what one person spends is not shared with a room", async () => {
  const world = teams();
  world.written();
  const me = { aispend: { kind: "share", command: "me", room: THREAD } };
  const answered = await world.post(press(world, ann, alone(ann), me));
  expect(replySaid(answered)).not.toBe("Shared.");
  expect(world.written()).toEqual([]);
});

test("a channel becomes that of a team, named as the outbox names it", async () => {
  const world = teams();
  world.written();
  await world.post(message(world, ann, ROOMS.channel, "channel here payments"));
  const { rows } = await database.owner.query(
    "select surface, destination from scope_channel where org_id = $1",
    [acme().orgId],
  );
  expect(rows).toEqual([{ surface: "teams", destination: THREAD.split(";")[0] }]);
});

test("an account that is linked to nobody learns how to link itself, and no figure", async () => {
  const world = teams();
  world.written();
  await world.post(message(world, una, alone(una), "team payments"));
  const said = textsOf(cardOf(world.written()[0])).join("\n");
  expect(said).toContain("not linked to a person");
  expect(said).not.toMatch(/\$\d/);
});
