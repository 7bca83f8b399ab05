import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serverAccount } from "#core/db/embedded/account.ts";
import { findBinaries } from "#core/db/embedded/binaries.ts";
import { run } from "#core/db/embedded/run.ts";
import {
  createDatabase,
  DATABASE,
  readPassword,
  type Server,
  startServer,
  stopServer,
  USER,
} from "#core/db/embedded/server.ts";

/** A Postgres of the benchmark's own, which may be thrown down. */
export interface OwnServer {
  readonly url: string;
  /** `pg_ctl -m immediate`: as a crash, and up again. */
  restart(): Promise<void>;
  /** How often the server found a deadlock. */
  deadlocks(): Promise<number>;
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

export async function startOwnServer(): Promise<OwnServer> {
  const home = await mkdtemp(join(tmpdir(), "aispend-caps-"));
  const log = () => undefined;
  const account = await serverAccount(home, log);
  if (account !== undefined) await run("chmod", ["0755", home], { account: undefined });
  const port = await freePort();
  const server: Server = {
    folder: join(home, "postgres"),
    account,
    settings: {
      listen_addresses: "127.0.0.1",
      port: String(port),
      fsync: "off",
      full_page_writes: "on",
      max_connections: "100",
      log_min_messages: "error",
    },
    copyParent: home,
    log,
  };
  await createDatabase(server);
  await startServer(server);
  const password = await readPassword(server);
  return {
    url: `postgres://${USER}:${password}@127.0.0.1:${port}/${DATABASE}`,
    async restart() {
      const { bin } = await findBinaries(account, home, log);
      const args = ["-D", "data", "-m", "immediate", "-w", "stop"];
      await run(join(bin, "pg_ctl"), args, { account, cwd: server.folder });
      await startServer(server);
    },
    async deadlocks() {
      const text = await readFile(join(server.folder, "server.log"), "utf8");
      return text.split("deadlock detected").length - 1;
    },
    async stop() {
      await stopServer(server);
      await rm(home, { recursive: true, force: true });
    },
  };
}
