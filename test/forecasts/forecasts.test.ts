import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { forecasts } from "#apps/worker/jobs/forecasts.ts";
import { transaction } from "#core/db/transaction.ts";
import { findAccuracy, findForecast } from "#core/forecasts/service.ts";
import { parseDay } from "#core/time.ts";
import { type Acme, asker, brainOf, fillAcme, makeAcme } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";

const database = useDatabase();
let acme: Acme;
let other: Acme;

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  other = await makeAcme(database.owner, { key: "other" });
  await fillAcme(database.pool, acme);
  await fillAcme(database.pool, other);
});
beforeEach(async () => {
  await database.owner.query("delete from forecast");
});

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

async function run(at: string, of = acme): Promise<void> {
  const now = new Date(at);
  const context = { pool: database.pool, orgId: of.orgId, timeZone: "Europe/Berlin", scope: "" };
  await transaction(database.pool, (tx) =>
    forecasts.run({ ...context, tx, slot: now, now, attempt: 1, log }),
  );
}

function rows(of = acme) {
  return database.owner
    .query<{ id: number; horizon: string; as_of: string; spent: bigint; actual: bigint | null }>(
      `select subject_id as id, horizon, as_of, spent, actual from forecast
       where org_id = $1 order by subject_id, horizon, as_of`,
      [of.orgId],
    )
    .then((result) => result.rows);
}

const payments = () => ({ kind: "scope" as const, id: acme.scopes.get("payments") ?? -1 });

describe("the nightly run", () => {
  it("forecasts every scope that has spent, over three horizons, once a day", async () => {
    await run("2026-10-20T01:30:00Z");
    const first = await rows();
    // The organisation, three teams, four projects and agents with priced calls; triage of search has none.
    expect(new Set(first.map(({ horizon }) => horizon))).toEqual(
      new Set(["month", "quarter", "year"]),
    );
    const ids = new Set(first.map(({ id }) => id));
    expect(ids).toEqual(
      new Set(
        [
          "",
          "payments",
          "search",
          "legal-ops",
          "payments/checkout-web",
          "payments/disputes",
          "search/ranker",
          "payments/checkout-web/checkout-agent",
          "payments/disputes/refund-agent",
          "search/ranker/crawler",
        ].map((path) => acme.scopes.get(path)),
      ),
    );
    expect(first).toHaveLength(ids.size * 3);
    await run("2026-10-20T03:30:00Z");
    expect(await rows()).toEqual(first);
    expect(await rows(other)).toEqual([]);
    await run("2026-10-21T01:30:00Z");
    expect(await rows()).toHaveLength(first.length * 2);
  });

  it("tells the same as one asked for, whose series it reads alone", async () => {
    await run("2026-11-22T14:30:00Z");
    const { rows: stored } = await database.owner.query(
      `select p10, p50, p90, p99, spent, run_rate from forecast
       where org_id = $1 and subject_id = $2 and horizon = 'month'`,
      [acme.orgId, payments().id],
    );
    const asked = await findForecast(database.pool, {
      orgId: acme.orgId,
      subject: payments(),
      horizon: "month",
      today: parseDay("2026-11-22"),
    });
    const { p10, p50, p90, p99, spent, runRate } = asked ?? {};
    expect(stored).toEqual([{ p10, p50, p90, p99, spent, run_rate: runRate }]);
  });

  it("scores a month when it is over, with exactly what it came to", async () => {
    await run("2026-10-11T01:30:00Z");
    await run("2026-10-21T01:30:00Z");
    await run("2026-10-31T22:30:00Z");
    expect((await rows()).filter(({ actual }) => actual !== null)).toEqual([]);
    // 23:30 UTC is November in Berlin.
    await run("2026-10-31T23:30:00Z");
    const scored = (await rows()).filter(({ actual }) => actual !== null);
    expect(new Set(scored.map(({ horizon }) => horizon))).toEqual(new Set(["month"]));
    const october = await asker(brainOf(database.pool), acme)("fin", "team payments 2026-10");
    const mine = scored.filter(({ id }) => id === payments().id);
    expect(mine).toHaveLength(3);
    for (const { actual } of mine) {
      expect(Number(actual) / 1e9).toBeCloseTo(Number(october.figures.cost?.amount), 6);
    }
    const accuracy = await findAccuracy(database.pool, {
      orgId: acme.orgId,
      subject: payments(),
      horizon: "month",
      today: parseDay("2026-11-22"),
    });
    expect(accuracy.forecasts).toBe(3);
    // October was even: whoever cannot foresee that cannot forecast.
    expect(accuracy.error).toBeLessThan(0.02);
    expect(accuracy.underP90).toBe(1);
    const said = await asker(brainOf(database.pool), acme)("fin", "forecast payments");
    expect(said.facts.find(({ label }) => label === "Accuracy")?.value).toMatch(
      /^off by [01]% on average over 3 forecasts \(run rate: \d+%\); 3 of 3 ended under/,
    );
  });

  it("scores anew what late usage changes, and then lets it rest", async () => {
    await run("2026-10-21T01:30:00Z");
    await run("2026-11-01T01:30:00Z");
    const find = async () =>
      (await rows()).find(({ id, actual }) => id === payments().id && actual !== null)?.actual;
    const before = await find();
    await database.owner.query(
      `update rollup_day set cost = cost + 1000
       where org_id = $1 and team_id = $2 and local_day = '2026-10-05'`,
      [acme.orgId, payments().id],
    );
    await run("2026-11-05T01:30:00Z");
    const after = await find();
    expect((after ?? 0n) > (before ?? 0n)).toBe(true);
    await database.owner.query(
      `update rollup_day set cost = cost - 1000
       where org_id = $1 and team_id = $2 and local_day = '2026-10-05'`,
      [acme.orgId, payments().id],
    );
    await run("2026-11-20T01:30:00Z");
    expect(await find()).toBe(after);
  });
});
