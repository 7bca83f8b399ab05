import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { ViewLimits } from "#apps/slack/block-limits.ts";
import { type Acme, brainOf, fillAcme, makeAcme, personId } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { clearKeys, DOLLAR, scopeId, setBudget } from "#test/keys/keys.ts";
import { type InstalledApp, installApp } from "#test/slack/installed-app.ts";

const database = useDatabase();
let acme: Acme;
let app: InstalledApp;
/** Ana asks (User Two), Jo answers for payments (Ada). */
let ana: string;
let jo: string;
/** All that Slack was ever sent, but for what a modal showed. */
const everything: string[] = [];

const TEAM = { id: "T000000001", domain: "acme" };
const View = z.object({ view: z.record(z.string(), z.unknown()), view_id: z.string().optional() });

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  await fillAcme(database.pool, acme);
  await database.owner.query(
    "insert into scope_member (org_id, scope_id, person_id) values ($1, $2, $3)",
    [acme.orgId, scopeId(acme, "payments"), personId(acme, "u2")],
  );
  app = await installApp({
    brain: brainOf(database.pool),
    resolveOrg: async () => acme.orgId,
    async resolveAsker({ account }) {
      const who = account.endsWith(ana) ? "u2" : account.endsWith(jo) ? "ada" : undefined;
      const id = who === undefined ? undefined : personId(acme, who);
      return { personId: id, operator: false, account };
    },
  });
  ana = app.slack.userIds.ana ?? "";
  jo = app.slack.userIds.jo ?? "";
  for (const [account, key] of [
    [ana, "u2"],
    [jo, "ada"],
  ] as const) {
    await database.owner.query(
      `insert into account_link (org_id, surface, workspace, account, person_id, proof, linked_at)
       values ($1, 'slack', 'T1', $2, $3, 'operator', now())`,
      [acme.orgId, account, personId(acme, key)],
    );
  }
});
afterAll(() => app.close());
beforeEach(async () => {
  await clearKeys(database.owner);
  await setBudget(database.owner, acme, "payments", 12_000n * DOLLAR);
  forget();
});

function forget(): void {
  const calls = app.slack.calls.filter(({ method }) => !method.startsWith("views."));
  everything.push(JSON.stringify([calls, app.slack.responses, app.logged]));
  app.forget();
}

const shown = () =>
  app.slack.calls
    .filter(({ method }) => method === "views.update" || method === "views.open")
    .map(({ args }) => View.parse(args));

async function request(): Promise<void> {
  await app.command("key", { trigger_id: await app.trigger(ana) });
  await app.settled();
  const [opened, form] = shown();
  expect(JSON.stringify(opened?.view)).toContain("One moment");
  const view = form?.view ?? {};
  expect(ViewLimits.safeParse(view).error).toBeUndefined();
  const blocks = z.array(z.looseObject({ block_id: z.string().optional() })).parse(view.blocks);
  const at = (name: string) =>
    blocks.find(({ block_id }) => block_id?.endsWith(`.${name}`))?.block_id ?? name;
  const option = (value: string) => ({ selected_option: { value } });
  const { body } = await app.interaction({
    type: "view_submission",
    user: { id: ana, team_id: TEAM.id },
    team: TEAM,
    trigger_id: randomUUID(),
    view: {
      ...view,
      id: form?.view_id,
      state: {
        values: {
          [at("scope")]: { choice: option(String(scopeId(acme, "payments"))) },
          [at("use")]: { text: { value: "nightly dispute tagging" } },
          [at("models")]: { choices: { selected_options: [{ value: "claude-haiku-4-5" }] } },
          [at("cap")]: { money: { value: "$200" } },
          [at("period")]: { choice: option("month") },
          [at("until")]: { date: { selected_date: "2027-01-31" } },
          [at("job")]: { text: { value: "tag-disputes" } },
        },
      },
    },
  });
  await app.settled();
  expect(JSON.parse(body)).toMatchObject({ response_action: "update" });
  expect(JSON.stringify(shown().at(-1)?.view)).toContain("I asked Ada Byron");
  forget();
}

/** A button in somebody's direct message. */
async function press(user: string, kind: "press" | "form", name: string, token: string) {
  const channel = await app.slack.direct(user);
  await app.interaction({
    type: "block_actions",
    user: { id: user, team_id: TEAM.id, name: "x" },
    api_app_id: "A1",
    token: "unused",
    team: TEAM,
    trigger_id: await app.trigger(user),
    container: { type: "message", message_ts: "1.1", channel_id: channel },
    channel: { id: channel, name: "directmessage" },
    response_url: app.slack.responseUrl("press"),
    actions: [
      {
        type: "button",
        action_id: `${kind}.0`,
        block_id: "b",
        value: JSON.stringify([name, token]),
        action_ts: randomUUID(),
      },
    ],
  });
  await app.settled();
}

async function ids(): Promise<{ request: string; key: string }> {
  const { rows } = await database.owner.query<{ request: number; key: number | null }>(
    "select id as request, key_id as key from key_request order by id desc limit 1",
  );
  return { request: String(rows[0]?.request), key: String(rows[0]?.key) };
}

async function secretShown(): Promise<string | undefined> {
  return /sk-aispend-[A-Za-z0-9_-]{43}/.exec(JSON.stringify(shown().at(-1)))?.[0];
}

/** Every row of every table, as text. */
async function wholeDatabase(): Promise<string> {
  const { rows } = await database.owner.query<{ name: string }>(
    `select c.relname as name from pg_class c where c.relkind in ('r', 'p')
       and c.relnamespace = 'public'::regnamespace and not c.relispartition`,
  );
  const all = [];
  for (const { name } of rows) {
    const found = await database.owner.query<{ row: string }>(
      `select t::text as row from ${name} t`,
    );
    all.push(...found.rows.map(({ row }) => row));
  }
  return all.join("\n");
}

describe("a key in Slack", () => {
  it("opens a form at once, is approved by a press, and its secret is in one modal alone", async () => {
    await request();
    await press(ana, "press", "key_approve", (await ids()).request);
    expect(JSON.stringify(app.slack.calls)).toContain("may not approve");
    forget();
    await press(jo, "press", "key_approve", (await ids()).request);
    expect(JSON.stringify(app.slack.calls)).toContain("APPROVED");
    forget();
    await press(ana, "form", "key_reveal", (await ids()).key);
    expect(JSON.stringify(shown()[0]?.view)).toContain("One moment");
    const secret = (await secretShown()) ?? "";
    expect(secret).not.toBe("");
    forget();
    await press(ana, "form", "key_reveal", (await ids()).key);
    expect(JSON.stringify(shown().at(-1))).toContain("cannot be revealed");
    forget();
    // The whole run: messages, responses and logs; every table, outbox and audit log among them.
    expect(everything.join("\n")).not.toContain(secret);
    const stored = await wholeDatabase();
    expect(stored).toContain("tag-disputes");
    expect(stored).not.toContain(secret);
    expect(stored).not.toContain(secret.slice(0, 24));
  });

  it("whose secret could not be shown is revoked, and can be revealed again", async () => {
    await request();
    await press(jo, "press", "key_approve", (await ids()).request);
    forget();
    let refused = "";
    app.slack.overlay.refuse = ({ method, args }) => {
      const text = JSON.stringify(args);
      if (method !== "views.update" || !text.includes("sk-aispend-")) return undefined;
      refused = /sk-aispend-[A-Za-z0-9_-]{43}/.exec(text)?.[0] ?? "";
      return { body: { ok: false, error: "not_found" } };
    };
    await press(ana, "form", "key_reveal", (await ids()).key);
    const said = JSON.stringify(shown().at(-1));
    expect(refused).not.toBe("");
    expect(said).toContain("revoked at once");
    expect(JSON.stringify([app.slack.responses, app.logged])).not.toContain(refused);
    const messages = app.slack.calls.filter(({ method }) => method.startsWith("chat."));
    expect(JSON.stringify(messages)).not.toContain(refused);
    forget();
    await press(ana, "form", "key_reveal", (await ids()).key);
    const second = await secretShown();
    expect(second).toBeDefined();
    expect(second).not.toBe(refused);
  });

  it("is asked for from the app's shortcut too", async () => {
    await app.interaction({
      type: "shortcut",
      callback_id: "request_key",
      user: { id: ana, team_id: TEAM.id, username: "ana" },
      team: TEAM,
      token: "unused",
      action_ts: "1.1",
      trigger_id: await app.trigger(ana),
    });
    await app.settled();
    expect(JSON.stringify(shown().at(-1)?.view)).toContain("Request a key");
  });
});
