import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { serverAccount } from "#core/db/embedded/account.ts";
import { SYSTEM_FOLDER, socketFolder } from "#core/db/embedded/folder.ts";
import {
  createDatabase,
  DATABASE,
  PORT,
  readPassword,
  type Server,
  startServer,
  stopServer,
  USER,
} from "#core/db/embedded/server.ts";
import { databasesFolder, makeTemporaryHome } from "./temporary-home.ts";

const PREFIX = "aispend-test-";

/** Nothing of a test has to survive a crash of the machine. */
const SETTINGS = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  max_connections: "300",
  max_locks_per_transaction: "256",
  max_wal_size: "1GB",
};

export interface TestServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** The embedded server of the product, for one run: in a temporary folder, removed at its end. */
export async function startTestServer(): Promise<TestServer> {
  await removeAbandoned();
  const home = makeTemporaryHome(`${PREFIX}${process.pid}-`, databasesFolder());
  const server = await serverIn(home);
  await createDatabase(server);
  await startServer(server);
  const sockets = await socketFolder(server.folder);
  const password = await readPassword(server);
  return {
    url: `postgres://${USER}:${password}@${encodeURIComponent(sockets)}:${PORT}/${DATABASE}`,
    async stop() {
      await stopServer(server);
      await rm(sockets, { recursive: true, force: true });
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function serverIn(home: string): Promise<Server> {
  const folder = join(home, "postgres");
  const account = await serverAccount(join(folder, "data"), () => undefined);
  const copyParent = account === undefined ? home : SYSTEM_FOLDER;
  return { folder, account, settings: SETTINGS, copyParent, log: () => undefined };
}

/** A run that was killed leaves its server running. */
async function removeAbandoned(): Promise<void> {
  const folder = databasesFolder();
  for (const name of await readdir(folder)) {
    const pid = Number(new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]);
    if (Number.isNaN(pid) || isAlive(pid)) continue;
    const home = join(folder, name);
    await stopServer(await serverIn(home)).catch(() => undefined);
    await rm(home, { recursive: true, force: true }).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
