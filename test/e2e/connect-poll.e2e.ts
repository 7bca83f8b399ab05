import { afterAll, beforeAll, expect, it } from "vitest";
import { pollConnections } from "#apps/worker/jobs/poll-connections.ts";
import { openDueJobs } from "#apps/worker/worker.ts";
import { listFindings } from "#core/anomalies/service.ts";
import { recordQuiet } from "#core/connections/quiet.ts";
import { getConnection, listFeeds, saveConnection } from "#core/connections/service.ts";
import { transaction } from "#core/db/transaction.ts";
import { spendTotal } from "#core/ledger/spend.ts";
import { runNextSlot } from "#core/schedule/service.ts";
import type { Day } from "#core/time.ts";
import { type ContractServer, serveContract } from "#test/connect/contract-server.ts";
import { generatedDay, openAiContract } from "#test/connect/openai-account.ts";
import { makeWorld } from "#test/connect/world.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeOrganization } from "#test/ledger/entries.ts";

const SECRET = "sk-admin-canary-0123456789";
const OPERATOR = { actor: "operator", actorAccount: "cli:root", surface: "cli" } as const;
const NOW = new Date("2026-11-22T12:00:00Z");
const database = useDatabase();
let server: ContractServer;
let answers = true;

beforeAll(async () => {
  const account = {
    days: (day: Day) =>
      day > "2026-11-15" && day < "2026-11-23"
        ? generatedDay(day, 2, ["gpt-4o-2024-08-06"])
        : { lines: [], extras: [], billed: true },
    projects: [{ id: "proj_0", name: "Zero" }],
    keys: [],
    mayWrite: false,
  };
  const contract = openAiContract(account);
  server = await serveContract(
    (asked) => (answers ? contract(asked) : { status: 401, body: {} }),
    (headers) => headers.authorization === `Bearer ${SECRET}`,
    NOW,
  );
});
afterAll(() => server.close());

it("reads a new source at its first slot, on one of two replicas, and logs no key", async () => {
  const orgId = await makeOrganization(database.owner, "polled");
  let now = NOW;
  const world = makeWorld(database, () => now);
  const { box } = world.deps;
  const settings = { baseUrl: server.url };
  const made = { orgId, kind: "openai" as const, name: "openai", settings, secret: SECRET };
  const { id } = await saveConnection(database.pool, box, { ...made, by: OPERATOR, now });
  const logged: string[] = [];
  const note = (data: object, message: string) => logged.push(`${JSON.stringify(data)} ${message}`);
  const log = { info: note, warn: note, error: note };
  const job = pollConnections({ pool: database.pool, clock: () => now, box });
  const on = { pool: database.pool, jobs: [job] };
  await openDueJobs(on, now);
  now = new Date("2026-11-22T12:01:00Z");
  await openDueJobs(on, now);
  const before = server.asked.length;
  const runner = {
    pool: database.pool,
    clock: () => now,
    jobs: [job.name],
    run: async (slot: { slot: Date; scope: string }, tx: Parameters<typeof recordQuiet>[0]) =>
      job.run({
        pool: database.pool,
        tx,
        orgId,
        timeZone: "UTC",
        scope: slot.scope,
        slot: slot.slot,
        now,
        attempt: 1,
        log,
      }),
  };
  const outcomes = await Promise.all([runNextSlot(runner), runNextSlot(runner)]);
  expect(outcomes.map(({ state }) => state).sort()).toEqual(["done", "idle"]);
  const usage = server.asked
    .slice(before)
    .filter(({ path }) => path.endsWith("/usage/completions"));
  // Each stretch and page once: the other replica asked for nothing.
  const pages = usage.map(({ query }) => `${query.get("start_time")} ${query.get("page")}`);
  expect(pages.length).toBeGreaterThan(0);
  expect(new Set(pages).size).toBe(pages.length);
  const period = { start: "2026-11-01" as Day, end: "2026-11-23" as Day };
  expect((await spendTotal(database.pool, orgId, {}, period)).cost).toBeGreaterThan(0n);
  const [feed] = await listFeeds(database.pool, orgId, id);
  expect(feed).toMatchObject({
    nextDay: "2026-11-22",
    newestChargeDay: "2026-11-22",
    failure: null,
  });
  const parts = await job.scopes?.(database.pool, { orgId, timeZone: "UTC" });
  expect(parts).toMatchObject([{ schedule: { every: "hour" } }]);
  expect(logged.join("\n")).toContain("source read");
  expect(logged.join("\n")).not.toContain("canary");
});

it("finds a source that went quiet or is refused, and ends the finding when it is well", async () => {
  const orgId = await makeOrganization(database.owner, "quiet");
  let now = NOW;
  const world = makeWorld(database, () => now);
  const connection = await world.connect(orgId, "openai", { baseUrl: server.url }, SECRET);
  await world.read(connection);
  const judge = () => transaction(database.pool, (tx) => recordQuiet(tx, { connection, now }));
  expect(await judge()).toBe("well");
  now = new Date("2026-11-29T12:00:00Z");
  server.skewMs = 7 * 86_400_000;
  await world.read(connection);
  expect(await judge()).toBe("quiet");
  const open = async () =>
    (await listFindings(database.pool, orgId)).filter(({ state }) => state === "open");
  expect(await open()).toMatchObject([
    { class: "source_quiet", subject: { kind: "source", key: "openai" }, state: "open" },
  ]);
  expect((await open())[0]?.evidence.why).toContain("no charge since 2026-11-22");
  now = NOW;
  server.skewMs = 0;
  expect(await judge()).toBe("well");
  expect(await open()).toEqual([]);
  answers = false;
  const job = pollConnections({ pool: database.pool, clock: () => now, box: world.deps.box });
  now = new Date("2026-11-24T12:00:00Z");
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  await transaction(database.pool, (tx) =>
    job.run({
      pool: database.pool,
      tx,
      orgId,
      timeZone: "UTC",
      scope: String(connection.id),
      slot: now,
      now,
      attempt: 1,
      log,
    }),
  );
  answers = true;
  expect(await getConnection(database.pool, orgId, connection.id)).toMatchObject({
    state: "refused",
  });
  expect((await open())[0]?.evidence.why).toContain("OpenAI refuses the key (HTTP 401)");
});
