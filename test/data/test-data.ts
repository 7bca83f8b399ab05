import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import pg from "pg";
import { z } from "zod";
import { endUserIds } from "#apps/connectors/end-user.ts";
import { importFile } from "#apps/connectors/file-import.ts";
import { rowTypes } from "#core/db/row-types.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger } from "#core/ledger/ledger.ts";
import { verifyLedger } from "#core/ledger/verify.ts";
import { OwnPrice } from "#core/pricing/schema.ts";
import { databaseUrl, makeTemplate } from "#test/database/template.ts";
import { makeScopes } from "#test/ledger/scopes.ts";
import { findInCsv, type Survey, survey, surveyJsonLines } from "./ledger-folder.ts";
import { firstDifference, measuredTotals, type Totals, Truth } from "./truth.ts";

/** US dollars per million tokens, by model. */
const PriceFile = z.record(
  z.string(),
  z.strictObject({ input: z.number(), output: z.number(), cached_input: z.number() }),
);

class Different extends Error {}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8"));
}

function ownPrices(file: string): OwnPrice[] {
  if (!existsSync(file)) return [];
  return Object.entries(PriceFile.parse(readJson(file))).map(([model, price]) =>
    OwnPrice.parse({
      model,
      input: price.input,
      output: price.output,
      cache_read: price.cached_input,
    }),
  );
}

interface Databases {
  readonly owner: pg.Pool;
  readonly pool: pg.Pool;
}

async function agreePrices(
  owner: pg.Pool,
  orgId: number,
  prices: readonly OwnPrice[],
): Promise<void> {
  for (const [position, price] of prices.entries()) {
    await owner.query(
      "insert into price_agreement (org_id, kind, position, terms) values ($1, 'own', $2, $3)",
      [orgId, position, JSON.stringify(price)],
    );
  }
}

/** Imports a file into an organisation of its own, whose scopes are the names in its rows. */
async function importInto(
  { owner, pool }: Databases,
  file: string,
  name: string,
  { paths, models, period }: Survey,
  prices: readonly OwnPrice[],
): Promise<{ orgId: number; rows: number; how: string }> {
  const made = await owner.query<{ id: number }>(
    "insert into organization (key, name, entry_months) values ($1, $1, 240) returning id",
    [name.toLowerCase()],
  );
  const orgId = made.rows[0]?.id ?? 0;
  await makeScopes(owner, orgId, paths);
  await agreePrices(owner, orgId, prices);
  const priced = models.every((model) => prices.some((price) => price.model === model));
  // The day after the last row: the machine's own clock may be behind the data.
  const clock = () => new Date(`${period.end}T00:00:00Z`);
  const ledger = createLedger({ pool, clock, contextOf: cachedContexts(pool, clock) });
  const started = performance.now();
  const summary = await importFile(
    { ledger, clock, endUserId: endUserIds(new Uint8Array(32)) },
    { orgId, file, cost: priced ? "price" : "reported" },
  );
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const { rows, appended, unpriced, problems } = summary;
  if (appended !== rows || unpriced > 0) {
    const [first] = problems;
    const why = first === undefined ? "" : `; line ${first.line}: ${first.reason}`;
    throw new Different(`${name}: ${rows} rows, ${appended} appended, ${unpriced} unpriced${why}`);
  }
  const { difference } = await verifyLedger(pool, orgId);
  if (difference !== undefined) throw new Different(`${name}: ${JSON.stringify(difference)}`);
  return { orgId, rows, how: `${priced ? "own prices" : "reported costs"}, ${seconds} s` };
}

async function checkCsv(
  databases: Databases,
  file: string,
  name: string,
  expected: Readonly<Record<string, Totals>>,
  prices: readonly OwnPrice[],
): Promise<void> {
  const found = await survey(file);
  const { orgId, rows, how } = await importInto(databases, file, name, found, prices);
  const measured = await measuredTotals(databases.pool, orgId, found.period);
  const difference = firstDifference(expected, measured);
  if (difference !== undefined) throw new Different(`${name}: ${difference}`);
  const totals = Object.keys(expected).length;
  say(`${name}: ${rows} rows imported (${how}), ${totals} totals equal to the last digit`);
}

/** Every JSON line is a row of the CSV files, value by value, and imports to the sum of those rows. */
async function checkJsonLines(
  databases: Databases,
  file: string,
  csvFiles: readonly string[],
  prices: readonly OwnPrice[],
): Promise<void> {
  const name = basename(file).replace(/\.gz$/, "");
  const found = await surveyJsonLines(file);
  const { missing, totals } = await findInCsv(found.lines, csvFiles);
  if (missing !== undefined) throw new Different(`${name}: no CSV file has the row ${missing}`);
  const { orgId, rows, how } = await importInto(databases, file, name, found, prices);
  const all = (await measuredTotals(databases.pool, orgId, found.period)).get("all");
  const measured = new Map(all === undefined ? [] : [["all", all] as const]);
  const difference = firstDifference({ all: totals }, measured);
  if (difference !== undefined) throw new Different(`${name}: ${difference}`);
  say(`${name}: ${rows} lines are rows of the CSV files, imported (${how}) to the same total`);
}

/** end() resolves before the sockets are closed, and dropping the database cuts them off. */
function openPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({ ...config, types: rowTypes });
  pool.on("error", (error) => {
    if (!pool.ending) throw error;
  });
  return pool;
}

async function checkFolder(databases: Databases, folder: string): Promise<void> {
  const truth = Truth.parse(readJson(join(folder, "truth_totals.json")));
  const prices = ownPrices(join(folder, "prices.json"));
  const files = readdirSync(folder).filter((name) => /^requests_.*\.csv\.gz$/.test(name));
  if (files.length === 0) throw new Different(`${folder} has no requests_*.csv.gz`);
  for (const fileName of files.sort()) {
    const name = fileName.replace(/\.csv\.gz$/, "");
    const expected = truth[name];
    if (expected === undefined) throw new Different(`truth_totals.json has nothing for ${name}`);
    await checkCsv(databases, join(folder, fileName), name, expected, prices);
  }
  const csvFiles = files.map((fileName) => join(folder, fileName));
  for (const fileName of readdirSync(folder).filter((name) =>
    /^requests_.*\.jsonl\.gz$/.test(name),
  )) {
    await checkJsonLines(databases, join(folder, fileName), csvFiles, prices);
  }
}

async function main(): Promise<number> {
  const folder = resolve(process.argv[2] ?? "../shared/data/ledger");
  if (!existsSync(folder)) {
    say(`skipped: there is no folder ${folder}; name one with: npm run test:data -- FOLDER`);
    return 0;
  }
  const template = await makeTemplate();
  const connectionString = databaseUrl(template.serverUrl, template.name);
  const owner = openPool({ connectionString, max: 2 });
  const pool = openPool({ connectionString, max: 4, options: "-c role=aispend_app" });
  try {
    await checkFolder({ owner, pool }, folder);
    say("all totals are exact");
    return 0;
  } catch (error) {
    if (!(error instanceof Different)) throw error;
    process.stderr.write(`different: ${error.message}\n`);
    return 1;
  } finally {
    await pool.end();
    await owner.end();
    await template.drop();
  }
}

process.exitCode = await main();
