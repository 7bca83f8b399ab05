import { setTimeout as sleep } from "node:timers/promises";
import { makeOrganization } from "#test/ledger/entries.ts";
import { openBenchDatabase } from "./database.ts";
import { atLeast, atMost, type Bench, context, type Figure, percentile } from "./figure.ts";
import { ask } from "./gateway/client.ts";
import { type Running, startPortkey, startScript } from "./gateway/process.ts";

const CLIENTS = 64;
const WARM = 6_000;
const COUNT = 2_000;
const PORTKEY_COUNT = 400;
const ROUNDS = 11;
const SLOW_COUNT = 1_500;
const STREAMS = 500;
const STREAM_ROUNDS = 5;
const KEY_ROUNDS = 500;
const SOAK = 100_000;
const SLOW_MS = 20;
const SETTLED_MS = 250;

export const gatewayBench: Bench = {
  name: "gateway",
  about: "overhead of the gateway beside a bare node:http proxy and Portkey's, in one run",
  isLong: true,
  run: measure,
};

interface Field {
  readonly upstream: string;
  readonly bare: Running;
  readonly memory: Running;
  readonly leased: Running;
  readonly portkey: Running;
}

async function* measure(progress: (text: string) => void): AsyncGenerator<Figure> {
  const database = await openBenchDatabase();
  const org = String(await makeOrganization(database.owner, "bench"));
  const running: Running[] = [];
  const start = async (starting: Promise<Running>): Promise<Running> => {
    const one = await starting;
    running.push(one);
    return one;
  };
  const fieldOf = async (delayMs: number): Promise<Field> => {
    const provider = await start(
      startScript("upstream-process.ts", { BENCH_DELAY_MS: String(delayMs) }),
    );
    const upstream = `http://127.0.0.1:${provider.port}`;
    const environment = { BENCH_UPSTREAM: upstream, BENCH_ORG: org };
    const leased = { ...environment, DATABASE_URL: database.url };
    return {
      upstream,
      bare: await start(startScript("bare-process.ts", environment)),
      memory: await start(startScript("gate-process.ts", environment)),
      leased: await start(startScript("gate-process.ts", leased)),
      portkey: await start(startPortkey()),
    };
  };
  try {
    progress("an upstream that answers at once");
    const fast = await fieldOf(0);
    yield* overhead(fast);
    yield* keyTimes(fast);
    for (const one of running.splice(0)) one.stop();
    progress(`an upstream that answers after ${SLOW_MS} ms`);
    const slow = await fieldOf(SLOW_MS);
    yield* added(slow);
    for (const one of running.splice(0)) one.stop();
    progress(`${SOAK} requests for what they leave in memory`);
    yield* memory(await fieldOf(0));
  } finally {
    for (const one of running) one.stop();
    await database.close();
  }
}

interface Run {
  readonly cpuUs: number;
  readonly perSecond: number;
  readonly latencies: readonly number[];
}

interface Contender {
  readonly port: number;
  /** Undefined: what it takes is of no interest. */
  readonly process?: Running;
  readonly count: number;
  readonly runs: Run[];
}

async function runOnce(
  { port, process, count }: Contender,
  upstream: string,
  stream: boolean,
): Promise<Run> {
  const before = await process?.vitals();
  const { perSecond, latencies } = await ask(port, { count, clients: CLIENTS, upstream, stream });
  // What is written in batches is part of what a request costs.
  await sleep(SETTLED_MS);
  const after = await process?.vitals();
  const cpuUs = ((after?.cpuUs ?? 0) - (before?.cpuUs ?? 0)) / count;
  return { cpuUs, perSecond, latencies };
}

/**
 * Short rounds in which all take turns: what else runs on the machine disturbs them alike, and the
 * median of what they show against each other within a round leaves out the rounds it did not.
 */
async function takeTurns(
  contenders: readonly Contender[],
  upstream: string,
  rounds: number,
  stream = false,
): Promise<void> {
  for (const { port, count } of contenders) {
    await ask(port, { count: Math.min(WARM, count * 3), clients: CLIENTS, upstream, stream });
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const one of contenders) one.runs.push(await runOnce(one, upstream, stream));
  }
}

const median = (values: readonly number[]): number => percentile(values, 50);

function contender(process: Running, count: number): Contender {
  return { port: process.port, process, count, runs: [] };
}

/** The median over the rounds of what two of them show in the same one. */
function compared(
  one: Contender,
  other: Contender,
  compare: (one: Run, other: Run) => number,
): number {
  return median(
    one.runs.flatMap((run, round) => {
      const against = other.runs[round];
      return against === undefined ? [] : compare(run, against);
    }),
  );
}

const moreCpu = (one: Run, other: Run): number => one.cpuUs - other.cpuUs;
const timesAsFast = (one: Run, other: Run): number => one.perSecond / other.perSecond;

async function* overhead(field: Field): AsyncGenerator<Figure> {
  const { upstream } = field;
  const bare = contender(field.bare, COUNT);
  const held = contender(field.memory, COUNT);
  const lent = contender(field.leased, COUNT);
  const other = contender(field.portkey, PORTKEY_COUNT);
  await takeTurns([bare, held, lent, other], upstream, ROUNDS);
  const cpu = ({ runs }: Contender): number => median(runs.map(({ cpuUs }) => cpuUs));
  const rate = ({ runs }: Contender): number => median(runs.map(({ perSecond }) => perSecond));
  yield context("CPU of the bare proxy", cpu(bare), "us per request");
  yield atMost(
    "CPU above it, holds in memory",
    compared(held, bare, moreCpu),
    "us per request",
    25,
  );
  yield atMost(
    "CPU above it, leases and ledger entries",
    compared(lent, bare, moreCpu),
    "us per request",
    25,
  );
  yield context("CPU of Portkey's gateway", cpu(other), "us per request");
  yield context("requests a second, bare proxy", rate(bare), "per second");
  yield context("requests a second, leases and ledger entries", rate(lent), "per second");
  yield context("requests a second, Portkey's", rate(other), "per second");
  yield atLeast(
    "against Portkey's, holds in memory",
    compared(held, other, timesAsFast),
    "times",
    8,
  );
  yield atLeast(
    "against Portkey's, leases and ledger entries",
    compared(lent, other, timesAsFast),
    "times",
    8,
  );
  const bareStream = contender(field.bare, STREAMS);
  const heldStream = contender(field.memory, STREAMS);
  await takeTurns([bareStream, heldStream], upstream, STREAM_ROUNDS, true);
  yield context(
    "CPU above it, a stream of 43 events",
    compared(heldStream, bareStream, moreCpu),
    "us per stream",
  );
}

/**
 * What answers to keys take that are of no use; in a run one after the other, so that what a client
 * could measure is measured. For the eye: what holds is the one way they all take, which a test watches.
 */
async function* keyTimes({ upstream, memory: gate }: Field): AsyncGenerator<Figure> {
  const keys = [
    ["that never was", "sk-unheard-of", 401],
    ["that is one char off", "sk-bencH", 401],
    ["that was revoked", "sk-ended", 403],
  ] as const;
  const times = new Map<string, number[]>(keys.map(([name]) => [name, []]));
  for (let round = 0; round < KEY_ROUNDS; round += 1) {
    for (const [name, key, status] of keys) {
      // One on each connection: it is closed with the refusal.
      const asking = { count: 1, clients: 1, upstream, key, status };
      times.get(name)?.push(...(await ask(gate.port, asking)).latencies);
    }
  }
  for (const [name, values] of times) {
    yield context(`the answer to a key ${name}`, median(values) * 1_000, "us");
  }
}

async function* added({ upstream, bare, memory: gate, leased }: Field): AsyncGenerator<Figure> {
  const direct: Contender = { port: Number(new URL(upstream).port), count: SLOW_COUNT, runs: [] };
  const [plain, held, lent] = [bare, gate, leased].map((one) => contender(one, SLOW_COUNT));
  if (!plain || !held || !lent) throw new Error("three are compared");
  await takeTurns([direct, plain, held, lent], upstream, ROUNDS);
  // Of all rounds together: a moment in which the machine was away is then its own share of them.
  const p99 = ({ runs }: Contender): number =>
    percentile(
      runs.flatMap(({ latencies }) => latencies),
      99,
    );
  const addedBy = (one: Contender): number => p99(one) - p99(direct);
  yield context("p99 direct", p99(direct), "ms");
  yield context("p99 added by the bare proxy", addedBy(plain), "ms");
  const twice = Number((2 * addedBy(plain)).toFixed(2));
  yield atMost("p99 added, holds in memory", addedBy(held), "ms", twice);
  yield atMost("p99 added, leases and ledger entries", addedBy(lent), "ms", twice);
}

/** What is left after a collection, early and late: a leak of 100 bytes a request would be 8 MB. */
async function* memory({ upstream, leased }: Field): AsyncGenerator<Figure> {
  const early = SOAK / 5;
  await ask(leased.port, { count: early, clients: CLIENTS, upstream });
  const before = await leased.vitals("collected");
  await ask(leased.port, { count: SOAK - early, clients: CLIENTS, upstream });
  const after = await leased.vitals("collected");
  const grown = (after.heapBytes - before.heapBytes) / (SOAK - early);
  yield context("resident memory", after.rssBytes / 1e6, "MB");
  yield atMost(`heap growth over ${SOAK} requests`, grown, "bytes per request", 20);
}
