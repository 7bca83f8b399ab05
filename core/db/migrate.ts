import { fileURLToPath } from "node:url";
import { runner } from "node-pg-migrate";
import pg from "pg";
import { AispendError } from "../errors.ts";

const MIGRATIONS = fileURLToPath(new URL("../../migrations", import.meta.url));

/**
 * Applies what is missing of migrations/, in one transaction under an advisory lock: two replicas
 * that start at once wait for each other. Returns the names applied. Throws `migration_failed`; the
 * database is then as it was.
 */
export async function migrate(ownerUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: ownerUrl });
  // A lost connection also fails the query that runs; without a listener it would end the process.
  let lost: Error | undefined;
  client.on("error", (error) => {
    lost = error;
  });
  await client.connect();
  try {
    const applied = await runner({
      dbClient: client,
      dir: MIGRATIONS,
      direction: "up",
      migrationsTable: "schema_migration",
      singleTransaction: true,
      advisoryLockMode: "wait",
      log: () => undefined,
      verbose: false,
    });
    return applied.map((migration) => migration.name);
  } catch (error) {
    throw migrationFailed(lost ?? error);
  } finally {
    await client.end();
  }
}

function migrationFailed(error: unknown): AispendError {
  const said = error instanceof Error ? error.message.split("\n")[0] : String(error);
  return new AispendError("migration_failed", `the database could not be migrated: ${said}`, {
    kind: "unavailable",
    help: "The login of DATABASE_OWNER_URL (or DATABASE_URL) must own the database and its tables.",
    cause: error,
  });
}
