import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { makeOrganization } from "#test/ledger/entries.ts";
import { openBenchDatabase } from "./database.ts";
import { atMost, type Bench, context, type Figure } from "./figure.ts";
import { reconcileFigures } from "./reconcile.ts";

const KEYS = 1_000;
const MODELS = 12;
/** Fewer than 90 say the rate sooner, and are then said to be fewer. */
const DAYS = Number(process.env.BENCH_CONNECT_DAYS ?? 90);
const FEW_DAYS = 8;
const WHOLE_SECONDS = 300;
const OWN_SECONDS = 60;

interface Run {
  readonly seconds: number;
  readonly lines: number;
  readonly cpuSeconds: number;
  /** The loop had nothing to do: it waited for Postgres, or for the source. */
  readonly idleSeconds: number;
  readonly megabytes: number;
}

const SOURCE = fileURLToPath(new URL("./connect-server.ts", import.meta.url));
const READER = fileURLToPath(new URL("./connect-process.ts", import.meta.url));

async function startSource(): Promise<{ url: string; stop: () => void }> {
  const words = ["--import", "tsx", SOURCE, "--keys", `${KEYS}`, "--models", `${MODELS}`];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  const [chunk] = await once(child.stdout, "data");
  return { url: String(chunk).trim(), stop: () => child.kill() };
}

async function* run(progress: (text: string) => void): AsyncGenerator<Figure> {
  const database = await openBenchDatabase();
  const source = await startSource();
  const home = mkdtempSync(join(tmpdir(), "aispend-bench-"));
  const connect = async (kind: "openai" | "anthropic", days: number): Promise<Run> => {
    const org = `connect-${kind}-${days}`;
    const orgId = await makeOrganization(database.owner, org);
    await database.owner.query("update organization set entry_months = 240 where id = $1", [orgId]);
    progress(`aispend connect ${kind}: ${days} days of ${KEYS} keys and ${MODELS} models`);
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...["--import", "tsx", READER, "--url", database.url, "--source", source.url],
      ...["--kind", kind, "--org", org, "--days", String(days), "--home", home],
    ]);
    return JSON.parse(stdout);
  };
  try {
    const few = await connect("openai", FEW_DAYS);
    const many = await connect("openai", DAYS);
    yield* figuresOf("openai", many);
    yield context(`peak memory of ${FEW_DAYS} days`, few.megabytes, "MB");
    yield atMost(
      `peak memory of ${DAYS} days / that`,
      many.megabytes / few.megabytes,
      "ratio",
      1.35,
    );
    yield* figuresOf("anthropic", await connect("anthropic", DAYS));
    yield* reconcileFigures(database, progress);
  } finally {
    source.stop();
    rmSync(home, { recursive: true, force: true });
    await database.close();
  }
}

/** Where fewer days are read, the bars are as much lower. */
function* figuresOf(kind: string, run: Run): Generator<Figure> {
  const part = Math.min(1, DAYS / 90);
  const size = `${DAYS} days x ${KEYS} keys x ${MODELS} models`;
  yield context(`${kind}: lines a second, source included`, run.lines / run.seconds, "lines/s");
  const whole = `${kind}: connect to picture, ${size}`;
  yield atMost(whole, run.seconds, "s", Math.round(WHOLE_SECONDS * part));
  // More than our own: when there was nothing to do but wait for the source is in it too.
  const own = run.cpuSeconds + run.idleSeconds;
  yield atMost(`${kind}: own time of it`, own, "s", Math.round(OWN_SECONDS * part));
  yield context(`${kind}: processor time of the reader`, run.cpuSeconds, "s");
  yield context(`${kind}: waiting for Postgres and the source`, run.idleSeconds, "s");
}

export const connectBench: Bench = {
  name: "connect",
  about: "a large account from its key to its picture, and a reconciliation to the last digit",
  run,
  isLong: true,
};
