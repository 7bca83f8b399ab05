import { fileURLToPath } from "node:url";
import { runner } from "node-pg-migrate";

const MIGRATIONS = fileURLToPath(new URL("../../migrations", import.meta.url));

/**
 * Applies what is missing of migrations/, in one transaction under an advisory lock: two replicas
 * that start at once wait for each other. Returns the names applied.
 */
export async function migrate(ownerUrl: string): Promise<string[]> {
  const applied = await runner({
    databaseUrl: ownerUrl,
    dir: MIGRATIONS,
    direction: "up",
    migrationsTable: "schema_migration",
    singleTransaction: true,
    advisoryLockMode: "wait",
    log: () => undefined,
    verbose: false,
  });
  return applied.map((migration) => migration.name);
}
