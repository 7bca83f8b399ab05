import type { Database } from "#core/db/connect.ts";
import { migrationNames } from "#core/db/migrate.ts";

/**
 * What keeps this process from answering, for /readyz: the database cannot be reached, or its schema
 * is not the one that this release was written for. In words without addresses or names.
 */
export function readinessOf(database: Database): () => Promise<string[]> {
  const names = migrationNames();
  return async () => {
    const known = await names;
    const applied = await appliedMigrations(database);
    if (applied === undefined) return ["The database cannot be reached."];
    const missing = known.filter((name) => !applied.has(name));
    if (missing.length > 0) return [`The database lacks ${missing.length} migrations.`];
    const newer = [...applied].filter((name) => !known.includes(name));
    return newer.length === 0 ? [] : ["The database was migrated by a newer release."];
  };
}

async function appliedMigrations(database: Database): Promise<Set<string> | undefined> {
  try {
    await database.pool.query("select 1");
    const { rows } = await database
      .owner()
      .query<{ name: string }>("select name from schema_migration");
    return new Set(rows.map(({ name }) => name));
  } catch {
    // The reason is in the log of the pool; here only that it cannot be reached counts.
    return undefined;
  }
}
