import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { runner } from "node-pg-migrate";
import pg from "pg";
import { AispendError } from "../errors.ts";

const MIGRATIONS = fileURLToPath(new URL("../../migrations", import.meta.url));
const TABLE = "schema_migration";

/**
 * Applies what is missing of migrations/, in one transaction under an advisory lock: two replicas
 * that start at once wait for each other. Returns the names applied. Throws `migration_failed`; the
 * database is then as it was.
 */
export async function migrate(ownerUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    return await migrateOn(client);
  } finally {
    await client.end();
  }
}

/** As `migrate`, on a connection of the owner's. */
export async function migrateOn(client: pg.Client): Promise<string[]> {
  // A lost connection also fails the query that runs; without a listener it would end the process.
  let lost: Error | undefined;
  client.on("error", (error) => {
    lost = error;
  });
  try {
    if (await isMigrated(client)) return [];
    const applied = await runner({
      dbClient: client,
      dir: MIGRATIONS,
      direction: "up",
      migrationsTable: TABLE,
      singleTransaction: true,
      advisoryLockMode: "wait",
      log: () => undefined,
      verbose: false,
    });
    return applied.map((migration) => migration.name);
  } catch (error) {
    throw migrationFailed(lost ?? error);
  }
}

/** Each command of the command line asks; the runner would read every file, under the lock. */
async function isMigrated(client: pg.Client): Promise<boolean> {
  const { rows: found } = await client.query<{ there: boolean }>(
    "select to_regclass($1) is not null as there",
    [TABLE],
  );
  if (found[0]?.there !== true) return false;
  const { rows } = await client.query<{ name: string }>(`select name from ${TABLE}`);
  const applied = new Set(rows.map((row) => row.name));
  const names = await migrationNames();
  return names.length === applied.size && names.every((name) => applied.has(name));
}

/** What this release was written for, as schema_migration names it. */
export async function migrationNames(): Promise<string[]> {
  const files = await readdir(MIGRATIONS);
  return files.filter((file) => file.endsWith(".sql")).map((file) => file.replace(/\.sql$/, ""));
}

function migrationFailed(error: unknown): AispendError {
  const said = error instanceof Error ? error.message.split("\n")[0] : String(error);
  return new AispendError("migration_failed", `the database could not be migrated: ${said}`, {
    kind: "unavailable",
    help: "The login of DATABASE_OWNER_URL (or DATABASE_URL) must own the database and its tables.",
    cause: error,
  });
}
