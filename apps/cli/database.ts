import { type Config, readConfig } from "#apps/server/config.ts";
import { connect, type Database } from "#core/db/connect.ts";
import type { CommandLine } from "./command-line.ts";

export function configOf(line: CommandLine): Config {
  return readConfig(line.environment, line.workingFolder);
}

/** Opens the database that the environment names, embedded or not, for the time of `work`. */
export async function withDatabase<T>(
  line: CommandLine,
  work: (database: Database, config: Config) => Promise<T>,
): Promise<T> {
  const config = configOf(line);
  const database = await connect({
    databaseUrl: config.databaseUrl,
    ownerUrl: config.ownerUrl,
    home: config.home,
    applicationName: "cli",
    max: 4,
    log: (text) => line.err.write(`${text}\n`),
  });
  try {
    return await work(database, config);
  } finally {
    await database.close();
  }
}
