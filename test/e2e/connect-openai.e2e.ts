import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readFeed, sessionFor } from "#apps/connectors/read-connection.ts";
import { SOURCES } from "#apps/connectors/sources/registry.ts";
import { listFeeds, listNativeItems } from "#core/connections/service.ts";
import { listBilledBuckets } from "#core/ledger/billed-store.ts";
import type { UsageEvent } from "#core/ledger/schema.ts";
import { spendTotal } from "#core/ledger/spend.ts";
import { verifyLedger } from "#core/ledger/verify.ts";
import { addDays, type Day, eachDay } from "#core/time.ts";
import { type ContractServer, serveContract } from "#test/connect/contract-server.ts";
import { generatedDay, openAiContract, type TrueDay } from "#test/connect/openai-account.ts";
import { makeWorld, NOW, type World } from "#test/connect/world.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeOrganization } from "#test/ledger/entries.ts";

const SECRET = "sk-admin-canary-0123456789";
const database = useDatabase();
const PERIOD = { start: "2026-11-11" as Day, end: "2026-11-23" as Day };
const MODELS = ["gpt-4o-2024-08-06", "gpt-4o-mini-2024-07-18", "model-nobody-knows"];

let truth: Map<Day, TrueDay>;
let server: ContractServer;
let world: World;
let orgId: number;
let count = 0;
let projectCount = 2;

beforeAll(async () => {
  const project = (_: unknown, id: number) => ({ id: `proj_${id}`, name: `Project ${id}` });
  const keys = Array.from({ length: 130 }, (_, id) => ({
    id: `key_${id}`,
    name: `ci ${id}`,
    project: "proj_0",
  }));
  const nothing = { lines: [], extras: [], billed: true };
  const days = (day: Day) => truth.get(day) ?? nothing;
  const account = {
    days,
    get projects() {
      return Array.from({ length: projectCount }, project);
    },
    keys,
    mayWrite: true,
  };
  server = await serveContract(
    openAiContract(account),
    (headers) => headers.authorization === `Bearer ${SECRET}`,
    NOW,
  );
});
afterAll(() => server.close());

beforeEach(async () => {
  truth = new Map(eachDay(PERIOD).map((day) => [day, generatedDay(day, 4, MODELS)]));
  truth
    .get("2026-11-14" as Day)
    ?.extras.push(
      { project: "proj_1", item: "Code Interpreter Sessions", nano: 30_000_000n },
      { project: "proj_1", item: "gpt-image-1, output", nano: 123_456_789n },
    );
  const today = truth.get("2026-11-22" as Day);
  if (today !== undefined) today.billed = false;
  server.skewMs = 0;
  world = makeWorld(database);
  count += 1;
  orgId = await makeOrganization(database.owner, `openai-${count}`);
});

function trueTotal(until: Day): bigint {
  let total = 0n;
  for (const [day, { lines, extras }] of truth) {
    if (day >= until) continue;
    for (const { nano } of lines) total += nano[0] + nano[1] + nano[2];
    for (const { nano } of extras) total += nano;
  }
  return total;
}

const CLOSED = { start: "2026-11-11" as Day, end: "2026-11-22" as Day };

async function expectTruth(org = orgId): Promise<void> {
  const total = await spendTotal(database.pool, org, {}, CLOSED);
  expect(total.cost).toBe(trueTotal(CLOSED.end));
  const tokens = [...truth].flatMap(([day, { lines }]) => (day < CLOSED.end ? lines : []));
  expect(total.inputTokens).toBe(tokens.reduce((sum, { input }) => sum + BigInt(input), 0n));
  expect(total.cacheReadTokens).toBe(tokens.reduce((sum, { cached }) => sum + BigInt(cached), 0n));
  expect(total.requests).toBe(tokens.reduce((sum, { requests }) => sum + BigInt(requests), 0n));
  expect((await verifyLedger(database.pool, org)).difference).toBeUndefined();
}

const connect = () => world.connect(orgId, "openai", { baseUrl: server.url }, SECRET);

describe("connecting OpenAI", () => {
  it("finds account, projects and keys to the last page, and that the key can do more than read", async () => {
    projectCount = 105;
    const connection = await connect();
    projectCount = 2;
    expect(connection).toMatchObject({
      state: "active",
      account: "org-acme",
      excessRights: expect.stringContaining("make and delete projects"),
    });
    const items = await listNativeItems(database.pool, orgId, ["project", "key"]);
    expect(items.filter(({ kind }) => kind === "project")).toHaveLength(105);
    expect(items.filter(({ kind }) => kind === "key")).toHaveLength(130);
  });

  it("refuses a wrong key and remembers why, without the key", async () => {
    const wrong = "sk-admin-wrong-0123456789";
    await expect(
      world.connect(orgId, "openai", { baseUrl: server.url }, wrong),
    ).rejects.toMatchObject({ code: "credential_refused" });
    const { rows } = await database.owner.query(
      "select state, reason from connection where org_id = $1",
      [orgId],
    );
    expect(rows).toEqual([{ state: "refused", reason: "OpenAI refuses the key (HTTP 401)" }]);
  });

  it("fills the ledger with the bill to the cent, by project, key and model", async () => {
    const connection = await connect();
    const [reading] = await world.read(connection);
    expect(reading).toMatchObject({ days: 12, unpriced: 4, refused: [] });
    await expectTruth();
    const { rows } = await database.owner.query(
      `select k.value as key, m.value as model, sum(e.cost)::text as cost,
         sum(e.request_count)::int as requests
       from ledger_entry e
       join dimension_value k on k.org_id = e.org_id and k.id = e.key_id and k.dimension = 'key'
       join dimension_value m on m.org_id = e.org_id and m.id = e.model_id and m.dimension = 'model'
       where e.org_id = $1 and e.day = '2026-11-13' group by 1, 2 order by 1, 2`,
      [orgId],
    );
    const lines = truth.get("2026-11-13" as Day)?.lines ?? [];
    const expected = lines.map(({ key, model, nano, requests }) => ({
      key,
      model,
      cost: String(nano[0] + nano[1] + nano[2]),
      requests,
    }));
    expect(rows).toEqual(
      expected.sort((a, b) => (`${a.key} ${a.model}` < `${b.key} ${b.model}` ? -1 : 1)),
    );
  });

  it("tells what stands around the model from the model", async () => {
    await world.read(await connect());
    const { rows } = await database.owner.query(
      `select kind, operation, cost::text as cost from ledger_entry
       where org_id = $1 and day = '2026-11-14' and input_tokens is null order by kind`,
      [orgId],
    );
    expect(rows).toEqual([
      { kind: "bucket", operation: null, cost: "123456789" },
      { kind: "infrastructure", operation: "code_interpreter", cost: "30000000" },
    ]);
  });
});

describe("whatever goes wrong on the way", () => {
  it("waits as it is told to, and tries again what was cut off, broken or refused for now", async () => {
    const connection = await connect();
    server.faults.push(
      { kind: "status", status: 429, headers: { "retry-after": "7" } },
      { kind: "status", status: 503 },
      { kind: "truncated" },
      { kind: "reset" },
      { kind: "status", status: 500 },
      { kind: "truncated" },
    );
    await world.read(connection);
    expect(world.pauses).toContain(7_000);
    expect(world.pauses.length).toBeGreaterThanOrEqual(6);
    await expectTruth();
  });

  it("gives up after eight tries, keeps what it read and goes on from there", async () => {
    const connection = await connect();
    await world.read(connection, 5);
    server.faults.push(
      ...Array.from({ length: 40 }, () => ({ kind: "status", status: 500 }) as const),
    );
    await expect(world.read(connection)).rejects.toMatchObject({ code: "source_unavailable" });
    server.faults.length = 0;
    const [feed] = await listFeeds(database.pool, orgId, connection.id);
    expect(feed).toMatchObject({ failure: "source_unavailable", failures: 1 });
    await world.read(connection);
    const [mended] = await listFeeds(database.pool, orgId, connection.id);
    expect(mended).toMatchObject({ failure: null, failures: 0, nextDay: "2026-11-22" });
    await expectTruth();
  });

  it("resumes a back-fill that was stopped, without a gap and without doubling", async () => {
    const connection = await connect();
    const stop = new AbortController();
    const stopped = makeWorld(database);
    const deps = { ...world.deps, signal: stop.signal };
    const [feed] = SOURCES.openai.feeds;
    if (feed === undefined) throw new Error("OpenAI has a feed");
    const session = await sessionFor(deps, connection);
    const onDay = ({ done }: { done: number }) => {
      if (done === 3) stop.abort();
    };
    const reading = readFeed(deps, { connection, feed, session, historyDays: 11, onDay });
    await expect(reading).rejects.toThrow();
    const [half] = await listFeeds(database.pool, orgId, connection.id);
    // The third day was done and the fourth begun: both are kept.
    expect(half).toMatchObject({ nextDay: "2026-11-15", failure: null });
    expect(stopped.pauses).toEqual([]);
    await world.read(connection);
    await expectTruth();
  });

  it("reads the same whichever clock is ahead", async () => {
    for (const skewMs of [-20 * 60_000, 20 * 60_000]) {
      server.skewMs = skewMs;
      count += 1;
      const other = await makeOrganization(database.owner, `openai-${count}`);
      await world.read(await world.connect(other, "openai", { baseUrl: server.url }, SECRET));
      await expectTruth(other);
    }
  });
});

describe("restated days", () => {
  it("replace and never add: changed, gone and back again", async () => {
    const connection = await connect();
    await world.read(connection);
    const before = await spendTotal(database.pool, orgId, {}, CLOSED);
    const day = truth.get("2026-11-20" as Day);
    if (day === undefined) throw new Error("the day is there");
    const [first, ...rest] = day.lines;
    if (first === undefined) throw new Error("the day has lines");
    day.lines = [{ ...first, output: first.output + 50, nano: [1n, 2n, 3n] }, ...rest.slice(1)];
    await world.read(connection);
    await expectTruth();
    day.lines = [first, ...rest];
    await world.read(connection);
    await expectTruth();
    expect((await spendTotal(database.pool, orgId, {}, CLOSED)).cost).toBe(before.cost);
    const [again] = await world.read(connection);
    expect(again).toMatchObject({ appended: 0, withdrawn: 0 });
  });

  it("gives a day our price until its bill is out, and then the bill", async () => {
    const today = { start: "2026-11-22" as Day, end: "2026-11-23" as Day };
    const connection = await connect();
    await world.read(connection);
    const open = await spendTotal(database.pool, orgId, {}, today);
    expect(open.unpricedRequests).toBeGreaterThan(0n);
    expect(open.cost).toBeGreaterThan(0n);
    const day = truth.get("2026-11-22" as Day);
    if (day !== undefined) day.billed = true;
    const session = { ...world.deps, clock: () => new Date("2026-11-24T12:00:00Z") };
    const [feed] = SOURCES.openai.feeds;
    if (feed === undefined) throw new Error("OpenAI has a feed");
    server.skewMs = 2 * 86_400_000;
    await readFeed(session, {
      connection,
      feed,
      session: await sessionFor(session, connection),
      historyDays: 11,
    });
    const closed = await spendTotal(database.pool, orgId, {}, today);
    expect(closed.cost).toBe(trueTotal("2026-11-23" as Day) - trueTotal("2026-11-22" as Day));
    expect(closed.unpricedRequests).toBe(0n);
    expect((await verifyLedger(database.pool, orgId)).difference).toBeUndefined();
  });
});

describe("an account that something meters", () => {
  it("keeps the bill beside the ledger, whole and replaced, for reconciling", async () => {
    const call: UsageEvent = {
      source: "litellm",
      externalId: "call-1",
      occurredAt: "2026-11-20T10:00:00Z",
      kind: "call",
      basis: "metered",
      provider: "openai",
      model: "gpt-4o-2024-08-06",
      serviceTier: "standard",
      status: "ok",
      requestCount: 1,
      tokens: { input: 1000, output: 100 },
      tags: {},
      estimated: false,
    };
    await world.deps.ledger.append(orgId, [call]);
    const connection = await connect();
    const period = { start: "2026-11-20" as Day, end: addDays("2026-11-20" as Day, 1) };
    for (let time = 0; time < 2; time += 1) {
      const [reading] = await world.read(connection);
      expect(reading).toMatchObject({ bucketed: 1 });
      const buckets = await listBilledBuckets(database.pool, orgId, period, "org-acme");
      const billed = buckets.reduce((sum, { amount }) => sum + (amount ?? 0n), 0n);
      expect(billed).toBe(trueTotal("2026-11-21" as Day) - trueTotal("2026-11-20" as Day));
      expect(buckets[0]).toMatchObject({
        provider: "openai",
        project: expect.stringMatching(/^proj_/),
      });
    }
    const ofDay = await spendTotal(database.pool, orgId, {}, period);
    expect(ofDay.requests).toBe(1n);
  });
});

it("leaves the key in no table and in no error", async () => {
  await connect();
  const { rows } = await database.owner.query<{ text: string }>(
    `select c::text as text from connection c union all select f::text from connection_feed f
     union all select a::text from audit_entry a union all select i::text from native_item i`,
  );
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.filter(({ text }) => text.includes("canary"))).toEqual([]);
});
