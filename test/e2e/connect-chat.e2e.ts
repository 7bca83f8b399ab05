import { beforeAll, expect, it } from "vitest";
import { listConnections, openCredential, saveConnection } from "#core/connections/service.ts";
import { transaction } from "#core/db/transaction.ts";
import { replaceBilledDay } from "#core/ledger/billed-store.ts";
import { createSecretBox, makeSecretKey } from "#core/org/secret-box.ts";
import { utcDay } from "#core/time.ts";
import {
  type Acme,
  asPerson,
  brainOf,
  clock,
  fillAcme,
  makeAcme,
  NOW,
  OPERATOR,
  personId,
} from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";

const SECRET = "sk-admin-canary-0123456789";
const database = useDatabase();
const box = createSecretBox(makeSecretKey());
let acme: Acme;
let other: Acme;
const said: unknown[] = [];

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  other = await makeAcme(database.owner, { key: "other" });
});

function brain() {
  return brainOf(database.pool, {
    connectSource: (request) => saveConnection(database.pool, box, { ...request, now: clock() }),
  });
}

async function ask(text: string, person = "fin") {
  const answer = await brain().ask({
    orgId: acme.orgId,
    text,
    asker: asPerson(acme, person),
    audience: { kind: "person", personId: personId(acme, person) },
    surface: "slack",
  });
  said.push(answer);
  return answer;
}

async function submit(values: Record<string, string>, person = "fin", token = "openai") {
  const answer = await brain().press({
    orgId: acme.orgId,
    verb: "connect_source",
    token,
    values,
    asker: asPerson(acme, person),
    audience: { kind: "person", personId: personId(acme, person) },
    surface: "slack",
  });
  said.push(answer);
  return answer;
}

it("lets the accountable connect by a form, and nobody else", async () => {
  const offered = await ask("connect openai");
  expect(offered.actions).toContainEqual({
    kind: "form",
    label: "Enter the key...",
    form: "connect_source",
    token: "openai",
  });
  const refused = await ask("connect openai", "u1");
  expect(refused).toMatchObject({ state: "refused" });
  const form = await brain().form("connect_source", "copilot", {
    orgId: acme.orgId,
    asker: asPerson(acme, "fin"),
    audience: { kind: "person", personId: personId(acme, "fin") },
    surface: "slack",
  });
  expect(form).toMatchObject({
    verb: "connect_source",
    fields: [{ name: "secret" }, { name: "name" }, { name: "organisation" }],
  });
  expect(await submit({ secret: SECRET, name: "openai" }, "u1")).toMatchObject({
    state: "refused",
  });
  expect(await listConnections(database.pool, acme.orgId)).toEqual([]);
});

it("keeps the key sealed, says it nowhere, and lets the worker try it", async () => {
  expect(await submit({ secret: "sk-proj-0123456789", name: "openai" })).toMatchObject({
    state: "wrong_usage",
  });
  expect(await submit({ secret: SECRET, name: "Not A Name!" })).toMatchObject({
    state: "wrong_usage",
  });
  const saved = await submit({ secret: SECRET, name: "openai-main" });
  expect(saved).toMatchObject({ state: "ok", title: "OpenAI is connected as openai-main" });
  const [connection, ...more] = await listConnections(database.pool, acme.orgId);
  expect(more).toEqual([]);
  expect(connection).toMatchObject({
    state: "pending",
    connectedBy: personId(acme, "fin"),
    connectedAt: NOW,
  });
  if (connection === undefined) throw new Error("it was saved");
  expect(await openCredential(database.pool, box, connection)).toBe(SECRET);
  const { rows } = await database.owner.query<{ text: string }>(
    "select c::text as text from connection c union all select a::text from audit_entry a",
  );
  expect(rows.map(({ text }) => text).join()).not.toContain("canary");
  expect(await listConnections(database.pool, other.orgId)).toEqual([]);
});

it("does not take a key that is written into a message, nor repeat it", async () => {
  const answer = await ask(`connect openai ${SECRET}`);
  expect(answer.title).toBe("Never write a key into a message");
});

it("says how sources are, and shows the whole bill", async () => {
  expect((await ask("connections")).table?.rows).toEqual([
    ["openai-main", "OpenAI", "waits for its first try", ""],
  ]);
  const picture = await ask("connections picture");
  expect(picture.sentence).toBe("No spend is known of the last 90 days.");
  expect(picture.details).toHaveLength(3);
  const operator = await brain().ask({
    orgId: acme.orgId,
    text: "connections",
    asker: OPERATOR,
    audience: { kind: "operator" },
    surface: "cli",
  });
  expect(operator.state).toBe("ok");
  expect(JSON.stringify(said)).not.toContain("canary");
});

it("says what is billed beside the ledger, where another source counts the calls", async () => {
  const day = utcDay(NOW);
  const at = { orgId: acme.orgId, account: "org-1", source: "pull:openai", day };
  const bucket = { day, source: "pull:openai", itemId: "usage/1", provider: "openai" };
  const none = { inputTokens: null, outputTokens: null, cacheReadTokens: null };
  const line = { project: "", key: "", model: "gpt-4o", serviceTier: "standard", kind: "bucket" };
  const amounts = { ...none, cacheWriteTokens: null, requests: 1n, amount: 2_500_000_000n };
  await transaction(database.pool, (tx) =>
    replaceBilledDay(tx, at, "usage/", [{ ...bucket, ...line, ...amounts }], NOW),
  );
  const picture = await ask("connections picture");
  expect(picture.sentence).toBe("Nothing was counted in the last 90 days; $2.50 was billed.");
  expect(picture.facts).toContainEqual({
    label: "Bills beside it",
    value: "$2.50 for calls that another source counts, to be reconciled",
  });
  expect(picture.table).toBeUndefined();
});

it("says of the whole bill what it rests on, and nothing of projects that no provider told of", async () => {
  await fillAcme(database.pool, other);
  const picture = await brain().ask({
    orgId: other.orgId,
    text: "connections picture",
    asker: OPERATOR,
    audience: { kind: "operator" },
    surface: "cli",
  });
  expect(picture.source?.basis).toBe("metered");
  expect(picture.table?.rows.map(([by]) => by)).not.toContain("project");
  expect(picture.notes.join()).not.toContain("no, not connected");
});
