import { parseArgs } from "node:util";
import pg from "pg";
import { endUserIds } from "#apps/connectors/end-user.ts";
import { importFile } from "#apps/connectors/file-import.ts";
import { rowTypes } from "#core/db/row-types.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger } from "#core/ledger/ledger.ts";
import { BENCH_NOW } from "./database.ts";

/** Imports one file in a process of its own, and prints the most memory it held, in bytes. */
const { values } = parseArgs({
  options: { url: { type: "string" }, org: { type: "string" }, file: { type: "string" } },
});
const { url: connectionString, org, file } = values;
if (connectionString === undefined || org === undefined || file === undefined) {
  throw new Error("wants --url, --org and --file");
}
const orgId = Number(org);
const options = "-c role=aispend_app";
const pool = new pg.Pool({ connectionString, types: rowTypes, max: 4, options });
const ledger = createLedger({
  pool,
  clock: BENCH_NOW,
  contextOf: cachedContexts(pool, BENCH_NOW),
});
const endUserId = endUserIds(Buffer.alloc(32));
await importFile({ ledger, clock: BENCH_NOW, endUserId }, { orgId, file });
await pool.end();
process.stdout.write(`${process.resourceUsage().maxRSS * 1024}\n`);
