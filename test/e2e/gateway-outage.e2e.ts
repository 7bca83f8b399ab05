import pg from "pg";
import { afterEach, expect, it } from "vitest";
import { rowTypes } from "#core/db/row-types.ts";
import type { Cap } from "#core/enforcement/cap.ts";
import { createPostgresStore, type PostgresStore } from "#core/enforcement/postgres-holds.ts";
import { listCapCounters, reapLeases } from "#core/enforcement/reap.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger } from "#core/ledger/ledger.ts";
import { spendTotal } from "#core/ledger/spend.ts";
import { nanoUsd } from "#core/money.ts";
import type { Day } from "#core/time.ts";
import { useDatabase } from "#test/database/clone.ts";
import { GRANT, startGateway } from "#test/gateway/gateway.ts";
import { startProvider } from "#test/gateway/provider.ts";
import { ask, messages } from "#test/gateway/raw.ts";
import { linkToDatabase } from "#test/gateway/tcp-link.ts";
import { makeOrganization } from "#test/ledger/entries.ts";

const database = useDatabase();
const MONTH = { start: "2026-11-01" as Day, end: "2026-12-01" as Day };
const MINUTE_MS = 60_000;
/** $1: a request of the test holds about 1 cent, and a lease is 2 cents of it. */
const LIMIT = 1_000_000_000n;

/** Real leases of 30 seconds; the hours pass on this clock. */
const time = { ms: 0, start: new Date("2026-11-18T12:00:00Z") };
const clock = () => new Date(time.start.getTime() + time.ms);
const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

function storeOver(pool: pg.Pool, caps: readonly Cap[]): PostgresStore {
  return createPostgresStore({
    pool,
    clock,
    monotonicMs: () => time.ms,
    ledger: createLedger({ pool, clock, contextOf: cachedContexts(pool, clock) }),
    loadCaps: async () => ({ caps, timeZone: "UTC" }),
    onFault: () => undefined,
  });
}

async function linkedPool() {
  const { link, url } = await linkToDatabase(database.url);
  const pool = new pg.Pool({
    connectionString: url,
    options: "-c role=aispend_app",
    max: 4,
    types: rowTypes,
    connectionTimeoutMillis: 500,
  });
  pool.on("error", () => undefined);
  ending.push(() => pool.end().then(link.close));
  return { pool, link };
}

const chat = {
  path: "/v1/chat/completions",
  body: { model: "gpt-4o", messages, max_tokens: 1_000, service_tier: "default" },
};

it("without Postgres for 10 minutes spends its lease, then answers 503, never past the cap", async () => {
  const orgId = await makeOrganization(database.owner, "acme");
  const cap: Cap = {
    subject: { kind: "scope", id: 0 },
    period: "month",
    amount: LIMIT,
    isHard: true,
    shadowUntil: undefined,
    raises: [],
    name: "acme",
    raisedBy: [],
    command: undefined,
  };
  const provider = await startProvider({ words: 400 });
  ending.push(provider.close);
  const { pool, link } = await linkedPool();
  const store = storeOver(pool, [cap]);
  const chain = [{ kind: "scope", id: 0 }] as const;
  const gateway = await startGateway(provider.url, {
    holds: store,
    grant: { ...GRANT, orgId, chain, tags: {} },
    now: clock,
  });
  ending.push(() => gateway.close());
  const status = async () => (await ask(gateway.url, chat)).status;
  const readiness = async () => {
    const { status: code, body } = await ask(gateway.url, { path: "/readyz", method: "GET" });
    return `${code} ${body.toString()}`;
  };
  const counter = async () => (await listCapCounters(database.pool, orgId, MONTH.start))[0];

  expect(await status()).toBe(200);
  await expect.poll(async () => (await counter())?.settled ?? 0n).toBeGreaterThan(0n);
  expect(await readiness()).toMatch(/^200 ready/);
  const before = await counter();
  const lent = before?.held ?? 0n;
  link.cut();
  const answers: number[] = [];
  while (answers.length < 50 && answers.at(-1) !== 503) answers.push(await status());
  // The lease is good for some, and for no more than that.
  expect(answers.filter((one) => one === 200).length).toBeGreaterThan(0);
  expect(answers.at(-1)).toBe(503);
  expect(await readiness()).toMatch(/^200 degraded: .* for at most 28 s more/);

  // What another gateway makes of it when the lease has not been renewed in its time.
  for (let minute = 1; minute <= 10; minute += 1) {
    time.ms = minute * MINUTE_MS;
    const answer = await ask(gateway.url, chat);
    expect([answer.status, answer.body.toString()]).toEqual([
      503,
      expect.stringContaining("ledger_unavailable"),
    ]);
    expect(await readiness()).toMatch(/^503 unavailable: .*503 ledger_unavailable/);
  }
  await database.owner.query("update cap_lease set expires_at = now() - interval '9 minutes'");
  expect(await reapLeases(database.pool, orgId, clock())).toBe(1);
  expect(await counter()).toMatchObject({ held: 0n, unconfirmed: lent });
  // All that is left to others is what was neither written down nor lent.
  const others = LIMIT - (before?.settled ?? 0n) - lent;
  const second = storeOver(database.pool, [cap]);
  const grant = { ...GRANT, orgId, chain };
  const tooMuch = await second.reserve(grant, nanoUsd(others + 1n), clock());
  expect(tooMuch).toMatchObject({ state: "exceeded", cap: { unconfirmed: lent } });
  const rest = await second.reserve(grant, nanoUsd(others), clock());
  if (rest.state !== "held") throw new Error(rest.state);
  second.settle({ hold: rest.hold, cost: nanoUsd(0n), event: undefined });
  await second.close();

  link.mend();
  await expect.poll(status, { timeout: 5_000 }).toBe(200);
  expect(await readiness()).toMatch(/^200 ready/);
  await expect.poll(async () => (await counter())?.unconfirmed, { timeout: 5_000 }).toBe(0n);
  await store.close();
  const { cost, requests } = await spendTotal(database.pool, orgId, {}, MONTH);
  expect(requests).toBe(BigInt(provider.charges.length));
  expect(await counter()).toMatchObject({ settled: cost, held: 0n, unconfirmed: 0n });
  expect(cost <= LIMIT).toBe(true);
});
