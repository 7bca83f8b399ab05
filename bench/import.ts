import { execFile } from "node:child_process";
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { from as copyFrom } from "pg-copy-streams";
import { endUserIds } from "#apps/connectors/end-user.ts";
import { importFile } from "#apps/connectors/file-import.ts";
import { transaction } from "#core/db/transaction.ts";
import { book } from "#core/ledger/book.ts";
import { loadContext } from "#core/ledger/context.ts";
import { copyLine, ENTRY_COLUMNS, type Entry } from "#core/ledger/entry.ts";
import { draftOf, entryOf, wantedNames } from "#core/ledger/prepare.ts";
import type { UsageEvent } from "#core/ledger/schema.ts";
import { BENCH_NOW, type BenchDatabase, makeCompany, openBenchDatabase } from "./database.ts";
import { atLeast, atMost, type Bench, context, type Figure, percentile } from "./figure.ts";
import { postFigures } from "./post.ts";
import { COMPANY, makeUsage } from "./usage.ts";

const ROWS = 200_000;
const BATCH = 10_000;
const CONNECTIONS = 2;
const ROUNDS = 3;

/** Rows per second of `work`, the median of some rounds. */
async function rate(rows: number, work: (round: number) => Promise<void>): Promise<number> {
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now();
    await work(round);
    rates.push((rows / (performance.now() - start)) * 1000);
  }
  return percentile(rates, 50);
}

/** The same entries into a table without index, from memory: what the server does at best. */
async function rawCopyRate(database: BenchDatabase, entries: readonly Entry[]): Promise<number> {
  const { owner } = database;
  await owner.query("create table raw_copy (like ledger_entry)");
  const chunks: Buffer[] = [];
  for (let start = 0; start < entries.length; start += 500) {
    const lines = entries
      .slice(start, start + 500)
      .map((entry) => copyLine(0, entry, ENTRY_COLUMNS).slice(2));
    chunks.push(Buffer.from(lines.join("")));
  }
  const result = await rate(entries.length, async () => {
    await owner.query("truncate raw_copy");
    const client = await owner.connect();
    try {
      const copy = client.query(copyFrom(`copy raw_copy (${ENTRY_COLUMNS.join(", ")}) from stdin`));
      await pipeline(Readable.from(chunks), copy);
    } finally {
      client.release();
    }
  });
  await owner.query("drop table raw_copy");
  return result;
}

async function entriesOf(
  database: BenchDatabase,
  orgId: number,
  events: readonly UsageEvent[],
): Promise<Entry[]> {
  const now = BENCH_NOW();
  const org = await loadContext(database.pool, orgId, now);
  const drafts = events.flatMap((event, index) => {
    const draft = draftOf(org, event, index, now, {});
    return "state" in draft ? [] : [draft];
  });
  await database.ledger.names.ensure(orgId, wantedNames(drafts));
  return drafts.map((draft) => entryOf(org, draft, database.ledger.names, now));
}

/** Batches through `connections` workers at once. */
async function inBatches<T>(
  rows: readonly T[],
  size: number,
  connections: number,
  work: (batch: readonly T[]) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < rows.length) {
      const batch = rows.slice(next, next + size);
      next += size;
      await work(batch);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
}

async function bookRate(database: BenchDatabase, entries: readonly Entry[]): Promise<number> {
  return rate(entries.length, (round) =>
    inBatches(
      entries.map((entry) => ({ ...entry, source: `round-${round}` })),
      BATCH,
      CONNECTIONS,
      (batch) => transaction(database.pool, (tx) => book(tx, batch)),
    ),
  );
}

function csvOf(events: readonly UsageEvent[]): string {
  const lines = events.map(({ occurredAt, provider, model, tags, tokens }) =>
    [
      occurredAt,
      provider,
      model,
      tags.team,
      tags.project,
      tags.agent,
      tags.person,
      tokens.input,
      tokens.cacheRead,
      tokens.output,
    ].join(","),
  );
  return [
    "ts,provider,model,team,project,agent,user,input_tokens,cached_input_tokens,output_tokens",
    ...lines,
    "",
  ].join("\n");
}

/**
 * The most memory in MB that a process holds which imports `file` and does nothing else. Its heap is
 * bounded: without, what is measured is when V8 found time to collect.
 */
async function peakMemory(url: string, orgId: number, file: string): Promise<number> {
  const script = fileURLToPath(new URL("./import-process.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...["--max-old-space-size=256", "--import", "tsx", script],
    ...["--url", url, "--org", String(orgId), "--file", file],
  ]);
  return Number(stdout) / 1e6;
}

/** A file of `rows` calls, written piece by piece so that it is never in memory. */
async function writeUsage(file: string, rows: number): Promise<void> {
  const shape = { ...COMPANY, start: Date.UTC(2026, 0, 1) };
  for (let start = 0; start < rows; start += BATCH) {
    const text = csvOf(makeUsage(shape, start, Math.min(BATCH, rows - start), 17));
    await appendFile(file, start === 0 ? text : text.slice(text.indexOf("\n") + 1));
  }
}

async function* fileFigures(
  database: BenchDatabase,
  orgId: number,
  raw: number,
  progress: (text: string) => void,
): AsyncGenerator<Figure> {
  const folder = await mkdtemp(join(tmpdir(), "aispend-bench-"));
  const deps = {
    ledger: database.ledger,
    clock: BENCH_NOW,
    endUserId: endUserIds(Buffer.alloc(32)),
  };
  const importing = (name: string) => importFile(deps, { orgId, file: join(folder, name) });
  try {
    const events = makeUsage({ ...COMPANY, start: Date.UTC(2027, 0, 1) }, 0, ROWS, 9);
    progress("importing a CSV file");
    const parsed = await rate(ROWS, async (round) => {
      const file = `round-${round}.csv`;
      await writeFile(join(folder, file), csvOf(events));
      const start = performance.now();
      await importing(file);
      progress(`${Math.round((ROWS / (performance.now() - start)) * 1000)} rows/s`);
    });
    yield atLeast("import of a CSV file / raw copy", parsed / raw, "ratio", 0.1);
    progress("importing a file ten times larger");
    await writeUsage(join(folder, "small.csv"), ROWS);
    const small = await peakMemory(database.url, orgId, join(folder, "small.csv"));
    await writeUsage(join(folder, "large.csv"), ROWS * 10);
    const large = await peakMemory(database.url, orgId, join(folder, "large.csv"));
    yield context("peak memory importing 200,000 rows", small, "MB");
    yield atMost("peak memory importing ten times as many / that", large / small, "ratio", 1.25);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function* run(progress: (text: string) => void): AsyncGenerator<Figure> {
  const database = await openBenchDatabase();
  try {
    const orgId = await makeCompany(database.owner, "bench", COMPANY);
    for (let month = 0; month < 24; month += 1) {
      const day = new Date(Date.UTC(2026, month, 1)).toISOString().slice(0, 10);
      await database.pool.query("select ensure_ledger_partition($1::date)", [day]);
    }
    const entries = await entriesOf(database, orgId, makeUsage(COMPANY, 0, ROWS));
    progress("raw COPY of the same rows");
    const raw = await rawCopyRate(database, entries);
    yield context("raw copy", raw, "rows/s");
    progress("booking rows from memory");
    const booked = await bookRate(database, entries);
    yield atLeast("import from memory / raw copy", booked / raw, "ratio", 0.14);
    yield* fileFigures(database, orgId, raw, progress);
    yield* postFigures(database, orgId, raw, progress);
  } finally {
    await database.close();
  }
}

export const importBench: Bench = {
  name: "import",
  about: "ways in: from memory, from a CSV file, over HTTP, against a raw COPY",
  run,
};
