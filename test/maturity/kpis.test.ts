import { beforeAll, describe, expect, it } from "vitest";
import { spendBy, spendTotal } from "#core/ledger/spend.ts";
import type { Kpi, KpiName } from "#core/maturity/schema.ts";
import { KpiName as KpiNames } from "#core/maturity/schema.ts";
import { listKpis } from "#core/maturity/service.ts";
import { readEvaluation } from "#core/outcomes/evaluation-file.ts";
import { decideExperiment, recordExperiment } from "#core/outcomes/experiment.ts";
import { parseDay } from "#core/time.ts";
import { type Acme, fillAcme, makeAcme, NOW, personId } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { outcomesOf, recordOutcomes } from "#test/outcomes/outcome-events.ts";

const database = useDatabase();
const OCTOBER = { start: parseDay("2026-10-01"), end: parseDay("2026-11-01") };
let acme: Acme;
let other: Acme;

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  other = await makeAcme(database.owner, { key: "other" });
  await fillAcme(database.pool, acme);
});

async function kpis(of = acme, month = OCTOBER.start): Promise<Map<KpiName, Kpi>> {
  const all = await listKpis(database.pool, { orgId: of.orgId, month, now: NOW });
  expect(all.map(({ name }) => name)).toEqual(KpiNames.options);
  return new Map(all.map((one) => [one.name, one]));
}

describe("the KPI table", () => {
  it("has value, target, trend, status and the one accountable for each", async () => {
    const all = await kpis();
    const total = await spendTotal(database.pool, acme.orgId, {}, OCTOBER);
    const lines = await spendBy(database.pool, acme.orgId, {}, OCTOBER, "workflow", 100);
    const tagged = lines
      .filter(({ id }) => id !== 0)
      .reduce((sum, one) => sum + one.measures.cost, 0n);
    const share = (Number(tagged) / Number(total.cost)) * 100;
    expect(all.get("attribution_coverage")).toMatchObject({
      label: "attribution coverage",
      value: { amount: share.toFixed(1), unit: "percent" },
      valueSaid: `${share.toFixed(1)}%`,
      targetSaid: "above 95%",
      status: share > 95 ? "met" : "missed",
      accountable: personId(acme, "grace"),
      trend: "flat",
    });
    expect(all.get("input_share")).toMatchObject({
      status: "tracked",
      targetSaid: "tracked, no cap",
    });
    expect(all.get("input_share")?.parts.map(({ name }) => name)).toContain("refunds");
    expect(all.get("cache_hit_rate")?.valueSaid).toMatch(/^\d+\.\d%$/);
    expect(all.get("cost_per_request")?.accountable).toBe(personId(acme, "grace"));
    expect(all.get("budget_variance")?.accountable).toBe(personId(acme, "fin"));
    expect(all.get("cost_per_successful_outcome")).toMatchObject({
      mandatory: true,
      accountable: personId(acme, "pia"),
    });
  });

  it("says what to connect where nothing can be known, and never 0", async () => {
    for (const kpi of (await kpis(other)).values()) {
      expect(kpi).toMatchObject({ status: "unknown", valueSaid: "not known", trend: "unknown" });
      expect(kpi.value).toBeUndefined();
      expect(kpi.missing).toBeTruthy();
    }
  });

  it("measures a month's budget when the month is over, and forecasts that were made of it", async () => {
    const { cost } = await spendTotal(database.pool, acme.orgId, {}, OCTOBER);
    const amount = (cost * 100n) / 110n;
    await database.owner.query(
      `insert into budget (org_id, subject_kind, subject_id, kind, period, unit, amount, thresholds,
         state, origin, reason, valid_from, created_at)
       values ($1, 'scope', 0, 'budget', 'month', 'usd', $2, '{100}', 'live', 'file', 'a test',
         '2026-09-01', now())`,
      [acme.orgId, amount],
    );
    await database.owner.query(
      `insert into forecast (org_id, subject_kind, subject_id, horizon, period_start, period_end,
         as_of, made_at, spent, p10, p50, p90, p99, history_days, inputs, actual, scored_at)
       values ($1, 'scope', 0, 'month', '2026-10-01', '2026-11-01', '2026-10-10', now(), 0, 1,
         $2, $2, $2, 9, '{}', $3, now())`,
      [acme.orgId, (cost * 96n) / 100n, cost],
    );
    const all = await kpis();
    expect(all.get("budget_variance")).toMatchObject({
      status: "missed",
      valueSaid: expect.stringMatching(/^\+10\.0%: \$/),
      targetSaid: "within 5%",
    });
    expect(all.get("forecast_accuracy")).toMatchObject({
      status: "met",
      valueSaid: "4.0% off over 1 forecasts",
      targetSaid: "within 10%",
    });
    const running = await kpis(acme, parseDay("2026-11-01"));
    expect(running.get("budget_variance")).toMatchObject({ status: "unknown" });
    expect(running.get("headroom")?.status).toMatch(/met|missed/);
    await database.owner.query(
      "insert into kpi_target (org_id, kpi, percent) values ($1, 'budget_variance', 12)",
      [acme.orgId],
    );
    expect((await kpis()).get("budget_variance")).toMatchObject({
      status: "met",
      targetSaid: "within 12%",
    });
  });

  it("holds the unit cost against the quarter before, and the pass rate at promotion", async () => {
    await recordOutcomes(database.pool, acme.orgId, [
      ...outcomesOf("2026-09-10", 40, { workflow: "refunds" }),
      ...outcomesOf("2026-10-10", 20, { workflow: "refunds" }),
    ]);
    const rising = (await kpis()).get("cost_per_successful_outcome");
    expect(rising).toMatchObject({ status: "missed", trend: "up" });
    expect(rising?.parts).toEqual([
      {
        name: "refunds",
        valueSaid: expect.stringMatching(/per successful outcome \(excludes harness\)$/),
        status: "missed",
      },
    ]);
    const by = { actor: "operator", surface: "cli" } as const;
    const evaluation = readEvaluation({
      baseline: { costPerCall: "0.0336", passRate: "95.0%" },
      candidates: [{ name: "gated", costPerCall: "0.0149", passRate: "95.4%" }],
    });
    const about = {
      orgId: acme.orgId,
      evaluation,
      name: "gated",
      workflow: "refunds",
      by,
      now: NOW,
    };
    const { id } = await recordExperiment(database.pool, about);
    expect((await kpis(acme, parseDay("2026-11-01"))).get("eval_pass_rate")?.status).toBe(
      "unknown",
    );
    await decideExperiment(database.pool, {
      orgId: acme.orgId,
      id,
      promote: 1,
      by: { personId: personId(acme, "ada") },
      now: NOW,
    }).catch(() => undefined);
    await decideExperiment(database.pool, {
      orgId: acme.orgId,
      id,
      promote: 1,
      by: { personId: personId(acme, "grace") },
      now: NOW,
    });
    expect((await kpis(acme, parseDay("2026-11-01"))).get("eval_pass_rate")).toMatchObject({
      status: "met",
      valueSaid: "95.4%, baseline 95.0% (gated)",
      mandatory: true,
      cadence: "per_change",
    });
    expect((await kpis(other)).get("eval_pass_rate")?.status).toBe("unknown");
  });
});
