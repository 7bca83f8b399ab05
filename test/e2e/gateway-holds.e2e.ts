import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rowTypes } from "#core/db/row-types.ts";
import type { Cap } from "#core/enforcement/cap.ts";
import type { KeyGrant, Reservation } from "#core/enforcement/holds.ts";
import { createPostgresStore, type PostgresStore } from "#core/enforcement/postgres-holds.ts";
import { confirmUnconfirmed, listCapCounters, reapLeases } from "#core/enforcement/reap.ts";
import { listCapRefusals } from "#core/enforcement/refusals.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger } from "#core/ledger/ledger.ts";
import { spendTotal } from "#core/ledger/spend.ts";
import { type NanoUsd, nanoUsd } from "#core/money.ts";
import type { Day } from "#core/time.ts";
import { useDatabase } from "#test/database/clone.ts";
import { linkToDatabase, type TcpLink } from "#test/gateway/tcp-link.ts";
import { makeOrganization } from "#test/ledger/entries.ts";
import { makeScopes } from "#test/ledger/scopes.ts";

const database = useDatabase();
const NOVEMBER = "2026-11-01" as Day;
let now = new Date("2026-11-18T12:00:00Z");
const clock = () => now;
const TTL_MS = 500;

let orgs: readonly number[] = [];
const scopes = new Map<number, Map<string, number>>();
const running: { close(): Promise<void> }[] = [];

/** New ones for every test, which share their names. */
beforeEach(async () => {
  now = new Date("2026-11-18T12:00:00Z");
  const made: number[] = [];
  for (const name of ["acme", "umbrella"]) {
    const orgId = await makeOrganization(database.owner, `${name}-${randomUUID().slice(0, 8)}`);
    scopes.set(orgId, await makeScopes(database.owner, orgId, ["payments/disputes/triage"]));
    made.push(orgId);
  }
  orgs = made;
});
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.close().catch(() => undefined);
});

function idOf(orgId: number, path: string): number {
  return scopes.get(orgId)?.get(path) ?? 0;
}

function grantOf(orgId: number): KeyGrant {
  return {
    orgId,
    keyId: 1,
    name: "ci",
    ledgerKey: "key-ci",
    chain: [
      { kind: "scope", id: 0 },
      { kind: "scope", id: idOf(orgId, "payments") },
      { kind: "scope", id: idOf(orgId, "payments/disputes/triage") },
    ],
    tags: { team: "payments", agent: "triage" },
    models: [],
    allowUnbounded: false,
    requestsPerMinute: undefined,
    expiresAt: undefined,
    blocked: undefined,
  };
}

function capOn(id: number, amount: bigint, over: Partial<Cap> = {}): Cap {
  return {
    subject: { kind: "scope", id },
    period: "month",
    amount,
    isHard: true,
    shadowUntil: undefined,
    raises: [],
    name: `scope ${id}`,
    raisedBy: ["Mara Voss"],
    command: "/aispend cap raise",
    ...over,
  };
}

let sequence = 0;

function storeWith(caps: readonly Cap[], pool = database.pool, timeZone = "UTC"): PostgresStore {
  const store = createPostgresStore({
    pool,
    clock,
    monotonicMs: () => performance.now(),
    ledger: createLedger({ pool, clock, contextOf: cachedContexts(pool, clock) }),
    loadCaps: async () => ({ caps, timeZone }),
    onFault: () => undefined,
    ttlMs: TTL_MS,
  });
  running.push(store);
  return store;
}

/** A pool over a link that can be cut. */
async function linkedPool(): Promise<{ pool: pg.Pool; link: TcpLink }> {
  const { link, url } = await linkToDatabase(database.url);
  const pool = new pg.Pool({
    connectionString: url,
    options: "-c role=aispend_app",
    max: 4,
    types: rowTypes,
    connectionTimeoutMillis: 500,
  });
  pool.on("error", () => undefined);
  running.push({ close: () => pool.end().then(link.close) });
  return { pool, link };
}

/** Settles a hold as the cost of one call of gpt-4o: 100 input tokens are 250,000 nano. */
function settle(store: PostgresStore, held: Reservation, tokens: number): void {
  if (held.state !== "held") throw new Error(`not held: ${held.state}`);
  sequence += 1;
  store.settle({
    hold: held.hold,
    cost: nanoUsd(BigInt(tokens) * 2_500n),
    event: {
      source: "gateway",
      kind: "call",
      basis: "metered",
      serviceTier: "standard",
      status: "ok",
      requestCount: 1,
      estimated: false,
      externalId: `request-${sequence}`,
      occurredAt: now.toISOString(),
      provider: "openai",
      model: "gpt-4o",
      tokens: { input: tokens, output: 0 },
      tags: { agent: "triage" },
      key: "key-ci",
    },
  });
}

async function counters(orgId: number) {
  return listCapCounters(database.pool, orgId, "2026-10-01" as Day);
}

async function ledgerTotal(orgId: number): Promise<bigint> {
  const period = { start: NOVEMBER, end: "2026-12-01" as Day };
  return (await spendTotal(database.pool, orgId, {}, period)).cost;
}

const HOLD = nanoUsd(2_500_000n);

/** Asks until nothing is left; each request costs a part of its hold, some all of it. */
async function spendAll(
  store: PostgresStore,
  orgId: number,
  random: () => number,
): Promise<number> {
  let refused = 0;
  let count = 0;
  while (refused < 12) {
    const held = await store.reserve(grantOf(orgId), HOLD, now);
    if (held.state !== "held") {
      if (held.state === "unavailable") return count;
      refused += 1;
      await sleep(20);
      continue;
    }
    count += 1;
    await sleep(random() * 4);
    settle(store, held, 200 + Math.floor(random() * 800));
  }
  return count;
}

function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

describe("holds in Postgres", () => {
  it("never pass the cap of any row, with three processes at once, and the ledger agrees", async () => {
    const [orgId = 0, other = 0] = orgs;
    const agent = idOf(orgId, "payments/disputes/triage");
    const caps = [capOn(0, 900_000_000n), capOn(agent, 300_000_000n)];
    const stores = [storeWith(caps), storeWith(caps), storeWith(caps)];
    const work = stores.flatMap((store, index) =>
      Array.from({ length: 12 }, (_, worker) =>
        spendAll(store, orgId, randomOf(index * 50 + worker)),
      ),
    );
    const counts = await Promise.all(work);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    for (const store of stores) await store.close();
    const rows = await counters(orgId);
    const row = rows.find(({ subjectId }) => subjectId === agent);
    const spent = await ledgerTotal(orgId);
    expect(row).toMatchObject({ settled: spent, held: 0n, unconfirmed: 0n });
    expect(rows.find(({ subjectId }) => subjectId === 0)?.settled).toBe(spent);
    expect(spent <= 300_000_000n).toBe(true);
    // Nearly all of it is used: what is left is less than a request or two.
    expect(spent > 290_000_000n).toBe(true);
    expect(await counters(other)).toEqual([]);
  });

  it("say which cap is used up, what of it is spent and when it starts anew", async () => {
    const [orgId = 0] = orgs;
    const store = storeWith([capOn(0, 3_000_000n)], database.pool, "Europe/Berlin");
    const held = await store.reserve(grantOf(orgId), HOLD, now);
    const busy = await store.reserve(grantOf(orgId), HOLD, now);
    expect(busy).toMatchObject({ state: "reserved", room: 500_000n });
    settle(store, held, 1_000);
    const refused = await store.reserve(grantOf(orgId), HOLD, now);
    expect(refused).toMatchObject({
      state: "exceeded",
      cap: {
        limit: 3_000_000n,
        settled: 2_500_000n,
        resets: "1 Dec 2026, 00:00 Europe/Berlin",
        raisedBy: ["Mara Voss"],
      },
    });
  });

  it("count in the period of their admission, in the organisation's zone", async () => {
    const [orgId = 0] = orgs;
    const cap = capOn(0, 100_000_000n, { period: "day" });
    const store = storeWith([cap], database.pool, "Asia/Kolkata");
    // 23:59 of the 18th in Kolkata.
    now = new Date("2026-11-18T18:29:00Z");
    const held = await store.reserve(grantOf(orgId), HOLD, now);
    now = new Date("2026-11-18T18:31:00Z");
    const next = await store.reserve(grantOf(orgId), HOLD, now);
    settle(store, held, 100);
    settle(store, next, 300);
    await store.close();
    const found = (await counters(orgId)).map(({ periodStart, settled }) => [periodStart, settled]);
    expect(found).toEqual([
      ["2026-11-18", 250_000n],
      ["2026-11-19", 750_000n],
    ]);
  });

  it("only count what a cap in its shadow days would have refused", async () => {
    const [orgId = 0] = orgs;
    const shadowUntil = new Date("2026-11-20T00:00:00Z");
    const store = storeWith([capOn(0, 4_000_000n, { shadowUntil })]);
    for (let index = 0; index < 5; index += 1) {
      settle(store, await store.reserve(grantOf(orgId), HOLD, now), 1_000);
      await sleep(130);
    }
    await store.close();
    // The first fits, the second does not.
    expect(await counters(orgId)).toMatchObject([{ settled: 12_500_000n, wouldRefuse: 4n }]);
    now = new Date("2026-11-20T00:00:00Z");
    const later = storeWith([capOn(0, 4_000_000n, { shadowUntil })]);
    expect((await later.reserve(grantOf(orgId), HOLD, now)).state).toBe("exceeded");
  });

  it("count what a cap refused on a day, each refusal once, for its organisation alone", async () => {
    const [orgId = 0, other = 0] = orgs;
    const store = storeWith([capOn(0, 3_000_000n)], database.pool, "Asia/Kolkata");
    const refuse = async (org: number): Promise<void> => {
      const refused = await store.reserve(grantOf(org), nanoUsd(4_000_000n), now);
      if (refused.state !== "exceeded") throw new Error(refused.state);
      store.countRefusal(org, refused.cap, now);
    };
    await refuse(orgId);
    await refuse(orgId);
    await refuse(other);
    // 00:01 of the 19th in Kolkata.
    now = new Date("2026-11-18T18:31:00Z");
    await refuse(orgId);
    await expect
      .poll(() => listCapRefusals(database.pool, orgId, NOVEMBER))
      .toMatchObject([{ subjectKind: "scope", subjectId: 0, refused: 3n, lastAt: now }]);
    await refuse(orgId);
    await store.close();
    const sinceMidnight = await listCapRefusals(database.pool, orgId, "2026-11-19" as Day);
    expect(sinceMidnight).toMatchObject([{ period: "month", refused: 2n, firstDay: "2026-11-19" }]);
    expect(await listCapRefusals(database.pool, other, NOVEMBER)).toMatchObject([{ refused: 1n }]);
    expect(await listCapRefusals(database.pool, other, "2026-11-19" as Day)).toEqual([]);
  });

  it("count under a cap that was set while a request ran what that cost, once", async () => {
    const [orgId = 0] = orgs;
    const caps: Cap[] = [];
    const store = storeWith(caps);
    const held = await store.reserve(grantOf(orgId), HOLD, now);
    caps.push(capOn(0, 10_000_000n));
    await store.refreshCaps(orgId);
    settle(store, held, 300);
    settle(store, await store.reserve(grantOf(orgId), HOLD, now), 100);
    await store.close();
    expect(await counters(orgId)).toMatchObject([{ settled: 1_000_000n, held: 0n }]);
    expect(await ledgerTotal(orgId)).toBe(1_000_000n);
  });

  it("begin with what the ledger has of the period, and follow a raise while it is in force", async () => {
    const [, orgId = 0] = orgs;
    const first = storeWith([]);
    settle(first, await first.reserve(grantOf(orgId), HOLD, now), 1_000);
    await first.close();
    const until = new Date("2026-11-19T00:00:00Z");
    const raised = [{ amount: 6_000_000n, from: now, until }];
    const store = storeWith([capOn(0, 3_000_000n, { raises: raised })]);
    settle(store, await store.reserve(grantOf(orgId), HOLD, now), 1_000);
    expect((await store.reserve(grantOf(orgId), HOLD, now)).state).toBe("exceeded");
    expect(await counters(orgId)).toMatchObject([{ subjectId: 0 }]);
    now = until;
    expect(await store.reserve(grantOf(orgId), nanoUsd(1n), now)).toMatchObject({
      cap: { limit: 3_000_000n, settled: 5_000_000n },
    });
  });
});

describe("a process that is cut off from Postgres", () => {
  it("spends what it was lent, refuses after its time, and is never past the cap", async () => {
    const [orgId = 0] = orgs;
    const { pool, link } = await linkedPool();
    const store = storeWith([capOn(0, 1_000_000_000n)], pool);
    settle(store, await store.reserve(grantOf(orgId), HOLD, now), 100);
    const lent = (await counters(orgId))[0]?.held ?? 0n;
    expect(lent).toBeGreaterThan(HOLD);
    link.cut();
    const cutMs = performance.now();
    let held = 0n;
    for (;;) {
      const reservation = await store.reserve(grantOf(orgId), HOLD, now);
      if (reservation.state === "unavailable") break;
      if (reservation.state === "held") held += reservation.hold.amount;
      await sleep(2);
    }
    expect(held <= lent).toBe(true);
    await expect.poll(() => store.status(now).state, { timeout: 3_000 }).toBe("unavailable");
    expect(store.status(now).detail).toContain("503 ledger_unavailable");
    await sleep(Math.max(0, TTL_MS - (performance.now() - cutMs)));
    // Whatever is lent now, nobody uses: its time is over.
    expect((await store.reserve(grantOf(orgId), nanoUsd(1n), now)).state).toBe("unavailable");
    link.mend();
    await expect
      .poll(async () => (await store.reserve(grantOf(orgId), HOLD, now)).state, { timeout: 5_000 })
      .toBe("held");
    expect(store.status(now).state).toBe("ready");
  });

  it("and does not come back leaves its lease to count as spent, until it is confirmed", async () => {
    const [orgId = 0] = orgs;
    const { pool, link } = await linkedPool();
    const caps = [capOn(0, 100_000_000n)];
    const gone = storeWith(caps, pool);
    await gone.reserve(grantOf(orgId), HOLD, now);
    const lent = (await counters(orgId))[0]?.held ?? 0n;
    link.cut();
    await sleep(TTL_MS + 50);
    expect(await reapLeases(database.pool, orgId, now)).toBe(1);
    expect(await reapLeases(database.pool, orgId, now)).toBe(0);
    const [lost] = await counters(orgId);
    expect(lost).toMatchObject({ held: 0n, unconfirmed: lent });
    const store = storeWith(caps);
    const reservation = await store.reserve(grantOf(orgId), nanoUsd(100_000_000n), now);
    expect(reservation).toMatchObject({ state: "exceeded", cap: { unconfirmed: lent } });
    const confirmed = await confirmUnconfirmed(database.pool, {
      orgId,
      counterId: lost?.id ?? 0,
      spent: nanoUsd(1_000_000n) as NanoUsd,
      reason: "the provider's usage of the hour",
      now,
    });
    expect(confirmed.released).toBe(lent - 1_000_000n);
    expect(await counters(orgId)).toMatchObject([{ settled: 1_000_000n, unconfirmed: 0n }]);
  });

  it("and comes back settles late what it had held, and frees the rest", async () => {
    const [orgId = 0] = orgs;
    const { pool, link } = await linkedPool();
    const store = storeWith([capOn(0, 100_000_000n)], pool);
    const held = await store.reserve(grantOf(orgId), HOLD, now);
    link.cut();
    await sleep(TTL_MS + 50);
    await reapLeases(database.pool, orgId, now);
    settle(store, held, 400);
    link.mend();
    await expect
      .poll(async () => (await counters(orgId))[0], { timeout: 5_000 })
      .toMatchObject({ settled: 1_000_000n, unconfirmed: 0n });
  });

  it("in its sleep, and wakes without having missed it, keeps unconfirmed what still runs", async () => {
    const [orgId = 0] = orgs;
    const store = storeWith([capOn(0, 100_000_000n)]);
    const running = await store.reserve(grantOf(orgId), HOLD, now);
    const ended = await store.reserve(grantOf(orgId), HOLD, now);
    // It slept past the time of its lease, and another one found that out.
    await database.owner.query("update cap_lease set expires_at = now() - interval '1 second'");
    await reapLeases(database.pool, orgId, now);
    settle(store, ended, 100);
    await expect.poll(() => ledgerTotal(orgId), { timeout: 5_000 }).toBe(250_000n);
    await sleep(250);
    const [counter] = await counters(orgId);
    expect(counter?.settled).toBe(250_000n);
    expect((counter?.unconfirmed ?? 0n) >= HOLD).toBe(true);
    settle(store, running, 400);
    await expect
      .poll(async () => (await counters(orgId))[0], { timeout: 5_000 })
      .toMatchObject({ settled: 1_250_000n, unconfirmed: 0n });
  });

  it("again and again, at any moment, writes everything once", async () => {
    const [orgId = 0] = orgs;
    const { pool, link } = await linkedPool();
    const store = storeWith([capOn(0, 10_000_000_000n)], pool);
    const random = randomOf(7);
    let cost = 0n;
    for (let round = 0; round < 12; round += 1) {
      for (let index = 0; index < 6; index += 1) {
        const held = await store.reserve(grantOf(orgId), HOLD, now);
        if (held.state === "held") {
          settle(store, held, 100 + index);
          cost += BigInt(100 + index) * 2_500n;
        }
        await sleep(random() * 25);
      }
      link.cut();
      await sleep(random() * 40);
      link.mend();
    }
    await expect.poll(() => ledgerTotal(orgId), { timeout: 8_000 }).toBe(cost);
    await expect
      .poll(async () => (await counters(orgId))[0]?.settled, { timeout: 5_000 })
      .toBe(cost);
    await store.close();
    // A lease that was lost on the way may be told of a moment later.
    expect((await counters(orgId))[0]).toMatchObject({ settled: cost, held: 0n });
  });
});
