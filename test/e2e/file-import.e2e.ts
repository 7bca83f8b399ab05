import { appendFile, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endUserIds } from "#apps/connectors/end-user.ts";
import {
  type ImportProblem,
  type ImportProgress,
  type ImportRequest,
  importFile,
} from "#apps/connectors/file-import.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger, type Ledger } from "#core/ledger/ledger.ts";
import { spendTotal } from "#core/ledger/spend.ts";
import type { Day } from "#core/time.ts";
import { useDatabase } from "#test/database/clone.ts";
import { ledgerTotals } from "#test/ingest/ledger-totals.ts";
import { usageCsv } from "#test/ingest/usage-file.ts";
import { makeOrganization } from "#test/ledger/entries.ts";

const database = useDatabase();
const JULY = { start: "2026-07-01" as Day, end: "2026-08-01" as Day };
const clock = () => new Date("2026-08-01T00:00:00Z");
let folder = "";
let ledger: Ledger;
let organizations = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "aispend-import-test-"));
  const contextOf = cachedContexts(database.pool, clock);
  ledger = createLedger({ pool: database.pool, clock, contextOf });
});
afterAll(() => rm(folder, { recursive: true }));

const newOrganization = () => {
  organizations += 1;
  return makeOrganization(database.owner, `org-${organizations}`);
};

async function write(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

function run(orgId: number, file: string, over: Partial<ImportRequest> = {}, into = ledger) {
  const endUserId = endUserIds(new Uint8Array(32));
  return importFile({ ledger: into, clock, endUserId }, { orgId, file, ...over });
}

const requests = async (orgId: number) =>
  Number((await spendTotal(database.pool, orgId, {}, JULY)).requests);

/** Rows so long that a file of a few hundred arrives in several pieces. */
function longRows(rows: number, first = 0): string {
  const lines = usageCsv(rows, first).trimEnd().split("\n");
  const notes = lines.map((line, at) => `${line},${at === 0 ? "note" : "x".repeat(900)}\n`);
  return notes.join("");
}

describe("the import of a file", () => {
  it("stores the good rows, returns the bad ones by line, and counts both", async () => {
    const orgId = await newOrganization();
    const lines = usageCsv(8).trimEnd().split("\n");
    lines.splice(3, 0, "not,a,row");
    lines.splice(5, 0, '2026-07-02T00:00:00Z,openai,"gpt-4o');
    lines.push("2026-07-02T00:00:00Z,openai,gpt-4o,payments,,many,0,1,0");
    lines.push("1999-07-02T00:00:00Z,openai,gpt-4o,payments,,1,0,1,0");
    const problems: ImportProblem[] = [];
    const file = await write("bad-rows.csv", `${lines.join("\n")}\n`);
    const summary = await run(orgId, file, { onProblem: (problem) => problems.push(problem) });
    expect(summary).toMatchObject({
      rows: 12,
      appended: 8,
      unpriced: 2,
      duplicates: 0,
      conflicts: 0,
      refused: 4,
      source: "import:bad-rows.csv",
      ignoredColumns: [],
      interrupted: false,
      problems: [
        { line: 4, state: "refused", reason: "it has 3 cells, the header has 9" },
        { line: 6, state: "refused", reason: "its quotes do not match" },
        { line: 12, state: "refused", reason: expect.stringContaining("input_tokens is 'many'") },
        { line: 13, state: "refused", reason: expect.stringContaining("the oldest day kept") },
      ],
    });
    expect(problems).toHaveLength(4);
    expect(await requests(orgId)).toBe(8);
  });

  it("adds nothing when it is repeated, and keeps equal rows apart", async () => {
    const orgId = await newOrganization();
    const other = await newOrganization();
    const file = await write("repeated.csv.gz", gzipSync(usageCsv(100)));
    expect(await run(orgId, file)).toMatchObject({ rows: 100, appended: 100, duplicates: 0 });
    const totals = await ledgerTotals(database.owner, orgId);
    expect(await run(orgId, file)).toMatchObject({ rows: 100, appended: 0, duplicates: 100 });
    expect(await ledgerTotals(database.owner, orgId)).toBe(totals);
    expect(await requests(other)).toBe(0);
  });

  it("gives the same entries from CSV and from JSON lines", async () => {
    const orgId = await newOrganization();
    const [header = "", ...rows] = usageCsv(50).trimEnd().split("\n");
    const names = header.split(",");
    const json = rows.map((row) =>
      JSON.stringify(Object.fromEntries(row.split(",").map((cell, at) => [names[at], cell]))),
    );
    const csv = await write("both.csv", `${header}\n${rows.join("\n")}\n`);
    const jsonl = await write("both.jsonl", json.reverse().join("\n"));
    expect(await run(orgId, csv, { source: "both" })).toMatchObject({ appended: 50 });
    expect(await run(orgId, jsonl, { source: "both" })).toMatchObject({ duplicates: 50 });
  });

  it("reports rows that say something else under an id that is taken", async () => {
    const orgId = await newOrganization();
    const header = "ts,provider,model,request_id,output_tokens";
    const row = "2026-07-02T00:00:00Z,openai,gpt-4o,r1";
    await run(orgId, await write("ids.csv", `${header}\n${row},1\n`), { source: "ids" });
    const changed = await write("ids-again.csv", `${header}\n${row},1\n${row},2\n`);
    expect(await run(orgId, changed, { source: "ids" })).toMatchObject({
      duplicates: 1,
      conflicts: 1,
      problems: [{ line: 3, state: "conflict" }],
    });
  });

  it("takes the file's own costs when told to", async () => {
    const orgId = await newOrganization();
    const file = await write("reported.csv", usageCsv(20));
    expect(await run(orgId, file, { cost: "reported" })).toMatchObject({ unpriced: 0 });
    const total = await spendTotal(database.pool, orgId, {}, JULY);
    expect(total.cost).toBe(total.reportedCost);
    expect(total.cost).toBeGreaterThan(0n);
  });

  it("writes nothing in a dry run, and says what it would do", async () => {
    const orgId = await newOrganization();
    const file = await write("dry.csv", `${usageCsv(10)}2026-07-02T00:00:00Z,,gpt-4o,,,1,0,1,0\n`);
    const summary = await run(orgId, file, { dryRun: true, checkpointFolder: join(folder, "dry") });
    expect(summary).toMatchObject({
      rows: 11,
      appended: 10,
      unpriced: 2,
      refused: 1,
      dryRun: true,
    });
    expect(summary.mapping).toContain("input_tokens = input_tokens");
    expect(await requests(orgId)).toBe(0);
    await expect(readdir(join(folder, "dry"))).rejects.toThrow(/ENOENT/);
  });

  it("reports how far it is", async () => {
    const orgId = await newOrganization();
    const file = await write("progress.csv.gz", gzipSync(usageCsv(1000)));
    const seen: ImportProgress[] = [];
    await run(orgId, file, { onProgress: (progress) => seen.push(progress) });
    const last = seen.at(-1);
    expect(last).toMatchObject({ rows: 1000, bytes: last?.totalBytes, secondsLeft: 0 });
  });

  it("fails in plain words on files that are none", async () => {
    const orgId = await newOrganization();
    await expect(run(orgId, join(folder, "absent.csv"))).rejects.toThrow(
      /cannot be read \(ENOENT\)/,
    );
    await expect(run(orgId, await write("usage.xml", ""))).rejects.toThrow(/says its format/);
    await expect(run(orgId, await write("empty.csv", ""))).rejects.toThrow(/has no rows/);
    const cut = gzipSync(usageCsv(500)).subarray(0, 3000);
    await expect(run(orgId, await write("cut.csv.gz", cut))).rejects.toThrow(
      /damaged or not whole/,
    );
  });
});

describe("an import that was cut off", () => {
  const options = { batchRows: 50, checkpointFolder: "" };
  beforeAll(() => {
    options.checkpointFolder = join(folder, "imports");
  });

  /** Stops after the given number of rows were seen; the file arrives in several pieces. */
  async function interrupted(orgId: number, file: string, rows: number) {
    const stop = new AbortController();
    return run(orgId, file, {
      ...options,
      signal: stop.signal,
      onProgress: (progress) => {
        if (progress.rows >= rows) stop.abort();
      },
    });
  }

  it("goes on after the rows that are stored, and says so", async () => {
    const whole = await newOrganization();
    const orgId = await newOrganization();
    const file = await write("resumed.csv", longRows(700));
    await run(whole, file);
    const first = await interrupted(orgId, file, 1);
    expect(first.interrupted).toBe(true);
    expect(first.rows).toBeGreaterThan(0);
    expect(first.rows).toBeLessThan(700);
    const second = await run(orgId, file, options);
    expect(second).toMatchObject({
      rows: 700,
      appended: 700,
      duplicates: 0,
      resumedAfterRow: first.rows,
      interrupted: false,
    });
    expect(await ledgerTotals(database.owner, orgId)).toBe(
      await ledgerTotals(database.owner, whole),
    );
    expect(await run(orgId, file, options)).toMatchObject({ resumedAfterRow: 0, appended: 0 });
  });

  it("starts anew when the file, the mapping or the ledger is another", async () => {
    const orgId = await newOrganization();
    const rows = longRows(700);
    const file = await write("changed.csv", rows);
    await interrupted(orgId, file, 1);
    expect(await run(orgId, file, { ...options, source: "other" })).toMatchObject({
      resumedAfterRow: 0,
    });
    await interrupted(orgId, file, 1);
    await writeFile(file, rows.replace("user-3", "user-x"));
    expect(await run(orgId, file, options)).toMatchObject({ resumedAfterRow: 0, rows: 700 });
    const restored = await newOrganization();
    await interrupted(restored, file, 1);
    // A ledger that was put back to before the import has none of its rows.
    await database.owner.query("delete from ledger_entry where org_id = $1", [restored]);
    const again = await run(restored, file, options);
    expect(again).toMatchObject({ resumedAfterRow: 0, rows: 700 });
    const { rows: stored } = await database.owner.query<{ count: number }>(
      "select count(*)::int as count from ledger_entry where org_id = $1",
      [restored],
    );
    expect(stored[0]?.count).toBe(700);
  });

  it("finds the rows that a growing file has gained", async () => {
    const orgId = await newOrganization();
    const file = await write("grown.csv", longRows(700));
    const first = await interrupted(orgId, file, 1);
    await appendFile(file, longRows(10, 700).split("\n").slice(1).join("\n"));
    expect(await run(orgId, file, options)).toMatchObject({
      rows: 710,
      appended: 710,
      resumedAfterRow: first.rows,
    });
  });

  it("keeps what was stored when the ledger fails, and goes on from there", async () => {
    const orgId = await newOrganization();
    const file = await write("failing.csv", longRows(700));
    let batches = 0;
    const failing: Ledger = {
      ...ledger,
      append: (...args) => {
        batches += 1;
        if (batches === 6) return Promise.reject(new Error("the connection is gone"));
        return ledger.append(...args);
      },
    };
    await expect(run(orgId, file, options, failing)).rejects.toThrow("the connection is gone");
    const again = await run(orgId, file, options);
    expect(again).toMatchObject({ rows: 700, resumedAfterRow: 250 });
    expect(await requests(orgId)).toBe(700);
  });
});
