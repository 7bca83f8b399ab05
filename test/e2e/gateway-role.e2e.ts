import { Writable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import OpenAI from "openai";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { readConfig } from "#apps/server/config.ts";
import { type RunningGateway, startGatewayRole } from "#apps/server/gateway-role.ts";
import { createLogger } from "#apps/server/log.ts";
import { putCap } from "#core/budgets/caps.ts";
import { transaction } from "#core/db/transaction.ts";
import { listCapCounters } from "#core/enforcement/reap.ts";
import { putUpstream, upstreamSubject } from "#core/enforcement/upstreams.ts";
import { notifyGateways } from "#core/keys/announce.ts";
import { mintSecret } from "#core/keys/secret.ts";
import { spendBy, spendTotal } from "#core/ledger/spend.ts";
import { createSecretBox, makeSecretKey } from "#core/org/secret-box.ts";
import type { Day } from "#core/time.ts";
import { useDatabase } from "#test/database/clone.ts";
import { type Provider, startProvider } from "#test/gateway/provider.ts";
import { makeOrganization } from "#test/ledger/entries.ts";
import { makeScopes } from "#test/ledger/scopes.ts";

const database = useDatabase();
const MONTH = { start: "2026-11-01" as Day, end: "2026-12-01" as Day };
const clock = () => new Date("2026-11-18T12:00:00Z");
const secretKey = makeSecretKey();
const PROVIDER_SECRET = "sk-provider-very-secret";
const log: string[] = [];

let provider: Provider;
let gateways: RunningGateway[] = [];
let orgId = 0;
let keyId = 0;
let dimensionId = 0;
let ids: Map<string, number>;
const minted = mintSecret();

beforeAll(async () => {
  orgId = await makeOrganization(database.owner, "acme");
  await makeOrganization(database.owner, "umbrella");
  ids = await makeScopes(database.owner, orgId, ["payments/disputes/triage"]);
  await makeKey();
  provider = await startProvider({ words: 5 });
  const config = readConfig({ AISPEND_SECRET_KEY: secretKey, PORT: "0" }, "/nonexistent");
  const sealedSecret = createSecretBox(secretKey).seal(
    PROVIDER_SECRET,
    upstreamSubject(orgId, "openai"),
  );
  await putUpstream(database.pool, {
    orgId,
    upstream: {
      name: "openai",
      provider: "openai",
      baseUrl: `${provider.url}/v1`,
      auth: "bearer",
      sealedSecret,
      defaultOutputLimit: 100,
      onAbort: "cancel",
      tokensPerSecond: 1_000,
      allowPrivate: true,
    },
    by: { actor: "operator" },
    now: clock(),
  });
  const destination = new Writable({
    write: (chunk, _encoding, done) => {
      log.push(String(chunk));
      done();
    },
  });
  const logger = createLogger("debug", destination);
  const role = { database, clock, logger, config };
  gateways = [await startGatewayRole(role), await startGatewayRole(role)];
});
afterAll(async () => {
  await Promise.all(gateways.map(({ stop }) => stop()));
  await provider.close();
});
beforeEach(() => {
  provider.set({ words: 5 });
});

async function makeKey(): Promise<void> {
  const { owner } = database;
  const person = await owner.query("insert into person (org_id) values ($1) returning id", [orgId]);
  const dimension = await owner.query(
    `insert into dimension_value (org_id, dimension, value) values ($1, 'key', 'ci-triage')
     returning id`,
    [orgId],
  );
  dimensionId = dimension.rows[0]?.id;
  const key = await owner.query(
    `insert into virtual_key (org_id, name, scope_id, owner_id, use_case, models, ledger_key,
       dimension_id, state, approved_at, lapses_at, changed_at)
     values ($1, 'ci-triage', $2, $3, 'test', '{gpt-*}', 'ci-triage', $4, 'active', $5, $5, $5)
     returning id`,
    [orgId, ids.get("payments/disputes/triage"), person.rows[0]?.id, dimensionId, clock()],
  );
  keyId = key.rows[0]?.id;
  await owner.query(
    "insert into key_secret (org_id, key_id, hash, minted_at) values ($1, $2, $3, $4)",
    [orgId, keyId, minted.hash, clock()],
  );
}

const ask = (gateway: RunningGateway | undefined, model = "gpt-4o") =>
  new OpenAI({
    apiKey: minted.secret,
    baseURL: `${gateway?.url}/v1`,
    maxRetries: 0,
  }).chat.completions.create({ model, messages: [{ role: "user", content: "Hi" }] });

async function codeOf(asking: Promise<unknown>): Promise<unknown> {
  try {
    await asking;
    return "answered";
  } catch (error) {
    return error instanceof OpenAI.APIError ? error.code : error;
  }
}

async function announce(sql: string, values: unknown[]): Promise<void> {
  await transaction(database.owner, async (tx) => {
    await tx.query(sql, values);
    await notifyGateways(tx, orgId);
  });
}

it("passes a real key's requests on, and books them under its scopes", async () => {
  await ask(gateways[0]);
  expect(provider.received[0]?.headers.authorization).toBe(`Bearer ${PROVIDER_SECRET}`);
  await expect
    .poll(async () => (await spendTotal(database.pool, orgId, {}, MONTH)).requests)
    .toBe(1n);
  const [agent] = await spendBy(database.pool, orgId, {}, MONTH, "agent", 5);
  const [key] = await spendBy(database.pool, orgId, {}, MONTH, "key", 5);
  expect([agent?.name, key?.name]).toEqual(["triage", "ci-triage"]);
  expect(agent?.measures.cost).toBeGreaterThan(0n);
  expect(await codeOf(ask(gateways[1], "o3"))).toBe("model_not_allowed");
});

it("stops a blocked key on every replica, cuts its streams, and lets it go on when it is lifted", async () => {
  provider.set({ words: 2_000, eventDelayMs: 5 });
  const client = new OpenAI({ apiKey: minted.secret, baseURL: `${gateways[0]?.url}/v1` });
  const stream = await client.chat.completions.create({
    model: "gpt-4o",
    messages: [{ role: "user", content: "Hi" }],
    max_tokens: 4_000,
    stream: true,
  });
  await announce(
    `insert into traffic_block (org_id, target_kind, target_id, cut_streams, reason, blocked_at)
     values ($1, 'scope', $2, true, 'runaway loop', $3)`,
    [orgId, ids.get("payments/disputes"), clock()],
  );
  const streaming = (async () => {
    for await (const _ of stream);
  })();
  await expect(streaming).rejects.toThrow(/blocked: runaway loop/);
  provider.set({ words: 5 });
  for (const gateway of gateways) {
    await expect.poll(() => codeOf(ask(gateway)), { timeout: 2_000 }).toBe("key_blocked");
  }
  // Nobody is told of this one: it is found by asking.
  await database.owner.query(
    "update traffic_block set lifted_at = $2 where org_id = $1 and lifted_at is null",
    [orgId, clock()],
  );
  for (const gateway of gateways) {
    await expect.poll(() => codeOf(ask(gateway)), { timeout: 4_000 }).toBe("answered");
  }
});

it("keeps a cap that is set while it runs, and says what helps", async () => {
  await transaction(database.pool, async (tx) => {
    await putCap(tx, {
      orgId,
      subject: { kind: "key", id: dimensionId },
      period: "month",
      amount: 1_000_000n,
      enforcement: "hard",
      timeZone: "UTC",
      reason: "test",
      by: { actor: "operator" },
      now: clock(),
    });
    await notifyGateways(tx, orgId);
  });
  // A call that a gateway admits before it hears of the cap is no part of the cap's count.
  await setTimeout(2_000);
  await expect.poll(() => codeOf(ask(gateways[0])), { timeout: 4_000 }).toBe("budget_exceeded");
  await expect(ask(gateways[1])).rejects.toThrow(
    /cap of key ci-triage .*It resets on 1 Dec 2026, 00:00 UTC\. .*\/aispend key raise ci-triage/,
  );
  // Both move in one transaction of the next flush; two reads may stand on either side of it.
  const difference = async () => {
    const [counter] = await listCapCounters(database.pool, orgId, MONTH.start);
    const { cost } = await spendTotal(database.pool, orgId, {}, MONTH);
    return cost > 0n && counter !== undefined ? counter.settled - cost : undefined;
  };
  await expect.poll(difference, { timeout: 4_000 }).toBe(0n);
});

it("keeps both secrets out of the log, the audit log and the outbox", async () => {
  const tables = ["audit_entry", "outbox", "gateway_upstream", "key_secret"];
  const dumps = await Promise.all(
    tables.map(async (table) => {
      const { rows } = await database.owner.query(`select t::text as text from ${table} t`);
      return JSON.stringify(rows);
    }),
  );
  const all = [...dumps, ...log].join("\n");
  expect(all).toContain("gateway_upstream.set");
  expect(all).not.toContain(PROVIDER_SECRET);
  expect(all).not.toContain(minted.secret);
});
