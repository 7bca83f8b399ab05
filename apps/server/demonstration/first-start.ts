import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Database } from "#core/db/connect.ts";
import type { Clock } from "#core/time.ts";
import { removeDemonstration } from "./remove.ts";
import { seedDemonstration } from "./seed.ts";
import { findDemonstration } from "./store.ts";

/** There while a demonstration is being made: a start that finds it begins that anew. */
const UNFINISHED = "demonstration.unfinished";

export interface FirstStart {
  database: Database;
  clock: Clock;
  home: string;
  workingFolder: string;
  say: (line: string) => void;
}

/**
 * The demonstration's organisation. It is made only in a database that this start created, and not
 * where aispend.yaml says that somebody has an organisation of their own; one that was made before is
 * found again. Undefined where there is none.
 */
export async function prepareDemonstration(start: FirstStart): Promise<number | undefined> {
  const { database, clock, home, say } = start;
  const marker = join(home, UNFINISHED);
  const own = existsSync(join(start.workingFolder, "aispend.yaml"));
  if (database.created && !own) writeFileSync(marker, "");
  if (!existsSync(marker)) return findDemonstration(database.pool);
  if ((await findDemonstration(database.pool)) !== undefined) {
    await removeDemonstration(database.owner());
  }
  say("Making the demonstration: 90 days of an organisation's AI spend ...");
  await seedDemonstration(database.pool, clock);
  rmSync(marker);
  return findDemonstration(database.pool);
}
