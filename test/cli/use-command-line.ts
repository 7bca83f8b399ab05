import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { requestCommandLineCode } from "#core/org/identity.ts";
import { type Acme, NOW, personId } from "#test/chat/acme.ts";
import type { TestDatabase } from "#test/database/clone.ts";
import { aispend, type Ran, SECRET_KEY } from "./command-line.ts";

export interface CommandLineWorld {
  /** Where the commands run, and find aispend.yaml. */
  readonly folder: string;
  readonly line: (...words: string[]) => Promise<Ran>;
  readonly lineAt: (now: Date, ...words: string[]) => Promise<Ran>;
}

/** The command line on the test's database, in a folder of its own, on 22 November. At file level. */
export function useCommandLine(database: TestDatabase, now = NOW): CommandLineWorld {
  const folder = mkdtempSync(join(tmpdir(), "aispend-line-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const lineAt = (at: Date, ...words: string[]) => {
    const environment = {
      DATABASE_URL: database.url,
      AISPEND_SECRET_KEY: SECRET_KEY,
      AISPEND_HOME: join(folder, "home"),
    };
    return aispend({ environment, workingFolder: folder, now: at }, ...words);
  };
  return { folder, lineAt, line: (...words) => lineAt(now, ...words) };
}

/**
 * Acme's people on the command line, each time with a fresh code; their clock moves on, as only a few
 * codes an hour are given.
 */
export function provenPeople(
  database: TestDatabase,
  { lineAt }: CommandLineWorld,
  acme: () => Acme,
): (who: string, ...words: string[]) => Promise<Ran> {
  let minute = 0;
  return async (who, ...words) => {
    minute += 20;
    const now = new Date(NOW.getTime() + minute * 60_000);
    const account = `slack:T1:${who}`;
    const id = personId(acme(), who);
    const code = await requestCommandLineCode(database.pool, acme().orgId, account, id, now);
    return lineAt(now, ...words, "--as", `${who}@acme.example`, "--code", code);
  };
}
