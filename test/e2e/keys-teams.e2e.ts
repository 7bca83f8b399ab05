import { once } from "node:events";
import { connect } from "node:net";
import { beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { TeamsBotOptions } from "#apps/teams/bot.ts";
import { findKeyByName } from "#core/keys/lookup.ts";
import { type Acme, brainOf, fillAcme, makeAcme, NOW, personId } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { scopeId } from "#test/keys/keys.ts";
import { cardOf, dataOf, ReadCard, textsOf } from "#test/teams/read-card.ts";
import {
  activity,
  alone,
  message,
  people,
  press,
  TENANT,
  useTeams,
} from "#test/teams/teams-world.ts";

const database = useDatabase();
const made: { acme?: Acme } = {};
function acme(): Acme {
  if (made.acme === undefined) throw new Error("Acme is there from beforeAll on");
  return made.acme;
}

beforeAll(async () => {
  made.acme = await makeAcme(database.owner, { key: "acme-teams" });
  await fillAcme(database.pool, made.acme);
  await database.owner.query(
    "insert into scope_member (org_id, scope_id, person_id) values ($1, $2, $3)",
    [acme().orgId, scopeId(acme(), "payments"), personId(acme(), "u2")],
  );
});

const { ann, ben } = people;
// Ben asks, Ann answers for payments.
const options: Partial<TeamsBotOptions> & { teamsClient: boolean } = {
  get brain() {
    return brainOf(database.pool);
  },
  clock: () => NOW,
  resolveOrg: async (tenant) => (tenant === TENANT ? acme().orgId : undefined),
  resolveAsker: async ({ account }) => ({
    personId: personId(acme(), account.endsWith(ann.aadObjectId) ? "ada" : "u2"),
    operator: false,
    account,
  }),
  teamsClient: true,
};
const teams = useTeams(database, options);

const Dialog = z.object({
  task: z.object({
    type: z.literal("continue"),
    value: z.object({ title: z.string(), card: z.object({ content: ReadCard }) }),
  }),
});

async function invoke(name: string, data: unknown) {
  const value = { data, context: { theme: "default" } };
  const world = teams();
  return world.post(activity(world, ben, alone(ben), { type: "invoke", name, value }));
}

test("in Teams a key is asked for and revealed in a dialog, approved by a card", async () => {
  const world = teams();
  world.written();
  await world.post(message(world, ben, alone(ben), "key request"));
  const button = dataOf(cardOf(world.written().at(-1)), "Request a key...");
  expect(button).toMatchObject({ msteams: { type: "task/fetch" } });
  const form = Dialog.parse((await invoke("task/fetch", button)).body).task.value;
  const submit = form.card.content.actions.find((action) => action.title === "Request");
  const filled = {
    ...submit?.data,
    field_scope: String(scopeId(acme(), "payments")),
    field_use: "nightly dispute tagging",
    field_cap: "200",
    field_period: "month",
    field_job: "tag-disputes",
  };
  const asked = Dialog.parse((await invoke("task/submit", filled)).body).task.value;
  expect(textsOf(asked.card.content).join(" ")).toContain("I asked Ada Byron");

  await world.post(message(world, ann, alone(ann), "key request 1"));
  const approve = dataOf(cardOf(world.written().at(-1)), "Approve");
  const done = await world.post(press(world, ann, alone(ann), approve));
  expect(JSON.stringify(done.body)).toContain("APPROVED");
  const late = await world.post(press(world, ann, alone(ann), approve));
  expect(JSON.stringify(late.body)).toContain("Your press changed nothing.");

  world.written();
  const key = await findKeyByName(database.pool, acme().orgId, "tag-disputes");
  const reveal = {
    aispend: { kind: "form", form: "key_reveal", token: String(key?.id), command: "key x" },
  };
  const other = { ...reveal };
  const refused = await world.post(
    activity(world, ann, alone(ann), {
      type: "invoke",
      name: "task/fetch",
      value: { data: other, context: { theme: "default" } },
    }),
  );
  expect(JSON.stringify(refused.body)).toContain("may not see the secret");
  const shown = Dialog.parse((await invoke("task/fetch", reveal)).body).task.value;
  const secret = /sk-aispend-[\w-]{43}/.exec(textsOf(shown.card.content).join(" "))?.[0];
  expect(secret).toBeDefined();
  // Nothing was written into any chat, and no log has it.
  expect(JSON.stringify(world.written())).not.toContain("sk-aispend-");
  expect(world.logged.join("\n")).not.toContain("sk-aispend-");
});

test("a dialog whose connection broke before it was sent takes the secret back", async () => {
  const world = teams();
  const { orgId } = acme();
  const find = () => findKeyByName(database.pool, orgId, "tag-disputes");
  await database.owner.query(
    "update virtual_key set state = 'approved', revealed_at = null where org_id = $1",
    [orgId],
  );
  await database.owner.query("delete from key_secret where org_id = $1", [orgId]);
  const key = await find();
  const data = {
    aispend: { kind: "form", form: "key_reveal", token: String(key?.id), command: "key x" },
  };
  const value = { data, context: { theme: "default" } };
  const body = JSON.stringify(
    activity(world, ben, alone(ben), { type: "invoke", name: "task/fetch", value }),
  );
  const { hostname, port } = new URL(world.url);
  const socket = connect(Number(port), hostname);
  const client = await database.owner.connect();
  const read = async (text: string, values: unknown[]) =>
    (await database.owner.query<{ n: number }>(text, values)).rows[0]?.n;
  // The brain waits for the key until its asker is gone, and works on.
  await client.query("begin");
  await client.query("select from virtual_key where org_id = $1 for update", [orgId]);
  socket.write(
    `POST /api/messages HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  const waiting = `select count(*)::int as n from pg_stat_activity
    where datname = current_database() and wait_event_type = $1`;
  await expect.poll(() => read(waiting, ["Lock"]), { timeout: 10_000 }).toBe(1);
  socket.resetAndDestroy();
  await once(socket, "close");
  await client.query("commit");
  client.release();
  const ended = `select count(*)::int as n from key_secret
    where org_id = $1 and ended_at is not null`;
  await expect.poll(() => read(ended, [orgId]), { timeout: 10_000 }).toBe(1);
  expect((await find())?.state).toBe("approved");
});
