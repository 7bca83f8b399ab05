import { beforeAll, describe, expect, it } from "vitest";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger, type Ledger } from "#core/ledger/ledger.ts";
import { UsageEvent, type UsageEventInput } from "#core/ledger/schema.ts";
import { verifyLedger } from "#core/ledger/verify.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeOrganization } from "./entries.ts";
import { makeScopes } from "./scopes.ts";

const database = useDatabase();
const NOW = new Date("2026-07-20T12:00:00Z");
const clock = () => NOW;
const nothing = () => Promise.resolve();
let ledger: Ledger;
let orgId = 0;

beforeAll(async () => {
  orgId = await makeOrganization(database.owner, "acme");
  const otherId = await makeOrganization(database.owner, "umbrella");
  for (const id of [orgId, otherId]) {
    await makeScopes(database.owner, id, ["payments/disputes/triage", "search/ranking"]);
  }
  const contextOf = cachedContexts(database.pool, clock);
  ledger = createLedger({ pool: database.pool, clock, contextOf });
});

function event(externalId: string, over: Partial<UsageEventInput> = {}): UsageEvent {
  return UsageEvent.parse({
    source: "gateway",
    externalId,
    occurredAt: "2026-07-07T10:15:00Z",
    provider: "openai",
    model: "gpt-4o",
    operation: "chat",
    tokens: { input: 1000, cacheRead: 800, output: 100 },
    tags: { agent: "triage" },
    key: "key-ci",
    latencyMs: 320,
    ...over,
  });
}

/** Every column of what was booked under these ids, but what tells one way from the other. */
async function booked(prefix: string) {
  const { rows } = await database.owner.query<Record<string, unknown>>(
    `select * from ledger_entry where org_id = $1 and external_id like $2 || '%'
     order by external_id`,
    [orgId, prefix],
  );
  return rows.map(({ content_hash, external_id, ...rest }) => ({
    ...rest,
    id: String(external_id).slice(prefix.length),
  }));
}

async function conflicts(): Promise<string[]> {
  const calls = ledger.calls(orgId);
  await calls.append(calls.take(), nothing);
  calls.add(event("again", { latencyMs: 1 }));
  return calls.append(calls.take(), nothing);
}

const VARIED: readonly Partial<UsageEventInput>[] = [
  {},
  { tokens: { input: 5, output: 7 } },
  { tokens: { input: 5 }, status: "error" },
  { status: "aborted", estimated: true },
  { model: "claude-sonnet-4-5", provider: "anthropic" },
  {
    model: "claude-sonnet-4-5",
    provider: "anthropic",
    tokens: { input: 3000, cacheWrite5m: 500, cacheWrite1h: 700, output: 900, reasoning: 100 },
  },
  { model: "no-such-model" },
  { serviceTier: "priority" },
  { tags: { project: "ranking", customer: "Umbrella", environment: "ci" } },
  { tags: { agent: "unheard of", person: "ada@example.com" } },
  { session: "s\t1\\N", trace: "t\n2", promptRevision: "ü" },
  { occurredAt: "2026-07-07T23:59:59.999Z" },
  { occurredAt: "2026-07-08T00:00:00Z", latencyMs: undefined },
];

describe("Calls that are appended as lines", () => {
  it("are booked as those are that come as events, to the last column", async () => {
    const calls = ledger.calls(orgId);
    const ids = VARIED.map((_, at) => String(at).padStart(2, "0"));
    // The first batch knows neither the organisation nor the names' ids, and goes the other way.
    for (const [at, over] of VARIED.entries()) calls.add(event(`first-${ids[at]}`, over));
    const first = calls.take();
    expect([first.count, first.loose.length]).toEqual([VARIED.length, VARIED.length]);
    expect(await calls.append(first, nothing)).toEqual([]);
    for (const [at, over] of VARIED.entries()) calls.add(event(`line-${ids[at]}`, over));
    const second = calls.take();
    expect([second.count, second.loose.length]).toEqual([VARIED.length, 0]);
    expect(await calls.append(second, nothing)).toEqual([]);
    const events = VARIED.map((over, at) => event(`event-${ids[at]}`, over));
    await ledger.append(orgId, events);
    const lines = await booked("line-");
    expect(lines).toHaveLength(VARIED.length);
    expect(lines).toEqual(await booked("event-"));
    expect(lines).toEqual(await booked("first-"));
    expect((await verifyLedger(database.pool, orgId)).difference).toBeUndefined();
    const { rows } = await database.owner.query(
      "select count(*)::int as count from ledger_entry where org_id <> $1",
      [orgId],
    );
    expect(rows).toEqual([{ count: 0 }]);
  });

  it("count once when a batch is given again, with what is written along with it", async () => {
    const calls = ledger.calls(orgId);
    await calls.append(calls.take(), nothing);
    for (const id of ["again", "again-2"]) calls.add(event(id));
    const taken = calls.take();
    expect(taken.loose).toEqual([]);
    let within = 0;
    const failing = () => Promise.reject(new Error("the connection is lost"));
    await expect(calls.append(taken, failing)).rejects.toThrow("the connection is lost");
    expect(await booked("again")).toEqual([]);
    for (let time = 0; time < 2; time += 1) {
      const count = () => {
        within += 1;
        return Promise.resolve();
      };
      expect(await calls.append(taken, count)).toEqual([]);
    }
    expect(within).toBe(2);
    expect(await booked("again")).toHaveLength(2);
    expect(await conflicts()).toEqual(["'again' came before with another content"]);
    expect((await verifyLedger(database.pool, orgId)).difference).toBeUndefined();
  });

  it("are no conflict when they are given again after a change of the organisation", async () => {
    const calls = ledger.calls(orgId);
    await calls.append(calls.take(), nothing);
    for (const id of ["late-1", "late-2"]) calls.add(event(id, { session: "kept" }));
    const taken = calls.take();
    expect(taken).toMatchObject({ count: 2, loose: [] });
    expect(await calls.append(taken, nothing)).toEqual([]);
    calls.add(event("late-2", { latencyMs: 1 }));
    const other = calls.take();
    expect(other.loose).toEqual([]);
    await database.owner.query("update organization set revision = revision + 1 where id = $1", [
      orgId,
    ]);
    expect(await calls.append(taken, nothing)).toEqual([]);
    expect(await calls.append(other, nothing)).toEqual([
      "'late-2' came before with another content",
    ]);
    expect(await booked("late-")).toHaveLength(2);
  });

  it("follow a change of the organisation that came after they ended", async () => {
    const calls = ledger.calls(orgId);
    await calls.append(calls.take(), nothing);
    calls.add(event("moved-1", { session: "kept" }));
    const taken = calls.take();
    expect(taken.loose).toEqual([]);
    await makeScopes(database.owner, orgId, ["billing/refunds/triage"]);
    await database.owner.query("update organization set revision = revision + 1 where id = $1", [
      orgId,
    ]);
    expect(await calls.append(taken, nothing)).toEqual([]);
    // Two agents are called triage by now: the tag alone says no more which.
    expect(await booked("moved-")).toMatchObject([{ agent_id: 0, session: "kept" }]);
    calls.add(event("moved-2"));
    expect(calls.take()).toMatchObject({ count: 1, loose: [] });
  });

  it("say why they are not taken", async () => {
    const calls = ledger.calls(orgId);
    await calls.append(calls.take(), nothing);
    calls.add(event("early", { occurredAt: "2001-01-01T00:00:00Z" }));
    calls.add(event("dear", { tokens: { input: 9e12, output: 9e12 } }));
    calls.add(event("good"));
    const reasons = await calls.append(calls.take(), nothing);
    expect(reasons).toEqual([
      expect.stringContaining("the oldest day kept"),
      expect.stringContaining("check its unit"),
    ]);
    expect(await booked("good")).toHaveLength(1);
  });
});
