import { beforeAll, describe, expect, it } from "vitest";
import { transaction } from "#core/db/transaction.ts";
import { book } from "#core/ledger/book.ts";
import { appendClaim } from "#core/ledger/claim.ts";
import { loadContext } from "#core/ledger/context.ts";
import { rebuildLocalDays } from "#core/ledger/rebuild.ts";
import { restateAll } from "#core/ledger/restate.ts";
import { spendBy, spendByDay, spendTotal } from "#core/ledger/spend.ts";
import { ensurePartition } from "#core/ledger/store.ts";
import { verifyLedger } from "#core/ledger/verify.ts";
import type { Day } from "#core/time.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeEntries, makeEntry, makeOrganization, seeded } from "./entries.ts";

const database = useDatabase();
const JULY = { start: "2026-07-01" as Day, end: "2026-08-01" as Day };

let orgId = 0;
let otherId = 0;

beforeAll(async () => {
  orgId = await makeOrganization(database.owner, "acme");
  otherId = await makeOrganization(database.owner, "other");
  await ensurePartition(database.pool, "2026-07-01");
});

function bookAll(entries: ReturnType<typeof makeEntries>) {
  return transaction(database.pool, (tx) => book(tx, entries));
}

describe("booking", () => {
  it("appends once, calls a repetition a duplicate and another content a conflict", async () => {
    const entries = makeEntries(orgId, 2000, 1);
    expect(new Set(await bookAll(entries))).toEqual(new Set(["appended"]));
    expect(new Set(await bookAll(entries))).toEqual(new Set(["duplicate"]));
    const changed = entries
      .slice(0, 3)
      .map((entry) => ({ ...entry, content_hash: "ff".repeat(16) }));
    expect(await bookAll(changed)).toEqual(["conflict", "conflict", "conflict"]);
    const verified = await verifyLedger(database.pool, orgId);
    expect(verified.difference).toBeUndefined();
    expect(verified.entries).toBe(2000n);
    expect(verified.cost).toBe(entries.reduce((sum, entry) => sum + entry.cost, 0n));
  });

  it("tells repetitions within one batch apart", async () => {
    const entry = makeEntry(orgId, {
      source: "batch",
      external_id: "a",
      cost: 0n,
      input_cost: 0n,
      output_cost: 0n,
    });
    const states = await bookAll([entry, entry, { ...entry, content_hash: "cd".repeat(16) }]);
    expect(states).toEqual(["appended", "duplicate", "conflict"]);
  });

  it("keeps organisations with the same ids and names apart", async () => {
    const before = await spendTotal(database.pool, orgId, {}, JULY);
    await bookAll(makeEntries(otherId, 500, 1));
    expect(await spendTotal(database.pool, orgId, {}, JULY)).toEqual(before);
    expect((await verifyLedger(database.pool, otherId)).entries).toBe(500n);
  });

  it("adds up by every dimension to the same total", async () => {
    const total = await spendTotal(database.pool, orgId, {}, JULY);
    for (const dimension of [
      "team",
      "agent",
      "model",
      "key",
      "workflow",
      "customer",
      "person",
    ] as const) {
      const lines = await spendBy(database.pool, orgId, {}, JULY, dimension, 10_000);
      expect(lines.reduce((sum, line) => sum + line.measures.cost, 0n)).toBe(total.cost);
      expect(lines.reduce((sum, line) => sum + line.measures.requests, 0n)).toBe(total.requests);
    }
    const days = await spendByDay(database.pool, orgId, {}, JULY);
    expect(days.reduce((sum, day) => sum + day.measures.cost, 0n)).toBe(total.cost);
    expect(days.map((day) => day.day)).toEqual(["2026-07-07", "2026-07-08", "2026-07-09"]);
  });

  it("answers a tagged dimension by agent from the entries, equal to the rollups", async () => {
    const filter = { dimension: { name: "workflow", valueId: 1 } } as const;
    const total = await spendTotal(database.pool, orgId, filter, JULY);
    const byAgent = await spendBy(database.pool, orgId, filter, JULY, "agent", 100);
    expect(byAgent.reduce((sum, line) => sum + line.measures.cost, 0n)).toBe(total.cost);
    expect(total.cost).toBeGreaterThan(0n);
  });

  it("gives the same totals when four writers send every batch twice in random order", async () => {
    const raced = await makeOrganization(database.owner, "raced");
    const entries = makeEntries(raced, 1200, 7);
    const batches = Array.from({ length: 12 }, (_, index) =>
      entries.slice(index * 100, index * 100 + 100),
    );
    const writers = [1, 2, 3, 4].map(async (seed) => {
      const random = seeded(seed);
      const order = [...batches, ...batches].sort(() => random() - 0.5);
      for (const batch of order) await bookAll([...batch].sort(() => random() - 0.5));
    });
    await Promise.all(writers);
    const verified = await verifyLedger(database.pool, raced);
    expect(verified.difference).toBeUndefined();
    expect(verified.entries).toBe(1200n);
    expect(verified.cost).toBe(entries.reduce((sum, entry) => sum + entry.cost, 0n));
  });
});

describe("verification", () => {
  it("names the first difference when a rollup was changed behind its back", async () => {
    const spoiled = await makeOrganization(database.owner, "spoiled");
    await bookAll(makeEntries(spoiled, 50, 3));
    await database.owner.query(
      `update rollup_day set cost = cost + 1 where org_id = $1
       and (local_day, agent_id, model_id) = (select local_day, agent_id, model_id from rollup_day
         where org_id = $1 order by 1, 2, 3 limit 1)`,
      [spoiled],
    );
    const { difference } = await verifyLedger(database.pool, spoiled);
    expect(difference).toMatchObject({ table: "rollup_day", column: "cost" });
    expect(BigInt(difference?.rollup ?? 0) - BigInt(difference?.ledger ?? 0)).toBe(1n);
  });

  it("notices a rollup row without entries", async () => {
    const ghost = await makeOrganization(database.owner, "ghost");
    await bookAll(makeEntries(ghost, 5, 3));
    await database.owner.query(
      `insert into agent_hour_person values ($1, '2026-07-07T00:00Z', 99, 1, 5)`,
      [ghost],
    );
    const { difference } = await verifyLedger(database.pool, ghost);
    expect(difference).toMatchObject({ table: "agent_hour_person", ledger: "absent", rollup: "5" });
  });
});

describe("corrections and claims", () => {
  it("appends what an authoritative source restates, each time only the difference", async () => {
    const restated = await makeOrganization(database.owner, "restated");
    const original = makeEntry(restated, {
      external_id: "bucket",
      kind: "bucket",
      content_hash: "01".repeat(16),
    });
    await bookAll([original]);
    const states = [
      { hash: "02".repeat(16), cost: 9_000_000n, tokens: 2000n },
      { hash: "02".repeat(16), cost: 9_000_000n, tokens: 2000n },
      { hash: "01".repeat(16), cost: 4_500_000n, tokens: 1000n },
      { hash: "02".repeat(16), cost: 9_000_000n, tokens: 2000n },
    ];
    const booked = [];
    for (const [index, { hash, cost, tokens }] of states.entries()) {
      const entry = makeEntry(restated, {
        external_id: "bucket",
        content_hash: hash,
        input_tokens: tokens,
        input_cost: cost - 1_500_000n,
        cost,
        recorded_at: new Date(Date.UTC(2026, 6, 8, index)),
      });
      booked.push(...(await transaction(database.pool, (tx) => restateAll(tx, [entry]))));
    }
    expect(booked).toEqual(["appended", "duplicate", "appended", "appended"]);
    const total = await spendTotal(database.pool, restated, {}, JULY);
    expect([total.cost, total.inputTokens, total.requests]).toEqual([9_000_000n, 2000n, 1n]);
    expect((await verifyLedger(database.pool, restated)).difference).toBeUndefined();
  });

  it("moves unattributed spend by reversal and re-booking, once", async () => {
    const claimed = await makeOrganization(database.owner, "claimed");
    const nobody = makeEntries(claimed, 300, 5).map((entry) => ({
      ...entry,
      team_id: 0,
      project_id: 0,
      agent_id: 0,
    }));
    await bookAll(nobody);
    const before = await spendTotal(database.pool, claimed, {}, JULY);
    const claim = {
      orgId: claimed,
      claimId: "c1",
      from: { teamId: 0, projectId: 0, agentId: 0 },
      to: { teamId: 9, projectId: 0, agentId: 0 },
      period: JULY,
      recordedAt: new Date("2026-07-20T00:00:00Z"),
    };
    const first = await transaction(database.pool, (tx) => appendClaim(tx, claim));
    expect(first.cost).toBe(before.cost);
    await transaction(database.pool, (tx) => appendClaim(tx, claim));
    expect((await spendTotal(database.pool, claimed, { teamId: 9 }, JULY)).cost).toBe(before.cost);
    expect((await spendTotal(database.pool, claimed, { teamId: 0 }, JULY)).cost).toBe(0n);
    const after = await spendTotal(database.pool, claimed, {}, JULY);
    expect({ ...after, lastRecordedAt: undefined }).toEqual({
      ...before,
      lastRecordedAt: undefined,
    });
    expect((await verifyLedger(database.pool, claimed)).difference).toBeUndefined();
  });
});

describe("retention", () => {
  it("erases who, then hours, then closes months, and the sums still verify", async () => {
    const kept = await makeOrganization(database.owner, "kept");
    await ensurePartition(database.pool, "2026-06-01");
    const june = makeEntries(kept, 200, 11).map((entry) => {
      const occurred_at = new Date(entry.occurred_at.getTime() - 30 * 86_400_000);
      return { ...entry, occurred_at, ...daysOf(occurred_at), end_user: "hash", session: "s" };
    });
    await bookAll([...june, ...makeEntries(kept, 200, 12)]);
    const before = await verifyLedger(database.pool, kept);
    await database.pool.query("select erase_persons_before($1, '2026-07-08')", [kept]);
    expect((await verifyLedger(database.pool, kept)).difference).toBeUndefined();
    const { rows } = await database.owner.query<{ left: bigint }>(
      `select count(*) as left from ledger_entry where org_id = $1 and local_day < '2026-07-08'
       and (person_id <> 0 or end_user is not null or session is not null)`,
      [kept],
    );
    expect(rows[0]?.left).toBe(0n);
    await database.pool.query("select erase_hours_before($1, '2026-07-09T00:00Z')", [kept]);
    expect((await verifyLedger(database.pool, kept)).difference).toBeUndefined();
    await database.owner.query("select close_months_before($1, '2026-07-01')", [kept]);
    const after = await verifyLedger(database.pool, kept);
    expect(after.difference).toBeUndefined();
    expect(after.closedCost).toBe(june.reduce((sum, entry) => sum + entry.cost, 0n));
    expect(after.cost + after.closedCost).toBe(before.cost);
    expect(after.requests + after.closedRequests).toBe(before.requests);
  });

  it("closes again what a change of the zone moved into a closed month", async () => {
    const moved = await makeOrganization(database.owner, "moved");
    await ensurePartition(database.pool, "2026-06-01");
    const midnight = new Date("2026-07-01T01:00:00Z");
    const june = new Date("2026-06-30T12:00:00Z");
    const [first, second] = makeEntries(moved, 2, 21);
    if (first === undefined || second === undefined) throw new Error("two were made");
    const same = { ...first, external_id: "second" };
    await bookAll([
      { ...first, occurred_at: june, ...daysOf(june) },
      { ...same, occurred_at: midnight, ...daysOf(midnight) },
    ]);
    await database.owner.query("select close_months_before($1, '2026-07-01')", [moved]);
    await transaction(database.owner, (tx) => rebuildLocalDays(tx, moved, "America/New_York"));
    await database.owner.query("select close_months_before($1, '2026-08-01')", [moved]);
    const after = await verifyLedger(database.pool, moved);
    expect(after.entries).toBe(0n);
    expect(after.closedCost).toBe(2n * first.cost);
  });

  it("refuses events of a closed month when the policy is prolonged", async () => {
    const prolonged = await makeOrganization(database.owner, "prolonged");
    await database.owner.query("select close_months_before($1, '2026-07-01')", [prolonged]);
    const at = new Date("2026-07-20T00:00:00Z");
    expect((await loadContext(database.pool, prolonged, at)).oldestDay).toBe("2026-07-01");
  });

  it("lets the application close no month", async () => {
    await expect(
      database.pool.query("select close_months_before($1, '2026-07-01')", [orgId]),
    ).rejects.toMatchObject({ code: "42501" });
  });
});

function daysOf(occurred: Date): { day: Day; local_day: Day } {
  const day = occurred.toISOString().slice(0, 10) as Day;
  return { day, local_day: day };
}
