import { beforeAll, describe, expect, it } from "vitest";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger, type Ledger } from "#core/ledger/ledger.ts";
import { UsageEvent, type UsageEventInput } from "#core/ledger/schema.ts";
import { spendBy, spendByDay, spendTotal, unattributed } from "#core/ledger/spend.ts";
import { verifyLedger } from "#core/ledger/verify.ts";
import type { Day } from "#core/time.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeOrganization } from "./entries.ts";
import { makeScopes } from "./scopes.ts";

const database = useDatabase();
const JULY = { start: "2026-07-01" as Day, end: "2026-08-01" as Day };
const NOW = new Date("2026-07-20T12:00:00Z");
let ledger: Ledger;
let orgId = 0;
let ids = new Map<string, number>();

beforeAll(async () => {
  orgId = await makeOrganization(database.owner, "acme");
  ids = await makeScopes(database.owner, orgId, ["payments/disputes/triage", "search/ranking"]);
  ledger = newLedger();
});

function newLedger(): Ledger {
  const clock = () => NOW;
  return createLedger({
    pool: database.pool,
    clock,
    contextOf: cachedContexts(database.pool, clock),
  });
}

let next = 0;
function event(over: Partial<UsageEventInput> = {}): UsageEvent {
  next += 1;
  return UsageEvent.parse({
    source: "test",
    externalId: `e${next}`,
    occurredAt: "2026-07-07T10:15:00Z",
    provider: "openai",
    model: "gpt-4o",
    tokens: { input: 1000, cacheRead: 800, output: 100 },
    tags: { agent: "triage" },
    ...over,
  });
}

describe("append", () => {
  it("prices, attributes and books an event under the names of its source", async () => {
    const outcomes = await ledger.append(orgId, [
      event({ tags: { agent: "triage", person: "Ada@Example.com" } }),
    ]);
    expect(outcomes).toEqual([{ state: "appended", unpriced: false }]);
    const [team] = await spendBy(database.pool, orgId, {}, JULY, "team", 10);
    expect(team?.name).toBe("payments");
    // standards.md 4.1: gpt-4o, 1,000 in of which 800 cached, 100 out.
    expect(team?.measures.cost).toBe(2_500_000n);
    const [person] = await spendBy(database.pool, orgId, {}, JULY, "person", 10);
    expect(person?.id).toBeGreaterThan(0);
  });

  it("stores an unknown model as unpriced: counted, never free, never another's price", async () => {
    const filter = { projectId: ids.get("search/ranking") ?? 0 };
    const outcomes = await ledger.append(orgId, [
      event({ model: "claude-haiku-5-5", provider: "anthropic", tags: { project: "ranking" } }),
      event({ tokens: { output: 5 }, tags: { project: "ranking" } }),
    ]);
    expect(outcomes).toEqual([
      { state: "appended", unpriced: true },
      { state: "appended", unpriced: true },
    ]);
    const total = await spendTotal(database.pool, orgId, filter, JULY);
    expect([total.requests, total.unpricedRequests, total.unpricedTokens, total.cost]).toEqual([
      2n,
      2n,
      1105n,
      0n,
    ]);
  });

  it("keeps the source's own figure beside the price, or takes it when told to", async () => {
    const scope = { tags: { team: "search" } };
    await ledger.append(orgId, [event({ ...scope, reportedCost: 6.5e-5 })]);
    await ledger.append(orgId, [event({ ...scope, reportedCost: "0.123456789" })], {
      costFrom: "reported",
    });
    const total = await spendTotal(
      database.pool,
      orgId,
      { teamId: ids.get("search") ?? 0, projectId: 0 },
      JULY,
    );
    expect([total.cost, total.reportedCost, total.reportedRequests]).toEqual([
      2_500_000n + 123_456_789n,
      65_000n + 123_456_789n,
      2n,
    ]);
    expect(total.inputCost + total.cacheReadCost + total.outputCost).toBe(total.cost);
  });

  it("answers every event of a batch, storing the good ones", async () => {
    const good = event();
    const outcomes = await ledger.append(orgId, [
      good,
      event({ occurredAt: "2026-07-30T00:00:00Z" }),
      event({ occurredAt: "2025-05-31T23:59:59Z" }),
      event({ reportedCost: "1,5" }),
      event({ reportedCost: "100000000.01" }),
      event({ tokens: { input: 9_000_000_000_000, output: 9_000_000_000_000 } }),
      good,
      { ...good, latencyMs: 7 },
    ]);
    expect(outcomes.map((outcome) => outcome.state)).toEqual([
      "appended",
      "refused",
      "refused",
      "refused",
      "refused",
      "refused",
      "duplicate",
      "conflict",
    ]);
    expect(outcomes[1]).toMatchObject({ reason: expect.stringContaining("future") });
    expect(outcomes[2]).toMatchObject({ reason: expect.stringContaining("2025-06-01") });
    expect(outcomes[3]).toMatchObject({ reason: expect.stringContaining("1,5") });
    const beyond = { reason: expect.stringContaining("$100,000,000") };
    expect(outcomes.slice(4, 6)).toMatchObject([beyond, beyond]);
  });

  it("writes nothing in a preview", async () => {
    const before = await verifyLedger(database.pool, orgId);
    expect(await ledger.preview(orgId, [event()])).toEqual([
      { state: "appended", unpriced: false },
    ]);
    expect(await verifyLedger(database.pool, orgId)).toEqual(before);
  });

  it("lets an ingest token write to its own scopes only", async () => {
    const payments = { teamId: ids.get("payments") ?? 0, projectId: 0, agentId: 0 };
    const outcomes = await ledger.append(
      orgId,
      [event(), event({ tags: { team: "search" } }), event({ tags: {} })],
      { tokenScopes: [payments] },
    );
    expect(outcomes.map((outcome) => outcome.state)).toEqual(["appended", "refused", "appended"]);
  });

  it("lists unattributed spend with the keys and accounts it came from", async () => {
    await ledger.append(orgId, [
      event({ tags: { team: "payment" }, key: "key-9", account: "org-1" }),
    ]);
    const lines = await unattributed(database.pool, orgId, JULY, 10);
    expect(lines).toContainEqual({
      provider: "openai",
      key: "key-9",
      account: "org-1",
      cost: 2_500_000n,
      requests: 1n,
      unpricedRequests: 0n,
    });
    const { rows } = await database.pool.query<{ tags: unknown }>(
      "select tags from ledger_entry where org_id = $1 and tags is not null",
      [orgId],
    );
    expect(rows).toContainEqual({ tags: { unknown: { team: "payment" } } });
  });

  it("keeps what does not count as a trace without people, in no total", async () => {
    const other = await makeOrganization(database.owner, "traced");
    await database.owner.query(
      "insert into usage_source (org_id, source, counts_for) values ($1, 'mirror', '\"nothing\"')",
      [other],
    );
    const mirrored = event({
      source: "mirror",
      tags: { person: "grace@example.com" },
      endUser: "u-hash",
    });
    const reason =
      "aispend.yaml lists source 'mirror' with counts_for, and this traffic is not in it";
    expect(await ledger.append(other, [mirrored])).toEqual([{ state: "traced", reason }]);
    expect((await spendTotal(database.pool, other, {}, JULY)).requests).toBe(0n);
    const { rows } = await database.pool.query<{ text: string }>(
      "select event::text as text from ledger_trace where org_id = $1",
      [other],
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.text).not.toMatch(/grace|u-hash/);
  });

  it("corrects what an authoritative pull restates", async () => {
    const first = event({
      source: "pull",
      kind: "bucket",
      requestCount: 10,
      tags: { team: "search" },
    });
    const again = { ...first, tokens: { input: 2000, cacheRead: 800, output: 100 } };
    const filter = { teamId: ids.get("search") ?? 0 };
    const before = await spendTotal(database.pool, orgId, filter, JULY);
    await ledger.append(orgId, [first], { authoritative: true });
    expect(await ledger.append(orgId, [again], { authoritative: true })).toEqual([
      { state: "appended", unpriced: false },
    ]);
    expect(await ledger.append(orgId, [again], { authoritative: true })).toEqual([
      { state: "duplicate" },
    ]);
    const after = await spendTotal(database.pool, orgId, filter, JULY);
    expect(after.inputTokens - before.inputTokens).toBe(2000n);
    expect(after.requests - before.requests).toBe(10n);
    expect((await verifyLedger(database.pool, orgId)).difference).toBeUndefined();
  });

  it("books on the local day of the organisation's zone", async () => {
    for (const [zone, instants, days] of [
      [
        "Asia/Kolkata",
        ["2026-07-07T18:29:59Z", "2026-07-07T18:30:00Z"],
        ["2026-07-07", "2026-07-08"],
      ],
      [
        "Asia/Kathmandu",
        ["2026-07-07T18:14:59Z", "2026-07-07T18:15:00Z"],
        ["2026-07-07", "2026-07-08"],
      ],
      [
        "America/New_York",
        [
          "2026-03-08T04:59:59Z",
          "2026-03-08T05:00:00Z",
          "2026-03-09T03:59:59Z",
          "2026-03-09T04:00:00Z",
        ],
        ["2026-03-07", "2026-03-08", "2026-03-09"],
      ],
    ] as const) {
      const other = await makeOrganization(database.owner, zone.toLowerCase().replace("/", "-"));
      await database.owner.query("update organization set time_zone = $2 where id = $1", [
        other,
        zone,
      ]);
      await ledger.append(
        other,
        instants.map((occurredAt) => event({ occurredAt, tags: {} })),
      );
      const year = { start: "2026-01-01" as Day, end: "2027-01-01" as Day };
      const found = await spendByDay(database.pool, other, {}, year);
      expect(found.map((line) => line.day)).toEqual(days);
      expect((await verifyLedger(database.pool, other)).difference).toBeUndefined();
    }
  });

  it("gives one opaque person to one name, however many writers meet it first", async () => {
    const events = Array.from({ length: 40 }, (_, index) =>
      event({ tags: { person: `p${index % 5}` } }),
    );
    await Promise.all(events.map((one) => ledger.append(orgId, [one])));
    const fresh = newLedger();
    await fresh.append(orgId, [event({ tags: { person: "p3" } })]);
    const { rows } = await database.pool.query<{ count: bigint }>(
      "select count(*) as count from person_detail where org_id = $1 and key ~ '^p[0-9]$'",
      [orgId],
    );
    expect(rows[0]?.count).toBe(5n);
  });
});
