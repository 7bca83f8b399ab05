import { createBrain } from "#apps/chat/brain.ts";
import type { Brain } from "#apps/chat/surface.ts";
import { loadContext } from "#core/ledger/context.ts";
import { BENCH_NOW, type BenchDatabase, makeCompany, openBenchDatabase } from "./database.ts";
import { atMost, type Bench, context, type Figure, percentile } from "./figure.ts";
import { COMPANY, makeUsage, teamKey } from "./usage.ts";

const MILLION = 1_000_000;
const MILLIONS = 10;
const BATCH = 10_000;
const CONNECTIONS = 2;
const ASKS = 200;

/** Appends calls `from` to `until` and says how many a second, making them not counted. */
async function fill(
  { ledger }: BenchDatabase,
  orgId: number,
  from: number,
  until: number,
): Promise<number> {
  let next = from;
  let appending = 0;
  const worker = async () => {
    while (next < until) {
      const start = next;
      next += BATCH;
      const events = makeUsage(COMPANY, start, Math.min(BATCH, until - start));
      const began = performance.now();
      await ledger.append(orgId, events);
      appending += performance.now() - began;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  return ((until - from) / (appending / CONNECTIONS)) * 1000;
}

/** The 95th percentile of "team X" for the last 30 days, over all teams, in milliseconds. */
async function askTeams(brain: Brain, orgId: number, today: string): Promise<number> {
  const times: number[] = [];
  for (let ask = 0; ask < ASKS; ask += 1) {
    const start = performance.now();
    const answer = await brain.ask({
      orgId,
      text: `team ${teamKey(ask % COMPANY.teams)} last 30 days`,
      asker: { personId: undefined, operator: true, account: "cli:bench" },
      audience: { kind: "operator" },
      surface: "cli",
    });
    times.push(performance.now() - start);
    if (answer.state !== "ok" || answer.table === undefined) {
      throw new Error(`no answer on ${today}: ${answer.sentence}`);
    }
  }
  return percentile(times.slice(ASKS / 10), 95);
}

async function* run(progress: (text: string) => void): AsyncGenerator<Figure> {
  const database = await openBenchDatabase();
  try {
    const orgId = await makeCompany(database.owner, "bench", COMPANY);
    const { priceBook } = await loadContext(database.pool, orgId, BENCH_NOW());
    let now = BENCH_NOW();
    const brain = createBrain({
      pool: database.pool,
      clock: () => now,
      priceBookOf: async () => priceBook,
    });
    const rates: number[] = [];
    const p95: number[] = [];
    for (let million = 0; million < MILLIONS; million += 1) {
      rates.push(await fill(database, orgId, million * MILLION, (million + 1) * MILLION));
      progress(`${million + 1} million entries, ${Math.round(rates.at(-1) ?? 0)} rows/s`);
      if (million !== 0 && million !== MILLIONS - 1) continue;
      await database.owner.query("vacuum analyze");
      now = new Date(COMPANY.start + (million + 1) * MILLION * COMPANY.stepMs);
      p95.push(await askTeams(brain, orgId, now.toISOString()));
    }
    const [small = 0, large = 0] = p95;
    yield context("team answer at 1 million entries, p95", small, "ms");
    yield atMost("team answer at 10 million entries, p95", large, "ms", 25);
    yield atMost("the same against 1 million", large / small, "ratio", 1.5);
    const slower = 1 - (rates.at(-1) ?? 0) / (rates[0] ?? 1);
    yield atMost("tenth million slower than the first", slower, "share", 0.2);
  } finally {
    await database.close();
  }
}

export const queryBench: Bench = {
  name: "query",
  about: "answers at 10 million entries against 1 million; takes some minutes",
  run,
};
