import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import type { TestDatabase } from "#test/database/clone.ts";
import { aispend, type Ran, SECRET_KEY } from "./command-line.ts";

export interface CommandLineWorld {
  /** Where the commands run, and find aispend.yaml. */
  readonly folder: string;
  readonly line: (...words: string[]) => Promise<Ran>;
}

/** The command line on the test's database, in a folder of its own, on 22 November. At file level. */
export function useCommandLine(
  database: TestDatabase,
  now = new Date("2026-11-22T14:30:00Z"),
): CommandLineWorld {
  const folder = mkdtempSync(join(tmpdir(), "aispend-line-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const line = (...words: string[]) => {
    const environment = {
      DATABASE_URL: database.url,
      AISPEND_SECRET_KEY: SECRET_KEY,
      AISPEND_HOME: join(folder, "home"),
    };
    return aispend({ environment, workingFolder: folder, now }, ...words);
  };
  return { folder, line };
}
