import { Writable } from "node:stream";
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Brain } from "#apps/chat/surface.ts";
import { readConfig } from "#apps/server/config.ts";
import { demonstrationFile } from "#apps/server/demonstration/organization.ts";
import {
  type DemonstrationProvider,
  startDemonstrationProvider,
} from "#apps/server/demonstration/provider.ts";
import { markDemonstration } from "#apps/server/demonstration/store.ts";
import { type RunningGateway, startGatewayRole } from "#apps/server/gateway-role.ts";
import { createLogger } from "#apps/server/log.ts";
import { spendTotal } from "#core/ledger/spend.ts";
import { loadDirectory } from "#core/org/directory.ts";
import { makeSecretKey } from "#core/org/secret-box.ts";
import { applyFile } from "#core/org/service.ts";
import { parseDay } from "#core/time.ts";
import { type Acme, asPerson, brainOf, clock, makeAcme, NOW, personId } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { scopeId } from "#test/keys/keys.ts";

const database = useDatabase();
const NOVEMBER = { start: parseDay("2026-11-01"), end: parseDay("2026-12-01") };
let orgId: number;
let acme: Acme;
let brain: Brain;
let provider: DemonstrationProvider;
let gateway: RunningGateway;

beforeAll(async () => {
  const file = { text: demonstrationFile(), name: "demonstration.yaml" };
  ({ orgId } = await applyFile(database.pool, { file, by: { actor: "system" }, now: NOW }));
  await markDemonstration(database.pool, orgId);
  acme = await makeAcme(database.owner, { key: "acme" });
  await database.owner.query(
    "insert into scope_member (org_id, scope_id, person_id) values ($1, $2, $3)",
    [acme.orgId, scopeId(acme, "payments"), personId(acme, "u2")],
  );
  provider = await startDemonstrationProvider(clock, 0);
  const environment = { AISPEND_SECRET_KEY: makeSecretKey(), PORT: "0" };
  const config = readConfig(environment, "/nonexistent");
  const quiet = new Writable({ write: (_chunk, _encoding, done) => done() });
  gateway = await startGatewayRole({
    database,
    clock,
    logger: createLogger("error", quiet),
    config,
    standIn: { orgId, upstreams: provider.upstreams },
  });
  brain = brainOf(database.pool, { gatewayUrl: () => gateway.url });
});
afterAll(async () => {
  await gateway.stop();
  await provider.close();
});

type From = Parameters<Brain["home"]>[0];

async function someone(key: string): Promise<From> {
  const { peopleByName } = await loadDirectory(database.pool, orgId);
  const id = peopleByName.get(key) ?? 0;
  return {
    orgId,
    asker: { personId: id, operator: false, account: `console:demonstration:${id}` },
    audience: { kind: "person", personId: id },
    surface: "console",
  };
}

/** Asked for by one, approved by another, revealed to the first. */
async function newKey(asks: From, approves: From, scope: string, cap: string): Promise<string> {
  const values = { scope, use: "to try it", cap, name: `try-${asks.orgId}` };
  await brain.press({ ...asks, verb: "key_request", token: "new", values });
  const { rows } = await database.owner.query<{ id: number }>(
    "select max(id) as id from key_request where org_id = $1",
    [asks.orgId],
  );
  const token = String(rows[0]?.id);
  await brain.press({ ...approves, verb: "key_approve", token, values: {} });
  const keys = await database.owner.query<{ id: number }>(
    "select id from virtual_key where org_id = $1",
    [asks.orgId],
  );
  const shown = await brain.form("key_reveal", String(keys.rows[0]?.id), asks);
  if ("fields" in shown || shown.secret === undefined) throw new Error("no secret was shown");
  expect(shown.notes.join(" ")).toContain(`base URL ${gateway.url}/v1`);
  return shown.secret.value;
}

it("answers a key of the demonstration in each format, and books what it would have cost", async () => {
  const dana = await someone("dana.whitfield");
  const secret = await newKey(dana, await someone("ines.carvalho"), "payments", "40");
  const openai = new OpenAI({ apiKey: secret, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
  const messages = [{ role: "user" as const, content: "Hi" }];
  const chat = { model: "gpt-4o-mini", messages };
  const plain = await openai.chat.completions.create(chat);
  const said = plain.choices[0]?.message.content ?? "";
  expect(said).toMatch(/^Demonstration: this is a canned answer/);
  const raw = await openai.chat.completions.create(chat).asResponse();
  expect(raw.headers.get("x-aispend-demonstration")).toContain("canned");

  const short = await openai.chat.completions.create({ ...chat, max_completion_tokens: 2 });
  expect(short.choices[0]).toMatchObject({ finish_reason: "length" });
  expect(short.usage?.completion_tokens).toBe(2);
  let streamed = "";
  for await (const { choices } of await openai.chat.completions.create({ ...chat, stream: true })) {
    streamed += choices[0]?.delta.content ?? "";
  }
  expect(streamed).toBe(said);
  const response = await openai.responses.create({ model: "gpt-4o-mini", input: "Hi" });
  expect(response.output_text).toBe(said);
  const events = await openai.responses.create({ ...chatAsInput, stream: true });
  let last = "";
  for await (const event of events) last = event.type;
  expect(last).toBe("response.completed");
  const input = { model: "text-embedding-3-small", input: "Hi" };
  expect((await openai.embeddings.create(input)).data[0]?.embedding).toEqual([0.25, -0.5, 1]);

  const anthropic = new Anthropic({ apiKey: secret, baseURL: gateway.url, maxRetries: 0 });
  const claude = { model: "claude-haiku-4-5", max_tokens: 100, messages };
  const [block] = (await anthropic.messages.create(claude)).content;
  expect(block).toMatchObject({ type: "text", text: said });
  const final = await anthropic.messages.stream(claude).finalMessage();
  expect(final.usage.output_tokens).toBeGreaterThan(20);
  const options = { apiKey: secret, httpOptions: { baseUrl: gateway.url } };
  const google = new GoogleGenAI(options);
  const gemini = { model: "gemini-2.5-flash", contents: "Hi" };
  expect((await google.models.generateContent(gemini)).text).toBe(said);
  let parts = "";
  for await (const part of await google.models.generateContentStream(gemini)) parts += part.text;
  expect(parts).toBe(said);

  const count = () => spendTotal(database.pool, orgId, {}, NOVEMBER);
  await expect.poll(async () => (await count()).requests).toBe(11n);
  const { cost, unpricedRequests } = await count();
  expect([cost > 0n, unpricedRequests]).toEqual([true, 0n]);
  const shown = await brain.ask({ ...dana, text: `key try-${orgId}` });
  expect(shown.demonstration).toBe(true);
  expect(shown.notes).toEqual([expect.stringContaining(`base URL ${gateway.url}/v1`)]);
});

const chatAsInput = { model: "gpt-4o-mini", input: "Hi" };

it("answers nobody else's key", async () => {
  const audience = (who: string) => ({ kind: "person" as const, personId: personId(acme, who) });
  const from = (who: string): From => ({
    orgId: acme.orgId,
    asker: asPerson(acme, who),
    audience: audience(who),
    surface: "console",
  });
  const scope = String(scopeId(acme, "payments"));
  const secret = await newKey(from("u2"), from("ada"), scope, "40");
  const openai = new OpenAI({ apiKey: secret, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
  const messages = [{ role: "user" as const, content: "Hi" }];
  const call = openai.chat.completions.create({ model: "gpt-4o", messages });
  await expect(call).rejects.toMatchObject({ status: 404, code: "provider_not_connected" });
});
