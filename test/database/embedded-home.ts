import { execFile } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach } from "vitest";
import { connect, type Database } from "#core/db/connect.ts";
import { socketFolder } from "#core/db/embedded/folder.ts";
import { makeTemporaryHome } from "./temporary-home.ts";

export interface EmbeddedHomes {
  /** Done after the test, the latest first. */
  readonly cleanUps: (() => Promise<unknown>)[];
  /** True when the database of `used` was made by this file. */
  readonly created: () => boolean;
  /** A path where nothing is yet. */
  readonly fresh: (name?: string) => Promise<string>;
  /** A home whose database was made before: making one takes longer than all the rest. */
  readonly used: (name?: string) => Promise<string>;
  readonly open: (home: string, log?: string[]) => Promise<Database>;
}

/** Homes of embedded databases for the tests of one file, removed after each. */
export function useEmbeddedHomes(): EmbeddedHomes {
  const cleanUps: (() => Promise<unknown>)[] = [];
  const seed = { parent: "", created: false };
  const seedHome = async () => {
    if (seed.parent !== "") return join(seed.parent, "home");
    seed.parent = makeTemporaryHome("aispend-home-");
    const home = join(seed.parent, "home");
    const made = await connect({ home, applicationName: "test" });
    seed.created = made.created;
    await made.close();
    return home;
  };
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });
  afterAll(async () => {
    if (seed.parent !== "") await rm(seed.parent, { recursive: true, force: true });
  });
  const fresh = async (name = "home") => {
    const parent = makeTemporaryHome("aispend-home-");
    const home = join(parent, name);
    cleanUps.push(async () => {
      const sockets = await socketFolder(join(home, "postgres")).catch(() => parent);
      await rm(sockets, { recursive: true, force: true });
      await rm(parent, { recursive: true, force: true });
    });
    return home;
  };
  return {
    cleanUps,
    created: () => seed.created,
    fresh,
    used: async (name) => {
      const home = await fresh(name);
      await promisify(execFile)("cp", ["-a", await seedHome(), home]);
      return home;
    },
    open: async (home, log = []) => {
      const database = await connect({
        home,
        applicationName: "test",
        log: (line) => log.push(line),
      });
      cleanUps.push(() => database.close());
      return database;
    },
  };
}

/** Of the embedded server that runs for this home. */
export async function serverPid(home: string): Promise<number | undefined> {
  const file = join(home, "postgres", "data", "postmaster.pid");
  const text = await readFile(file, "utf8").catch(() => undefined);
  return text === undefined ? undefined : Number(text.split("\n")[0]);
}
