import { Writable } from "node:stream";
import OpenAI from "openai";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Brain } from "#apps/chat/surface.ts";
import { readConfig } from "#apps/server/config.ts";
import { type RunningGateway, startGatewayRole } from "#apps/server/gateway-role.ts";
import { createLogger } from "#apps/server/log.ts";
import type { Answer } from "#core/answers/schema.ts";
import { putUpstream, upstreamSubject } from "#core/enforcement/upstreams.ts";
import { createSecretBox, makeSecretKey } from "#core/org/secret-box.ts";
import { type Acme, asPerson, brainOf, clock, makeAcme, personId } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { type Provider, startProvider } from "#test/gateway/provider.ts";
import { scopeId } from "#test/keys/keys.ts";

const database = useDatabase();
const secretKey = makeSecretKey();
let acme: Acme;
let brain: Brain;
let provider: Provider;
let gateway: RunningGateway;

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  const { orgId } = acme;
  await database.owner.query(
    "insert into scope_member (org_id, scope_id, person_id) values ($1, $2, $3)",
    [orgId, scopeId(acme, "payments"), personId(acme, "u2")],
  );
  brain = brainOf(database.pool);
  provider = await startProvider({ words: 5 });
  const box = createSecretBox(secretKey);
  await putUpstream(database.pool, {
    orgId,
    upstream: {
      name: "openai",
      provider: "openai",
      baseUrl: `${provider.url}/v1`,
      auth: "bearer",
      sealedSecret: box.seal("sk-provider-secret", upstreamSubject(orgId, "openai")),
      defaultOutputLimit: 100,
      onAbort: "cancel",
      tokensPerSecond: 1_000,
      allowPrivate: true,
    },
    by: { actor: "operator" },
    now: clock(),
  });
  const config = readConfig({ AISPEND_SECRET_KEY: secretKey, PORT: "0" }, "/nonexistent");
  const quiet = new Writable({ write: (_chunk, _encoding, done) => done() });
  const logger = createLogger("error", quiet);
  gateway = await startGatewayRole({ database, clock, logger, config });
});
afterAll(async () => {
  await gateway.stop();
  await provider.close();
});

function from(who: string) {
  const audience = { kind: "person" as const, personId: personId(acme, who) };
  return { orgId: acme.orgId, asker: asPerson(acme, who), audience, surface: "console" as const };
}

const press = (who: string, verb: string, token: string, values: Record<string, string> = {}) =>
  brain.press({ ...from(who), verb, token, values });

async function act(who: string, text: string): Promise<Answer> {
  const [offered] = (await brain.ask({ ...from(who), text })).actions;
  if (offered?.kind !== "press") throw new Error(`nothing to press for '${text}'`);
  return press(who, offered.verb, offered.token);
}

/** From the request to the secret: u2 asks, Ada approves, u2 reveals. */
async function newKey(name: string, cap: string): Promise<string> {
  const scope = String(scopeId(acme, "payments"));
  await press("u2", "key_request", "new", { scope, use: "tests", cap, name });
  const { rows } = await database.owner.query<{ id: number }>(
    "select max(id) as id from key_request",
  );
  await press("ada", "key_approve", String(rows[0]?.id));
  const keys = await database.owner.query<{ id: number }>(
    "select id from virtual_key where name = $1",
    [name],
  );
  const shown = await brain.form("key_reveal", String(keys.rows[0]?.id), from("u2"));
  if ("fields" in shown || shown.secret === undefined) throw new Error("no secret");
  return shown.secret.value;
}

async function call(secret: string): Promise<string> {
  const client = new OpenAI({ apiKey: secret, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
  try {
    await client.chat.completions.create({
      model: "gpt-4o",
      messages: [{ role: "user", content: "Hi" }],
    });
    return "answered";
  } catch (error) {
    if (!(error instanceof OpenAI.APIError)) throw error;
    return `${error.status} ${String(error.code)} ${error.message}`;
  }
}

/** What its calls say once the gateway has heard: as soon as it is so, however busy the machine is. */
const becomes = (secret: string) => expect.poll(() => call(secret), { timeout: 15_000 });

it("a key that was approved in chat works at once, and stops when chat says so", async () => {
  const secret = await newKey("path-test", "5");
  expect(await call(secret)).toBe("answered");
  await act("sam", "block key path-test because a loop");
  await becomes(secret).toMatch(/key_blocked/);
  await act("ada", "unblock key path-test");
  await becomes(secret).toBe("answered");
  await act("u2", "key suspend path-test");
  await becomes(secret).not.toBe("answered");
  await act("u2", "key resume path-test");
  await becomes(secret).toBe("answered");
  await act("u2", "key revoke path-test");
  await becomes(secret).toMatch(/^401|^403/);
});

it("a cap refuses with what raises it, and a raise that was approved lets it through", async () => {
  const secret = await newKey("small-test", "0.0001");
  const refused = await call(secret);
  expect(refused).toMatch(/^402 budget_exceeded/);
  expect(refused).toContain("key raise small-test");
  await act("u2", "key raise small-test 5 because tests");
  const { rows } = await database.owner.query<{ id: number }>(
    "select max(id) as id from key_request",
  );
  await press("ada", "key_approve", String(rows[0]?.id));
  await becomes(secret).toBe("answered");
});

it("a key is held by its cap from its first calls on, however new it is", async () => {
  for (const name of ["new-1", "new-2", "new-3", "new-4"]) {
    const secret = await newKey(name, "0.0001");
    const said = await Promise.all(Array.from({ length: 8 }, () => call(secret)));
    expect(said.map((one) => one.slice(0, 3))).toEqual(Array.from({ length: 8 }, () => "402"));
  }
});
