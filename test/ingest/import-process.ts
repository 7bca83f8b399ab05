import pg from "pg";
import { importFile } from "#apps/connectors/file-import.ts";
import { rowTypes } from "#core/db/row-types.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger } from "#core/ledger/ledger.ts";

/** A process of its own that imports a file; the tests bundle it, start it and kill it. */
export interface ImportTask {
  readonly url: string;
  readonly orgId: number;
  readonly file: string;
  readonly checkpointFolder: string;
  readonly now: string;
}

async function main(task: ImportTask): Promise<void> {
  const pool = new pg.Pool({
    connectionString: task.url,
    max: 3,
    options: "-c role=aispend_app",
    types: rowTypes,
  });
  const clock = () => new Date(task.now);
  const ledger = createLedger({ pool, clock, contextOf: cachedContexts(pool, clock) });
  const { orgId, file, checkpointFolder } = task;
  const endUserId = (endUser: string) => endUser;
  await pool.query("select 1");
  process.stdout.write("started\n");
  const request = { orgId, file, checkpointFolder, batchRows: 250 };
  const summary = await importFile({ ledger, clock, endUserId }, request);
  process.stdout.write(`${JSON.stringify(summary)}\n`);
  await pool.end();
}

void main(JSON.parse(process.argv[2] ?? "{}"));
