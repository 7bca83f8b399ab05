import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { migrate } from "#core/db/migrate.ts";
import { rowTypes } from "#core/db/row-types.ts";
import { confirmUnconfirmed, listCapCounters } from "#core/enforcement/reap.ts";
import type { CapCounter } from "#core/enforcement/schema.ts";
import { NANO_PER_USD, nanoUsd } from "#core/money.ts";
import { priceUsage } from "#core/pricing/cost.ts";
import { buildPriceBook, loadCatalogue } from "#core/pricing/price-book.ts";
import { startOfMonth, utcDay } from "#core/time.ts";
import { type Charge, type Provider, startProvider } from "#test/gateway/provider.ts";
import { makeCappedCompany } from "./caps/company.ts";
import { type Fleet, startFleet } from "./caps/fleet.ts";
import { type Load, runLoad } from "./caps/load.ts";
import { type OwnServer, startOwnServer } from "./caps/postgres-server.ts";
import { atLeast, atMost, type Bench, context, type Figure, percentile } from "./figure.ts";

const CAP = 5n * NANO_PER_USD;
const PROCESSES = 3;
const CLIENTS = 64;
const LEASE_MS = 2_000;
const RUNS = 100;
/** How many calls the cap is good for, about. */
const EXPECTED_ANSWERS = 1_000;

interface Setting {
  readonly server: OwnServer;
  readonly pool: pg.Pool;
  readonly owner: pg.Pool;
  readonly provider: Provider;
  readonly secretKey: string;
}

interface Outcome {
  readonly billedPercent: number;
  /** Of the cap, before anything was confirmed. */
  readonly committed: bigint;
  readonly unconfirmed: bigint;
  readonly leaked: bigint;
  readonly load: Load;
}

export const capsBench: Bench = {
  name: "caps",
  about: "a hard cap under load, kills and crashes of Postgres; what the provider bills",
  isLong: true,
  run: (progress, { runs = RUNS }) => measure(progress, runs),
};

async function* measure(progress: (text: string) => void, runs: number): AsyncGenerator<Figure> {
  progress("starting a Postgres of its own and three gateways");
  const setting = await prepare();
  const shared = {
    DATABASE_URL: setting.server.url,
    AISPEND_SECRET_KEY: setting.secretKey,
    BENCH_LEASE_MS: String(LEASE_MS),
  };
  const fleet = await startFleet(PROCESSES, shared);
  const outcomes: Outcome[] = [];
  try {
    for (let run = 0; run < runs; run += 1) {
      const outcome = await oneRun(setting, fleet, run);
      outcomes.push(outcome);
      const { load, billedPercent } = outcome;
      progress(
        `run ${run + 1}: billed ${billedPercent.toFixed(2)}% of the cap, ` +
          `${load.answered} answered, ${load.refused} refused, ${load.failed} lost`,
      );
    }
    await fleet.stop();
    yield* figures(outcomes, await setting.server.deadlocks());
    yield await recordAfter(setting, shared);
  } finally {
    await fleet.stop();
    await setting.provider.close();
    await setting.pool.end();
    await setting.owner.end();
    await setting.server.stop();
  }
}

async function prepare(): Promise<Setting> {
  const server = await startOwnServer();
  await migrate(server.url);
  const makePool = (options: string) => {
    const pool = new pg.Pool({ connectionString: server.url, types: rowTypes, max: 4, options });
    pool.on("error", () => undefined);
    return pool;
  };
  const secretKey = randomBytes(32).toString("base64");
  const provider = await startProvider();
  return {
    server,
    pool: makePool("-c role=aispend_app"),
    owner: makePool(""),
    provider,
    secretKey,
  };
}

/** A sequence that is the same for every run of this number. */
function randomOf(seed: number): () => number {
  let state = (seed * 2_654_435_761) % 2_147_483_648;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

async function oneRun(setting: Setting, fleet: Fleet, run: number): Promise<Outcome> {
  const { server, provider } = setting;
  const random = randomOf(run + 1);
  const { orgId, secret } = await company(setting, `run-${run}`);
  const before = provider.charges.length;
  talk(provider, random);
  const place = Math.floor(random() * PROCESSES);
  const over = { load: false };
  // At any moment between the first answer and nearly the last.
  const reached = async (share: number): Promise<void> => {
    const target = before + share * EXPECTED_ANSWERS;
    while (provider.charges.length < target && !over.load) await sleep(5);
  };
  const killing = reached(random() * 0.9).then(() => fleet.kill(place));
  const crashing = run % 2 === 1 ? reached(random() * 0.9).then(() => server.restart()) : undefined;
  const load = await runLoad(fleet, secret, CLIENTS, random);
  over.load = true;
  await Promise.all([killing, crashing]);
  const coming = fleet.start(place);
  const counters = await whenQuiet(setting, orgId);
  await coming;
  const billed = billOf(provider.charges.slice(before));
  const key = counters.find(({ subjectKind }) => subjectKind === "key");
  for (const { id, settled, unconfirmed } of counters) {
    if (unconfirmed === 0n) continue;
    // What the provider's usage says of this key, beyond what was written down.
    const missing = billed > settled ? billed - settled : 0n;
    const spent = nanoUsd(missing < unconfirmed ? missing : unconfirmed);
    const now = new Date();
    await confirmUnconfirmed(setting.pool, { orgId, counterId: id, spent, reason: "bench", now });
  }
  return {
    billedPercent: Number((billed * 1_000_000n) / CAP) / 10_000,
    committed: key === undefined ? 0n : key.settled + key.held + key.unconfirmed,
    unconfirmed: key?.unconfirmed ?? 0n,
    leaked: await leakedOf(setting, orgId),
    load,
  };
}

function company({ pool, owner, provider, secretKey }: Setting, name: string) {
  const now = new Date();
  return makeCappedCompany(pool, owner, {
    name,
    cap: CAP,
    providerUrl: provider.url,
    secretKey,
    now,
  });
}

/** Answers of 100 to 900 tokens, streams shorter: they cost the machine that measures. */
function talk(provider: Provider, random: () => number): void {
  provider.set({
    pickWords: (isStream) => Math.floor((100 + random() * 800) / (isStream ? 8 : 1)),
    delayMs: 5,
  });
}

const book = buildPriceBook(loadCatalogue());

function billOf(charges: readonly Charge[]): bigint {
  let total = 0n;
  for (const { model, inputTokens, outputTokens } of charges) {
    const priced = priceUsage(book, {
      provider: "openai",
      model,
      at: new Date(),
      serviceTier: "standard",
      tokens: { input: inputTokens, output: outputTokens },
      requestCount: 1,
    });
    if (priced.state === "unpriced") throw new Error(priced.reason);
    total += priced.cost;
  }
  return total;
}

const QUIET_LIMIT_MS = 20_000;

/** When everything is written, and what the killed one was lent is found to be lost. */
async function whenQuiet({ pool }: Setting, orgId: number): Promise<CapCounter[]> {
  const since = startOfMonth(utcDay(new Date()));
  const startMs = performance.now();
  for (;;) {
    await sleep(250);
    const counters = await listCapCounters(pool, orgId, since).catch(() => undefined);
    const isQuiet = counters?.every(({ held }) => held === 0n);
    if (isQuiet || performance.now() - startMs > QUIET_LIMIT_MS) return counters ?? [];
  }
}

/** What is still held, unconfirmed or lent when nothing is under way. */
async function leakedOf({ pool }: Setting, orgId: number): Promise<bigint> {
  const { rows } = await pool.query<{ leaked: bigint }>(
    `select (select coalesce(sum(held + unconfirmed), 0) from cap_counter where org_id = $1)::bigint
       + (select coalesce(sum(granted), 0) from cap_lease where org_id = $1)::bigint as leaked`,
    [orgId],
  );
  return rows[0]?.leaked ?? 0n;
}

function* figures(outcomes: readonly Outcome[], deadlocks: number): Generator<Figure> {
  const runs = outcomes.length;
  const billed = outcomes.map(({ billedPercent }) => billedPercent);
  const held = outcomes.filter((one) => one.billedPercent <= 100).length;
  yield atLeast("runs in which the provider billed at most the cap", held, `of ${runs}`, runs);
  yield atMost("highest bill", Math.max(...billed), "% of the cap", 100);
  yield context("median bill", percentile(billed, 50), "% of the cap");
  const over = outcomes.filter(({ committed }) => committed > CAP).length;
  yield atMost("runs with more committed than the cap", over, "runs", 0);
  yield atMost("deadlocks that Postgres found", deadlocks, "deadlocks", 0);
  const leaks = outcomes.filter(({ leaked }) => leaked !== 0n).length;
  yield atMost("runs with a leaked hold after reconciliation", leaks, "runs", 0);
  const lost = outcomes.map(({ unconfirmed }) => Number((unconfirmed * 10_000n) / CAP) / 100);
  yield context("median unconfirmed until reconciled", percentile(lost, 50), "% of the cap");
  const refused = outcomes.reduce((sum, { load }) => sum + load.refused, 0);
  const attempts = outcomes.reduce((sum, { load }) => sum + load.attempts, 0);
  yield context("refused", (100 * refused) / attempts, "% of attempts");
}

/** The same load on the same parts, but for the order: pass on, then count. */
async function recordAfter(setting: Setting, shared: Record<string, string>): Promise<Figure> {
  const { owner, provider } = setting;
  await owner.query("create table bench_counter (org_id int primary key, spent bigint not null)");
  await owner.query("grant select, insert, update on bench_counter to aispend_app");
  const fleet = await startFleet(PROCESSES, { ...shared, BENCH_RECORD_AFTER: String(CAP) });
  try {
    const random = randomOf(1);
    const { secret } = await company(setting, "record-after");
    const before = provider.charges.length;
    talk(provider, random);
    await runLoad(fleet, secret, CLIENTS, random);
    const billed = billOf(provider.charges.slice(before));
    const percent = Number((billed * 1_000_000n) / CAP) / 10_000;
    return atLeast("the same with record-after", percent, "% of the cap", 105);
  } finally {
    await fleet.stop();
  }
}
