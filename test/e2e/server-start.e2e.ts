import { createHmac } from "node:crypto";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { rmSync, statSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { issueIngestToken } from "#core/org/ingest-token.ts";
import { makeAcme } from "#test/chat/acme.ts";
import { SECRET_KEY } from "#test/cli/command-line.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeTemporaryHome } from "#test/database/temporary-home.ts";
import { type Started, start } from "#test/server/started.ts";
import { BOT_TOKEN, type SlackEmulator, startSlack, TEAM } from "#test/slack/slack-emulator.ts";

const database = useDatabase();
const folder = makeTemporaryHome("aispend-start-");
const SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5";
const open: { server?: Started; slack?: SlackEmulator; token?: string } = {};

/** Where this process connected to while the server ran. */
const contacted = new Set<string>();
const noteContact = (message: unknown): void => {
  const { socket } = Socketed.parse(message);
  socket.once("connect", () => contacted.add(socket.remoteAddress ?? "a local socket"));
};
const Socketed = z.object({ socket: z.instanceof(Socket) });

// A server of one's own: a database, Slack, an organisation; no demonstration.
beforeAll(async () => {
  subscribe("net.client.socket", noteContact);
  const acme = await makeAcme(database.owner, { key: "acme" });
  await database.owner.query(
    `update person_detail set email = 'ana@acme.example' where person_id = $1`,
    [acme.people.get("ada")],
  );
  open.slack = await startSlack();
  open.server = await start(
    {
      DATABASE_URL: database.url,
      AISPEND_SECRET_KEY: SECRET_KEY,
      SLACK_BOT_TOKEN: BOT_TOKEN,
      SLACK_SIGNING_SECRET: SIGNING_SECRET,
      SLACK_API_URL: open.slack.apiUrl,
    },
    folder,
  );
  const by = { actor: "operator", surface: "cli" } as const;
  const wanted = { orgId: acme.orgId, name: "feed", scopeIds: [] };
  open.token = (await issueIngestToken(database.pool, wanted, by, new Date())).token;
});

afterAll(async () => {
  await open.server?.stop();
  await open.slack?.close();
  unsubscribe("net.client.socket", noteContact);
  rmSync(folder, { recursive: true, force: true });
});

const url = (path: string) => `${open.server?.url}${path}`;

function usage(externalId: string, extra: Record<string, unknown> = {}) {
  const occurredAt = new Date(Date.now() - 60_000).toISOString();
  const tokens = { input: 1000, output: 100 };
  const tags = { team: "payments" };
  const event = { externalId, occurredAt, provider: "openai", model: "gpt-4o", tokens, tags };
  return { ...event, source: "api", ...extra };
}

function send(body: unknown, token = open.token): Promise<Response> {
  return fetch(url("/v1/usage"), {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
}

async function slash(text: string): Promise<Response> {
  const body = new URLSearchParams({
    command: "/aispend",
    text,
    team_id: TEAM,
    user_id: open.slack?.userIds.ana ?? "",
    channel_id: open.slack?.channelIds.payments ?? "",
    channel_name: "payments",
    response_url: open.slack?.responseUrl("r1") ?? "",
    trigger_id: "1.2.3",
  }).toString();
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signed = createHmac("sha256", SIGNING_SECRET).update(`v0:${timestamp}:${body}`);
  return fetch(url("/slack/events"), {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "x-slack-request-timestamp": timestamp,
      "x-slack-signature": `v0=${signed.digest("hex")}`,
    },
    body,
  });
}

it("is ready with its migrations, and has no console beside a real database", async () => {
  expect((await fetch(url("/readyz"))).status).toBe(200);
  expect(open.server?.consoleOn).toBe(false);
  const asked = await fetch(url("/console/ask"), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text: "org" }),
  });
  expect(asked.status).toBe(404);
  expect((await fetch(url("/"))).status).toBe(404);
});

it("is not ready while its database lacks a migration", async () => {
  const rename = (from: string, to: string) =>
    database.owner.query("update schema_migration set name = replace(name, $1, $2)", [from, to]);
  await rename("0003_ledger", "0003_lost");
  const lacking = await fetch(url("/readyz"));
  expect(lacking.status).toBe(503);
  expect(await lacking.json()).toMatchObject({ problems: ["The database lacks 1 migrations."] });
  await rename("0003_lost", "0003_ledger");
  expect((await fetch(url("/readyz"))).status).toBe(200);
});

it("takes usage by a token and answers about it in Slack, to the person of the e-mail", async () => {
  const sent = await send([usage("a"), usage("b")]);
  expect(sent.status).toBeLessThan(300);
  expect(await sent.json()).toMatchObject({ appended: 2 });
  expect((await slash("team payments today")).status).toBe(200);
  await expect
    .poll(() => JSON.stringify(open.slack?.responses ?? []), { timeout: 10_000 })
    .toContain("payments");
  const { rows } = await database.owner.query("select surface, workspace, proof from account_link");
  expect(rows).toEqual([{ surface: "slack", workspace: TEAM, proof: "workspace_email" }]);
});

it("refuses usage without a token, and chat without a signature", async () => {
  expect((await send([usage("c")], "aispend_wrong")).status).toBe(401);
  const unsigned = await fetch(url("/slack/events"), { method: "POST", body: "text=org" });
  expect(unsigned.status).toBe(401);
});

it("measures what it did, without names", async () => {
  const metrics = await (await fetch(url("/metrics"))).text();
  expect(metrics).toMatch(/aispend_ingest_events_total\{outcome="appended"\} 2/);
  expect(metrics).toMatch(/aispend_answer_duration_seconds_count\{surface="slack",kind="ask"/);
  expect(metrics).toMatch(/aispend_outbox_messages\{state="waiting"\} 0/);
  expect(metrics).not.toMatch(/payments|acme|gpt-4o/);
});

it("logs neither tokens nor text", () => {
  const log = open.server?.log() ?? "";
  expect(log).toContain("usage delivered");
  expect(log).not.toContain(open.token);
  expect(log).not.toContain("team payments");
  expect(log).not.toContain(BOT_TOKEN);
  expect(log).not.toMatch(/ana@acme/i);
});

it("talked to nobody but its database and the Slack that it was told of", () => {
  expect([...contacted]).toEqual(["127.0.0.1"]);
});

it("takes a port that is free, and says so when it is not", async () => {
  const port = new URL(open.server?.url ?? "").port;
  const environment = { DATABASE_URL: database.url, AISPEND_SECRET_KEY: SECRET_KEY, PORT: port };
  await expect(start(environment, folder)).rejects.toThrow(`port ${port} is taken`);
});

it("is a gateway with a listener of its own where it has that role, and not without", async () => {
  const environment = { DATABASE_URL: database.url, AISPEND_SECRET_KEY: SECRET_KEY };
  const plain = await start(environment, folder);
  expect(plain.gatewayUrl).toBeUndefined();
  await plain.stop();
  const server = await start({ ...environment, AISPEND_ROLES: "gateway" }, folder);
  const ready = await fetch(`${server.gatewayUrl}/readyz`);
  expect([ready.status, await ready.text()]).toEqual([
    200,
    "ready: Requests are passed through.\n",
  ]);
  const keyless = await fetch(`${server.gatewayUrl}/v1/chat/completions`, { method: "POST" });
  expect([keyless.status, await keyless.json()]).toMatchObject([
    401,
    { error: { code: "key_missing" } },
  ]);
  await server.stop();
  await expect(fetch(`${server.gatewayUrl}/healthz`)).rejects.toThrow();
});

it("has Teams' route where Teams is configured, and lets nobody in without Microsoft's word", async () => {
  const guid = "00000000-0000-4000-8000-000000000001";
  const server = await start(
    {
      DATABASE_URL: database.url,
      AISPEND_SECRET_KEY: SECRET_KEY,
      TEAMS_APP_ID: guid,
      TEAMS_TENANT_ID: guid,
      TEAMS_APP_PASSWORD: "secret",
    },
    folder,
  );
  const activity = { type: "message", id: "1", text: "org", serviceUrl: "https://evil.example" };
  const response = await fetch(`${server.url}/api/messages`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      ...activity,
      channelId: "msteams",
      conversation: { id: "c" },
      from: { id: "f" },
      recipient: { id: "r" },
    }),
  });
  expect(response.status).toBe(401);
  const large = await fetch(`${server.url}/api/messages`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text: "x".repeat(2 * 1024 * 1024) }),
  });
  expect(large.status).toBe(413);
  await server.stop();
});

it("serves only probes in a process that has the worker's role alone", async () => {
  const server = await start(
    { DATABASE_URL: database.url, AISPEND_SECRET_KEY: SECRET_KEY, AISPEND_ROLES: "worker" },
    folder,
  );
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  expect((await fetch(`${server.url}/v1/usage`, { method: "POST" })).status).toBe(404);
  await server.stop();
  await expect(fetch(`${server.url}/readyz`)).rejects.toThrow();
  // The key of the environment was used: none was made.
  expect(() => statSync(join(folder, "secret.key"))).toThrow();
});
