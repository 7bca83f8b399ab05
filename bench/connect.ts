import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { makeOrganization } from "#test/ledger/entries.ts";
import { openBenchDatabase } from "./database.ts";
import { atMost, type Bench, context, type Figure } from "./figure.ts";
import { reconcileFigures } from "./reconcile.ts";

const KEYS = 1_000;
const MODELS = 12;
const DAYS = 90;
/** Read in full by BENCH_CONNECT_DAYS=90; a quarter of it tells the same rate. */
const MEASURED_DAYS = Number(process.env.BENCH_CONNECT_DAYS ?? 24);
const FEW_DAYS = 8;
const BAR_SECONDS = 60;

interface Run {
  readonly seconds: number;
  readonly lines: number;
  readonly cpuSeconds: number;
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
  const backFill = async (days: number): Promise<Run> => {
    const orgId = await makeOrganization(database.owner, `connect-${days}`);
    await database.owner.query("update organization set entry_months = 240 where id = $1", [orgId]);
    progress(`back-filling ${days} days of ${KEYS} keys and ${MODELS} models`);
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...["--import", "tsx", READER],
      ...["--url", database.url, "--source", source.url],
      ...["--org", String(orgId), "--days", String(days)],
    ]);
    return JSON.parse(stdout);
  };
  try {
    const few = await backFill(FEW_DAYS);
    const many = await backFill(MEASURED_DAYS);
    yield context("lines a second, source included", many.lines / many.seconds, "lines/s");
    // The start of the process is not of the back-fill: by how much more days take longer.
    const ofAll = (figure: "seconds" | "cpuSeconds") =>
      ((many[figure] - few[figure]) / (MEASURED_DAYS - FEW_DAYS)) * DAYS;
    const size = `${DAYS} days x ${KEYS} keys x ${MODELS} models`;
    const name = `back-fill of ${size}, at the rate of ${MEASURED_DAYS} days`;
    yield atMost(name, ofAll("seconds"), "s", BAR_SECONDS);
    yield context("of it, processor time of the reader", ofAll("cpuSeconds"), "s");
    yield context(`peak memory of ${FEW_DAYS} days`, few.megabytes, "MB");
    yield atMost(
      `peak memory of ${MEASURED_DAYS} days / that`,
      many.megabytes / few.megabytes,
      "ratio",
      1.35,
    );
    yield* reconcileFigures(database, progress);
  } finally {
    source.stop();
    await database.close();
  }
}

export const connectBench: Bench = {
  name: "connect",
  about: "back-fill of a large account, and a reconciliation of real traffic to the last digit",
  run,
};
