import type pg from "pg";
import { anomalies } from "#apps/worker/jobs/anomalies.ts";
import { recordCrossings } from "#core/budgets/alerts.ts";
import { transaction } from "#core/db/transaction.ts";
import { recordForecasts } from "#core/forecasts/service.ts";
import { makeCompany, openBenchDatabase } from "./database.ts";
import { atMost, type Bench, context, type Figure } from "./figure.ts";
import { COMPANY } from "./usage.ts";

const TEAMS = 50;
const AGENTS_PER_TEAM = 40;
const DAYS = 90;
const HOUR_DAYS = 20;
const NOW = new Date("2026-11-22T14:30:00Z");
const BAR_SECONDS = 10;

/** Ninety days of every agent, as rollups: what the daily run reads. */
async function fillDays(owner: pg.Pool, orgId: number): Promise<number> {
  const { rowCount } = await owner.query(
    `insert into rollup_day (org_id, team_id, local_day, project_id, agent_id, provider_id,
       model_id, key_id, requests, errors, input_tokens, cache_read_tokens, cache_write_tokens,
       output_tokens, reasoning_tokens, input_cost, cache_read_cost, cache_write_cost, output_cost,
       reasoning_cost, other_cost, cost, list_cost, reported_cost, reported_requests,
       unpriced_requests, unpriced_tokens, last_recorded_at)
     select $1, t.id, $2::date - d, p.id, a.id, 1, 1, 1 + a.id % 7, 100, 0, 100000, 0, 0, 10000, 0,
       v, 0, 0, 0, 0, 0, v, v, 0, 0, 0, 0, $2::timestamptz
     from scope a
     join scope p on p.org_id = a.org_id and p.id = a.parent_id
     join scope t on t.org_id = p.org_id and t.id = p.parent_id
     cross join generate_series(0, $3::int) d
     cross join lateral (select (1e9 * (1 + (a.id * 7919 + d * 104729) % 97))::bigint as v) x
     where a.org_id = $1 and a.kind = 'agent'`,
    [orgId, NOW, DAYS],
  );
  return rowCount ?? 0;
}

/**
 * The hours of every agent: what a tick reads is the last 15 days of them, so 20 are there. The last
 * hour of every hundredth agent is a loop.
 */
async function fillHours(owner: pg.Pool, orgId: number): Promise<number> {
  let filled = 0;
  for (let day = 0; day < HOUR_DAYS; day += 1) {
    const { rowCount } = await owner.query(
      `insert into rollup_hour (org_id, hour, agent_id, model_id, key_id, requests, errors,
         input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens,
         input_cost, cache_read_cost, cache_write_cost, output_cost, reasoning_cost, other_cost,
         cost, list_cost, reported_cost, reported_requests, unpriced_requests, unpriced_tokens,
         last_recorded_at)
       select $1, h.at, a.id, 1, 1 + a.id % 7, n, 0, n * 2000, n * 800, 0, n * 200, 0,
         v / 2, v / 10, 0, v - v / 2 - v / 10, 0, 0, v, v, 0, 0, 0, 0, h.at + interval '65 minutes'
       from scope a
       cross join generate_series(0, 23) g
       cross join lateral (
         select date_trunc('hour', $2::timestamptz)
           - make_interval(hours => $3 * 24 + g + 1) as at) h
       cross join lateral (
         select (20 + (a.id * 7919 + g * 104729 + $3 * 31) % 23
           + case when a.id % 100 = 0 and g = 0 and $3 = 0 then 900 else 0 end)::bigint as n) r
       cross join lateral (select n * 9000000 as v) c
       where a.org_id = $1 and a.kind = 'agent'`,
      [orgId, NOW, day],
    );
    filled += rowCount ?? 0;
  }
  await owner.query("analyze rollup_hour");
  return filled;
}

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** One run of the hourly job of anomalies, as the worker runs it. */
function runTick(pool: pg.Pool, orgId: number, now: Date): Promise<void> {
  const slot = { timeZone: "Europe/Berlin", scope: "", slot: now, now, attempt: 1, log: SILENT };
  return transaction(pool, (tx) => anomalies.run({ pool, tx, orgId, ...slot }));
}

async function* measureTicks(pool: pg.Pool, orgId: number): AsyncGenerator<Figure> {
  // The first of an organisation also notes every model and key there ever was.
  const hourAgo = new Date(NOW.getTime() - 3_600_000);
  yield context("first tick of all", await seconds(() => runTick(pool, orgId, hourAgo)), "s");
  const cpu = process.cpuUsage();
  const elapsed = await seconds(() => runTick(pool, orgId, NOW));
  const { user, system } = process.cpuUsage(cpu);
  yield atMost("hourly tick of all detectors", elapsed, "s", BAR_SECONDS);
  yield context("hourly tick, processor time of this process", (user + system) / 1e6, "s");
  const before = megabytes();
  for (let again = 1; again <= 3; again += 1) await runTick(pool, orgId, NOW);
  yield atMost("memory gained over three more ticks", Math.max(0, megabytes() - before), "MB", 100);
}

/** A budget for every agent and every team: more than any organisation sets. */
async function setBudgets(owner: pg.Pool, orgId: number): Promise<number> {
  const { rowCount } = await owner.query(
    `insert into budget (org_id, subject_kind, subject_id, kind, period, unit, amount, thresholds,
       state, origin, reason, valid_from, created_at)
     select org_id, 'scope', id, 'budget', 'month', 'usd', 1500000000000, '{50,80,100}', 'live',
       'file', 'bench', '2026-11-01', $2
     from scope where org_id = $1 and kind in ('team', 'agent')`,
    [orgId, NOW],
  );
  return rowCount ?? 0;
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

const megabytes = () => process.memoryUsage().rss / 1_048_576;

async function* run(progress: (text: string) => void): AsyncGenerator<Figure> {
  const database = await openBenchDatabase();
  try {
    const shape = { ...COMPANY, teams: TEAMS, agentsPerTeam: AGENTS_PER_TEAM };
    const orgId = await makeCompany(database.owner, "operate", shape);
    const rows = await fillDays(database.owner, orgId);
    progress(`${rows} agent-days of ${TEAMS * AGENTS_PER_TEAM} agents in ${TEAMS} teams`);
    const hours = await fillHours(database.owner, orgId);
    progress(`${hours} agent-hours`);
    yield* measureTicks(database.pool, orgId);
    const args = { orgId, timeZone: "Europe/Berlin", now: NOW };
    const cpu = process.cpuUsage();
    const elapsed = await seconds(() =>
      transaction(database.pool, (tx) => recordForecasts(tx, args)),
    );
    const { user, system } = process.cpuUsage(cpu);
    yield atMost("daily run of all forecasts", elapsed, "s", BAR_SECONDS);
    yield context("daily run, processor time of this process", (user + system) / 1e6, "s");
    const before = megabytes();
    for (let day = 1; day <= 3; day += 1) {
      const now = new Date(NOW.getTime() + day * 86_400_000);
      await transaction(database.pool, (tx) => recordForecasts(tx, { ...args, now }));
    }
    yield atMost(
      "memory gained over three more runs",
      Math.max(0, megabytes() - before),
      "MB",
      100,
    );
    const budgets = await setBudgets(database.owner, orgId);
    const tick = await seconds(() => transaction(database.pool, (tx) => recordCrossings(tx, args)));
    yield atMost(`hourly tick of ${budgets} budgets`, tick, "s", BAR_SECONDS);
  } finally {
    await database.close();
  }
}

export const operateBench: Bench = {
  name: "operate",
  about: "detectors, forecasts and budgets of 2,000 agents and 50 teams with 90 days",
  run,
};
