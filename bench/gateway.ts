import { makeOrganization } from "#test/ledger/entries.ts";
import { openBenchDatabase } from "./database.ts";
import { atLeast, atMost, type Bench, context, type Figure, percentile } from "./figure.ts";
import { ask, type Measured } from "./gateway/client.ts";
import { type Running, startPortkey, startScript } from "./gateway/process.ts";

const CLIENTS = 64;
const WARM = 4_000;
const COUNT = 5_000;
const PORTKEY_COUNT = 1_000;
const ROUNDS = 3;
const SOAK = 100_000;
const SLOW_MS = 20;

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
    yield* overhead(fast, progress);
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
}

async function runOnce(
  one: Running,
  upstream: string,
  count: number,
  stream = false,
): Promise<Run> {
  const before = await one.vitals();
  const { perSecond } = await ask(one.port, { count, clients: CLIENTS, upstream, stream });
  const after = await one.vitals();
  return { cpuUs: (after.cpuUs - before.cpuUs) / count, perSecond };
}

/** The least disturbed of several rounds that take turns. */
function best(runs: readonly Run[]): Run {
  return {
    cpuUs: Math.min(...runs.map(({ cpuUs }) => cpuUs)),
    perSecond: Math.max(...runs.map(({ perSecond }) => perSecond)),
  };
}

async function* overhead(
  { upstream, bare, memory: gate, leased, portkey }: Field,
  progress: (text: string) => void,
): AsyncGenerator<Figure> {
  const all = [
    { one: bare, count: COUNT, runs: [] as Run[] },
    { one: gate, count: COUNT, runs: [] as Run[] },
    { one: leased, count: COUNT, runs: [] as Run[] },
    { one: portkey, count: PORTKEY_COUNT, runs: [] as Run[] },
  ];
  for (const { one, count } of all) {
    await ask(one.port, { count: Math.min(WARM, count), clients: CLIENTS, upstream });
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    progress(`round ${round + 1} of ${ROUNDS}`);
    for (const { one, count, runs } of all) runs.push(await runOnce(one, upstream, count));
  }
  const [plain, held, lent, other] = all.map(({ runs }) => best(runs));
  if (!plain || !held || !lent || !other) throw new Error("four were measured");
  yield context("CPU of the bare proxy", plain.cpuUs, "us per request");
  yield atMost("CPU above it, holds in memory", held.cpuUs - plain.cpuUs, "us per request", 25);
  yield context("CPU above it, leases and ledger", lent.cpuUs - plain.cpuUs, "us per request");
  yield context("CPU of Portkey's gateway", other.cpuUs, "us per request");
  yield context("requests a second, bare proxy", plain.perSecond, "per second");
  yield context("requests a second, leases and ledger", lent.perSecond, "per second");
  yield context("requests a second, Portkey's", other.perSecond, "per second");
  yield atLeast("against Portkey's, holds in memory", held.perSecond / other.perSecond, "times", 8);
  yield atLeast(
    "against Portkey's, leases and ledger",
    lent.perSecond / other.perSecond,
    "times",
    8,
  );
  const streams: number[] = [];
  for (const one of [bare, gate]) {
    await ask(one.port, { count: 200, clients: CLIENTS, upstream, stream: true });
    streams.push((await runOnce(one, upstream, 1_500, true)).cpuUs);
  }
  const [bareStream = 0, gateStream = 0] = streams;
  yield context("CPU above it, a stream of 43 events", gateStream - bareStream, "us per stream");
}

async function* added({ upstream, bare, memory: gate, leased }: Field): AsyncGenerator<Figure> {
  const direct = Number(new URL(upstream).port);
  const ports = [direct, bare.port, gate.port, leased.port];
  const measured: Measured[][] = ports.map(() => []);
  for (const port of ports) await ask(port, { count: WARM, clients: CLIENTS, upstream });
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, port] of ports.entries()) {
      measured[index]?.push(await ask(port, { count: 4_000, clients: CLIENTS, upstream }));
    }
  }
  const p99 = measured.map((runs) =>
    Math.min(...runs.map(({ latencies }) => percentile(latencies, 99))),
  );
  const [base = 0, plain = 0, held = 0, lent = 0] = p99;
  yield context("p99 direct", base, "ms");
  yield context("p99 added by the bare proxy", plain - base, "ms");
  const twice = 2 * (plain - base);
  yield atMost("p99 added, holds in memory", held - base, "ms", Number(twice.toFixed(2)));
  yield atMost("p99 added, leases and ledger", lent - base, "ms", Number(twice.toFixed(2)));
}

/** What is left after a collection, early and late: a leak of 100 bytes a request would be 8 MB. */
async function* memory({ upstream, memory: gate }: Field): AsyncGenerator<Figure> {
  const early = SOAK / 5;
  await ask(gate.port, { count: early, clients: CLIENTS, upstream });
  const before = await gate.vitals();
  await ask(gate.port, { count: SOAK - early, clients: CLIENTS, upstream });
  const after = await gate.vitals();
  const grown = (after.heapBytes - before.heapBytes) / (SOAK - early);
  yield context("resident memory", after.rssBytes / 1e6, "MB");
  yield atMost(`heap growth over ${SOAK} requests`, grown, "bytes per request", 20);
}
