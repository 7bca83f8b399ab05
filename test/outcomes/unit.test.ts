import { beforeAll, describe, expect, it } from "vitest";
import { unitDrift } from "#apps/worker/jobs/unit-drift.ts";
import { listFindings } from "#core/anomalies/service.ts";
import { transaction } from "#core/db/transaction.ts";
import { spendTotal } from "#core/ledger/spend.ts";
import { usdDecimal } from "#core/money.ts";
import { listMargins } from "#core/outcomes/margin.ts";
import { listUnitCosts } from "#core/outcomes/unit-cost.ts";
import { parseDay } from "#core/time.ts";
import { type Acme, append, asker, brainOf, fillAcme, makeAcme, NOW } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { outcomesOf, recordOutcomes } from "./outcome-events.ts";

const database = useDatabase();
const NOVEMBER = { start: parseDay("2026-11-01"), end: parseDay("2026-12-01") };
const WEEKS = Array.from({ length: 12 }, (_, index) =>
  new Date(Date.UTC(2026, 8, 1 + 7 * index)).toISOString().slice(0, 10),
);
let acme: Acme;
let other: Acme;
let ask: ReturnType<typeof asker>;

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  other = await makeAcme(database.owner, { key: "other" });
  await fillAcme(database.pool, acme);
  await fillAcme(database.pool, other);
  ask = asker(brainOf(database.pool), acme);
  await database.owner.query(
    `insert into workflow_target (org_id, workflow, outcome, cost_per_outcome, human_baseline)
     values ($1, 'refunds', 'resolved dispute', 30000000000, 6000000000000)`,
    [acme.orgId],
  );
  // Each week fewer of as many calls succeed: 44 in the first, 22 in the last.
  await recordOutcomes(database.pool, acme.orgId, [
    ...WEEKS.flatMap((day, index) => outcomesOf(day, 44 - 2 * index, { workflow: "refunds" })),
    ...outcomesOf("2026-11-03", 5, { workflow: "refunds", success: false }),
    ...outcomesOf("2026-11-04", 2, {
      workflow: "refunds",
      product: "disputes-desk",
      revenue: "2500",
      value: "10",
      evalScore: 0.95,
    }),
    ...outcomesOf("2026-11-05", 3, { workflow: "Support copilot" }),
  ]);
  await append(database.pool, acme.orgId, [
    {
      source: "seed",
      externalId: "vectors",
      occurredAt: "2026-11-06T10:00:00Z",
      kind: "infrastructure",
      basis: "billed",
      provider: "pinecone",
      model: "serverless",
      tokens: {},
      reportedCost: "110",
      tags: { project: "disputes" },
    },
  ]);
});

describe("unit costs", () => {
  it("are spend with its harness over successes, exact, and of this organisation alone", async () => {
    const [refunds, copilot] = await listUnitCosts(database.pool, acme.orgId, NOVEMBER);
    const { rows } = await database.pool.query<{ id: number }>(
      "select id from dimension_value where org_id = $1 and value = 'refunds'",
      [acme.orgId],
    );
    const valueId = rows[0]?.id ?? -1;
    const filter = { dimension: { name: "workflow" as const, valueId } };
    const calls = (await spendTotal(database.pool, acme.orgId, filter, NOVEMBER)).cost;
    // All that disputes costs is of this workflow, so that it bears all of its project's harness.
    expect(refunds).toMatchObject({
      workflow: "refunds",
      outcome: "resolved dispute",
      failures: 5n,
      harnessCost: 110_000_000_000n,
      hasHarness: true,
      cost: calls + 110_000_000_000n,
    });
    const successes = refunds?.successes ?? 0n;
    expect(successes).toBe(26n + 24n + 22n + 2n);
    expect(Number(usdDecimal(refunds?.costPerOutcome ?? 0n))).toBeCloseTo(
      Number(usdDecimal(refunds?.cost ?? 0n)) / Number(successes),
      8,
    );
    expect(copilot).toMatchObject({ hasHarness: false, harnessCost: 0n, successes: 3n });
    expect(await listUnitCosts(database.pool, other.orgId, NOVEMBER)).toEqual([]);
  });

  it("of a product are its revenue less what its AI cost", async () => {
    const [desk] = await listMargins(database.pool, acme.orgId, NOVEMBER);
    expect(desk).toMatchObject({ product: "disputes-desk", revenue: 5_000_000_000_000n });
    expect(desk?.margin).toBe((desk?.revenue ?? 0n) - (desk?.cost ?? 0n));
    expect(desk?.cost).toBeGreaterThan(0n);
    expect(await listMargins(database.pool, other.orgId, NOVEMBER)).toEqual([]);
  });
});

describe("/aispend unit", () => {
  it("says what a success costs, on what it was, against target, baseline and margin", async () => {
    const answer = await ask("sam", "unit refunds");
    expect(answer.state).toBe("ok");
    expect(answer.sentence).toMatch(
      /^refunds cost \$[\d.]+ per resolved dispute from 1 to 22 Nov, (up|down) \d+% on \$[\d.]+; .* the target of \$30\.00\.$/,
    );
    const facts = new Map(answer.facts.map(({ label, value }) => [label, value]));
    expect(facts.get("Outcomes")).toBe("74 of 79 succeeded (93.7%)");
    expect(facts.get("Cost")).toMatch(/; \$110 of it harness \(/);
    expect(facts.get("Human baseline")).toMatch(
      /^a person costs \$6,000: this wins, at [\d.]+% of/,
    );
    expect(facts.get("Evaluated")).toBe("95.0% mean score");
    expect(facts.get("Gross margin")).toMatch(/of \$5,000 revenue$/);
    expect(answer.table?.rows.map(([unit]) => unit)).toEqual([
      "resolved dispute",
      "request",
      "session",
      "active user",
      "customer",
    ]);
    expect(answer.table?.rows[4]?.[1]).toBe("2");
    expect(answer.table?.rows[2]).toEqual(["session", "not known", "-"]);
    expect(answer.chart?.series.map(({ name }) => name)).toEqual(["refunds", "target"]);
  });

  it("says that harness is excluded, and that nothing is known where there are no outcomes", async () => {
    expect((await ask("sam", "unit Support copilot")).sentence).toContain("(excludes harness)");
    const unknown = await ask("sam", "unit contract extraction");
    expect(unknown.sentence).toMatch(
      /no outcome is recorded: what a success costs is not known\.$/,
    );
    expect(unknown.notes[0]).toContain("POST /v1/outcomes");
    expect((await ask("sam", "unit payments")).state).toBe("wrong_usage");
    const all = await ask("sam", "unit");
    expect(all.table?.rows.map(([name]) => name)).toEqual(["refunds", "Support copilot"]);
    expect(all.notes[0]).toMatch(/^Gross margin of disputes-desk: /);
    expect((await asker(brainOf(database.pool), other)("sam", "unit")).sentence).toMatch(
      /^No outcome is recorded/,
    );
  });
});

describe("a unit cost that creeps up", () => {
  const run = async (of: Acme, now = NOW) =>
    transaction(database.pool, (tx) =>
      unitDrift.run({
        pool: database.pool,
        tx,
        orgId: of.orgId,
        timeZone: "Europe/Berlin",
        scope: "",
        slot: now,
        now,
        attempt: 1,
        log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      }),
    );

  it("becomes one finding, told where it is worth it, and ends when it is over", async () => {
    await run(acme);
    await run(acme);
    await run(other);
    const found = await listFindings(database.pool, acme.orgId, { classes: ["unit_cost_drift"] });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      state: "open",
      scopeId: acme.scopes.get("payments/checkout-web"),
    });
    expect(found[0]?.evidence.why).toMatch(
      /^refunds costs \$[\d.]+ per resolved dispute, \d+% above/,
    );
    expect(found[0]?.excess).toBeGreaterThan(0n);
    expect(await listFindings(database.pool, other.orgId, {})).toEqual([]);
    await database.owner.query(
      "update outcome_day set successes = successes * 100 where local_day > '2026-10-10'",
    );
    await run(acme);
    const [ended] = await listFindings(database.pool, acme.orgId, { states: ["resolved"] });
    expect(ended).toMatchObject({ class: "unit_cost_drift", resolution: "normal_again" });
  });
});
