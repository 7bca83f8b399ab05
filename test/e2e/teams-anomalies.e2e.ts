import { beforeAll, beforeEach, expect, test } from "vitest";
import type { TeamsBotOptions } from "#apps/teams/bot.ts";
import { getFinding } from "#core/anomalies/service.ts";
import { listLiveBudgets, setBudget } from "#core/budgets/service.ts";
import { NANO_PER_USD } from "#core/money.ts";
import { openFinding } from "#test/anomalies/open-finding.ts";
import { type Acme, brainOf, makeAcme, NOW, personId } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { cardProblems } from "#test/teams/card-problems.ts";
import { cardOf, dataOf, replyCard, replySaid, textsOf } from "#test/teams/read-card.ts";
import { alone, message, people, press, ROOMS, TENANT, useTeams } from "#test/teams/teams-world.ts";

const database = useDatabase();
const made: { acme?: Acme; id?: number } = {};
function acme(): Acme {
  if (made.acme === undefined) throw new Error("Acme is there from beforeAll on");
  return made.acme;
}

beforeAll(async () => {
  made.acme = await makeAcme(database.owner, { key: "acme-anomalies" });
});
beforeEach(async () => {
  await database.owner.query("truncate finding_suppression, finding, outbox restart identity");
  made.id = await openFinding(database.pool, acme());
});

// Ann answers for payments, Ben holds no role unless a test says so.
const roles = { ben: "u1" };
const options: Partial<TeamsBotOptions> = {
  get brain() {
    return brainOf(database.pool);
  },
  resolveOrg: async (tenant) => (tenant === TENANT ? acme().orgId : undefined),
  resolveAsker: async ({ account }) => ({
    personId: personId(acme(), account.endsWith(ann.aadObjectId) ? "ada" : roles.ben),
    operator: false,
    account,
  }),
};
const teams = useTeams(database, options);
const { ann, ben } = people;
const state = async () => (await getFinding(database.pool, acme().orgId, made.id ?? 0)).state;

async function card() {
  const world = teams();
  world.written();
  await world.post(message(world, ann, alone(ann), `anomaly ${made.id}`));
  return cardOf(world.written().at(-1));
}

test("a finding is a card that Teams takes, with its chart and its buttons", async () => {
  const shown = await card();
  expect(cardProblems(shown)).toEqual([]);
  expect(textsOf(shown).join("\n")).toContain("looks like a retry loop");
  expect(JSON.stringify(shown)).toContain("Chart.Line");
});

test("pressed twice it is taken on once, and the card says by whom", async () => {
  const world = teams();
  const taken = press(world, ann, alone(ann), dataOf(await card(), "I'm on it"), "m-1");
  expect(textsOf(replyCard(await world.post(taken))).join("\n")).toContain("by Ada Byron");
  const again = textsOf(replyCard(await world.post(taken))).join("\n");
  expect(again).toContain("Your press changed nothing, it is ACKNOWLEDGED");
  expect(await state()).toBe("acknowledged");
});

test("who may not is told so, and nothing changes", async () => {
  const world = teams();
  const snooze = dataOf(await card(), "Snooze 4 h");
  const answered = await world.post(press(world, ben, ROOMS.channel, snooze));
  expect(replySaid(answered)).toContain("may not snooze the finding");
  expect(await state()).toBe("open");
});

test("pressed at the same moment by two it changes once", async () => {
  const world = teams();
  const data = dataOf(await card(), "Snooze 4 h");
  await Promise.all([1, 2].map(() => world.post(press(world, ann, alone(ann), data, "m-2"))));
  expect(await state()).toBe("snoozed");
  expect((await getFinding(database.pool, acme().orgId, made.id ?? 0)).edits).toBe(1);
});

test("pressed by two people at the same moment it is one's, and the other is told", async () => {
  const world = teams();
  roles.ben = "grace";
  const data = dataOf(await card(), "I'm on it");
  const both = await Promise.all([
    world.post(press(world, ann, alone(ann), data, "m-3")),
    world.post(press(world, ben, ROOMS.channel, data, "m-4")),
  ]);
  roles.ben = "u1";
  const finding = await getFinding(database.pool, acme().orgId, made.id ?? 0);
  expect([finding.state, finding.edits]).toEqual(["acknowledged", 1]);
  const told = both.map(({ body }) => JSON.stringify(body));
  expect(told.filter((one) => one.includes("Your press changed nothing"))).toHaveLength(1);
});

test("pressed after it is over it changes nothing and says so", async () => {
  const world = teams();
  const data = dataOf(await card(), "Snooze 4 h");
  await database.owner.query(
    "update finding set state = 'resolved', resolved_at = now(), resolution = 'normal_again'",
  );
  const answered = await world.post(press(world, ann, alone(ann), data, "m-5"));
  const text = textsOf(replyCard(answered)).join("\n");
  expect(text).toContain("Your press changed nothing, it is RESOLVED");
});

test("a budget that waits is decided once by who may, and too late says how it went", async () => {
  const world = teams();
  const outcome = await setBudget(database.pool, {
    orgId: acme().orgId,
    slot: {
      subject: { kind: "scope", id: acme().scopes.get("payments") ?? -1 },
      kind: "budget",
      period: "month",
      unit: "usd",
    },
    amount: 60_000n * NANO_PER_USD,
    reason: "growth",
    seen: undefined,
    by: { personId: personId(acme(), "fin"), actorAccount: "teams:fin", surface: "teams" },
    now: NOW,
  });
  const { id } = outcome.budget;
  const approve = {
    aispend: { kind: "press", verb: "budget_approve", token: `${id}`, command: "budget payments" },
  };
  roles.ben = "gov";
  const both = await Promise.all([
    world.post(press(world, ann, alone(ann), approve, "m-6")),
    world.post(press(world, ben, ROOMS.channel, approve, "m-7")),
  ]);
  const late = await world.post(press(world, ben, ROOMS.channel, approve, "m-7"));
  roles.ben = "u1";
  expect(JSON.stringify(both[0].body)).toContain("may not");
  expect(JSON.stringify(late.body)).toContain("Your press changed nothing");
  const live = await listLiveBudgets(database.pool, acme().orgId);
  expect(live.map((budget) => budget.id)).toEqual([id]);
});
