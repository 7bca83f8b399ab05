import { beforeAll, describe, expect, it } from "vitest";
import { record } from "#core/audit/service.ts";
import { transaction } from "#core/db/transaction.ts";
import type { Maturity } from "#core/maturity/schema.ts";
import { findMaturity } from "#core/maturity/service.ts";
import {
  type Acme,
  append,
  asker,
  brainOf,
  makeAcme,
  NOW,
  OPERATOR,
  personId,
} from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { outcomesOf, recordOutcomes } from "#test/outcomes/outcome-events.ts";

const database = useDatabase();
let acme: Acme;
let other: Acme;

const sql = (text: string, ...values: unknown[]) =>
  database.owner.query(text, [acme.orgId, ...values]);
const find = async (of = acme): Promise<Maturity> =>
  (await findMaturity(database.pool, of.orgId, NOW)).maturity;
const line = (maturity: Maturity, name: string) => {
  const found = maturity.evidence.find((one) => one.line === name);
  if (found === undefined) throw new Error(`no line '${name}'`);
  return found;
};

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  other = await makeAcme(database.owner, { key: "other" });
});

/** One after the other: each builds on the data of the one before, as an organisation grows. */
describe("maturity of an organisation that grows", () => {
  it("is L0 without anything, and says what to connect instead of 'no'", async () => {
    const maturity = await find();
    expect(maturity.level).toBe("L0");
    expect(line(maturity, "spend per provider in one place")).toMatchObject({
      state: "not_connected",
      found: expect.stringMatching(/^not connected: connect a source of usage/),
    });
    expect(line(maturity, "hard caps at the gateway").state).toBe("not_connected");
    expect(line(maturity, "gross margin per product a KPI").state).toBe("not_connected");
    expect(maturity.next.length).toBeGreaterThanOrEqual(2);
    expect(maturity.next.length).toBeLessThanOrEqual(3);
    expect(maturity.stages.map(({ stage }) => stage)).toContain("crawl");
    expect(maturity.rollout).toHaveLength(5);
    expect(maturity.rollout[0]?.done).toBe(false);
  });

  it("is still L0 with usage of providers that nobody catalogued", async () => {
    await append(database.pool, acme.orgId, [
      {
        source: "seed",
        externalId: "one",
        occurredAt: "2026-11-22T10:00:00Z",
        kind: "bucket",
        provider: "openai",
        model: "gpt-4o",
        requestCount: 100,
        tokens: { input: 1_000_000, cacheRead: 600_000, output: 50_000 },
        key: "k-checkout",
        tags: { agent: "checkout-agent", workflow: "refunds", product: "shop", person: "ada" },
      },
    ]);
    const maturity = await find();
    expect(maturity.level).toBe("L0");
    expect(line(maturity, "every provider and seat plan catalogued")).toMatchObject({
      state: "no",
      found: "0 of 1 provider with spend in the inventory; not: openai",
    });
    expect(line(maturity, "spend per provider in one place").state).toBe("yes");
    expect(maturity.next[0]).toBe("add openai to accounts in aispend.yaml");
  });

  it("is L1 with every provider catalogued and an owner per account", async () => {
    await sql(
      `insert into inventory_item (org_id, kind, key, provider)
       values ($1, 'account', 'main', 'OpenAI')`,
    );
    expect((await find()).level).toBe("L0");
    expect(line(await find(), "an owner per account").found).toBe(
      "0 of 1 account have an owner; not: main",
    );
    await sql(`update inventory_item set owner_id = $2 where org_id = $1`, personId(acme, "ada"));
    expect((await find()).level).toBe("L1");
    await sql(
      `update person set left_on = '2026-11-01' where org_id = $1 and id = $2`,
      personId(acme, "ada"),
    );
    expect(line(await find(), "an owner per account").state).toBe("no");
    await sql(`update person set left_on = null where org_id = $1`);
  });

  it("is L2 with spend mapped above 95%, engineers' rollups and a showback", async () => {
    const before = await find();
    expect(line(before, "spend mapped to teams").found).toBe(
      "100.0% of the spend of 30 days is mapped to a team",
    );
    expect(line(before, "spend mapped to cost centres").state).toBe("no");
    expect(line(before, "per-engineer rollups for coding tools").found).toBe(
      "not connected: connect a coding tool: Cursor, Copilot or Claude Code",
    );
    await sql(
      "update scope set cost_centre = '4711' where org_id = $1 and id = $2",
      acme.scopes.get("payments"),
    );
    await sql(
      `with c as (insert into connection (org_id, kind, name, settings, state, connected_at)
         values ($1, 'cursor', 'cursor', '{}', 'active', now()) returning id)
       insert into coding_tool_day select $1, c.id, '2026-11-20', 'cursor', $2, 'subscription', 'm',
         1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, null from c`,
      personId(acme, "ada"),
    );
    await sql(
      `insert into showback_sent (org_id, scope_id, period_start, period_end, cost, sent_at)
       values ($1, $2, '2026-11-09', '2026-11-16', 1, '2026-11-16T08:00:00Z')`,
      acme.scopes.get("payments"),
    );
    expect((await find()).level).toBe("L2");
  });

  it("measures the 95% exactly, and against the organisation's own target", async () => {
    await sql(
      "insert into kpi_target (org_id, kpi, percent) values ($1, 'attribution_coverage', 100)",
    );
    expect(line(await find(), "spend mapped to teams")).toMatchObject({
      state: "no",
      found: "100.0% of the spend of 30 days is mapped to a team, target above 100%",
    });
    await sql("delete from kpi_target where org_id = $1");
  });

  it("is L3 with a budget and forecast per team, alerts and a plan", async () => {
    await sql(
      `insert into budget (org_id, subject_kind, subject_id, kind, period, unit, amount, thresholds,
         state, origin, reason, valid_from, created_at)
       values ($1, 'scope', $2, 'budget', 'month', 'usd', 1000000000000, '{50,80,100}', 'live',
         'file', 'a test', '2026-11-01', now())`,
      acme.scopes.get("payments"),
    );
    expect((await find()).level).toBe("L2");
    await sql(
      `insert into forecast (org_id, subject_kind, subject_id, horizon, period_start, period_end,
         as_of, made_at, spent, p10, p50, p90, p99, history_days, inputs)
       values ($1, 'scope', 0, 'month', '2026-11-01', '2026-12-01', '2026-11-22', now(), 0, 1, 2, 3,
         4, 9, '{}')`,
    );
    await sql(
      `insert into plan_figure (org_id, subject_kind, subject_id, month, amount, reason, created_at)
       select $1, 'scope', 0, m, 1, 'a test', now()
       from generate_series('2026-01-01'::date, '2026-12-01', '1 month') m`,
    );
    expect((await find()).level).toBe("L3");
  });

  it("is L4 with hard caps, a key for every team and agent, and the audit log", async () => {
    await sql(
      "insert into gateway_replica (org_id, id, last_batch, seen_at) values ($1, 'g1', 1, $2)",
      NOW,
    );
    await sql(
      `insert into budget (org_id, subject_kind, subject_id, kind, period, unit, amount, thresholds,
         enforcement, state, origin, reason, valid_from, created_at)
       values ($1, 'scope', $2, 'cap', 'day', 'usd', 50000000000, '{80,95}', 'hard', 'live', 'file',
         'a test', '2026-11-01', now())`,
      acme.scopes.get("payments/checkout-web/checkout-agent"),
    );
    expect(line(await find(), "a virtual key per team, agent and CI job").state).toBe(
      "not_connected",
    );
    await sql(
      `insert into virtual_key (org_id, name, scope_id, owner_id, use_case, models, ledger_key,
         dimension_id, state, approved_at, lapses_at, changed_at)
       select $1, 'checkout', $2, $3, 'a test', '{}', 'k-checkout', v.id, 'active', now(), now(),
         now()
       from dimension_value v where v.org_id = $1 and v.dimension = 'key'`,
      acme.scopes.get("payments/checkout-web/checkout-agent"),
      personId(acme, "ada"),
    );
    expect(line(await find(), "append-only audit log").state).toBe("no");
    await transaction(database.pool, (tx) =>
      record(tx, { orgId: acme.orgId, actor: "operator", action: "a.test", subject: "x", at: NOW }),
    );
    expect((await find()).level).toBe("L4");
  });

  it("is L5 with routing behind the gate, caches scored, and a margin per product", async () => {
    await sql(
      `insert into lever (org_id, scope_id, kind, said, promised, baseline_start, baseline_end,
         baseline_requests, baseline_cost, pass_before, pass_after, promoted_on, reason, created_at)
       values ($1, 0, 'routing', 'route', 1, '2026-11-01', '2026-11-08', 1, 1, 950, 954,
         '2026-11-10', 'a test', now())`,
    );
    await sql(
      `insert into experiment (org_id, name, state, recorded_at, promoted, decided_at)
       values ($1, 'routing', 'promoted', now(), 1, now())`,
    );
    await sql("insert into product (org_id, key, name) values ($1, 'shop', 'Shop')");
    expect((await find()).level).toBe("L4");
    await recordOutcomes(database.pool, acme.orgId, [
      ...outcomesOf("2026-11-20", 2, { workflow: "refunds", product: "shop", revenue: "10" }),
    ]);
    const maturity = await find();
    expect(maturity.evidence.filter(({ state }) => state !== "yes")).toEqual([]);
    expect(maturity.level).toBe("L5");
    expect(maturity.next).toEqual([]);
    expect(maturity.stages.every(({ stage }) => stage === "run")).toBe(true);
  });

  it("is none of another organisation's, which has the same names", async () => {
    const maturity = await find(other);
    expect(maturity.level).toBe("L0");
    expect(maturity.evidence.filter(({ state }) => state === "yes")).toEqual([]);
  });
});

describe("/aispend maturity", () => {
  it("answers the Accountable of any activity at the organisation, in private, and the operator", async () => {
    const brain = brainOf(database.pool);
    const ask = asker(brain, other);
    for (const key of ["fin", "grace", "gov", "pia"]) {
      const answer = await ask(key, "maturity");
      expect(answer.sentence).toMatch(/^Acme is at L0 invisible: 0 of 18 lines hold; next: /);
      expect(answer.details.join("\n")).toContain("Route and observe (days 1-15): open.");
    }
    expect((await ask("sam", "maturity")).state).toBe("refused");
    expect((await ask("ada", "maturity")).state).toBe("refused");
    expect((await ask("fin", "maturity", { kind: "room" })).title).toBe("Only in private");
    const operator = await brain.ask({
      orgId: other.orgId,
      text: "maturity",
      asker: OPERATOR,
      audience: { kind: "operator" },
      surface: "cli",
    });
    expect(operator.state).toBe("ok");
  });
});
