import { randomBytes } from "node:crypto";
import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AispendError } from "#core/errors.ts";
import { type Binaries, findBinaries } from "./binaries.ts";
import { exists, socketFolder } from "./folder.ts";
import { type Account, run } from "./run.ts";

export const USER = "aispend";
export const DATABASE = "postgres";
export const PORT = 5432;

/** One embedded server: where it lives and as whom it runs. */
export interface Server {
  readonly folder: string;
  readonly account: Account | undefined;
  /** Added to, or in place of, the settings below. */
  readonly settings: Readonly<Record<string, string>>;
  /** For a copy of the binaries where the package itself cannot be used. */
  readonly copyParent: string;
  readonly log: (line: string) => void;
}

const HOUR_MS = 3_600_000;
const START_ATTEMPTS = 5;
const START_PAUSE_MS = 300;

/** The file is ours alone and written at every start, so a new release can change a setting. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "",
  port: String(PORT),
  unix_socket_permissions: "0777",
  max_connections: "100",
  shared_buffers: "128MB",
  effective_cache_size: "512MB",
  wal_level: "minimal",
  max_wal_senders: "0",
  wal_compression: "on",
  random_page_cost: "1.1",
  jit: "off",
  timezone: "UTC",
  log_timezone: "UTC",
  datestyle: "iso, mdy",
  default_text_search_config: "pg_catalog.simple",
  // Statements that fail are the application's to report; here they would only repeat values.
  log_min_messages: "log",
  log_min_error_statement: "panic",
  log_checkpoints: "off",
};

/** Makes the database where there is none. True for the one who made it. */
export async function createDatabase(server: Server): Promise<boolean> {
  if (await exists(join(server.folder, "data"))) return false;
  const { bin } = await findBinaries(server.account, server.copyParent, server.log);
  const parent = dirname(server.folder);
  if ((await mkdir(parent, { recursive: true })) !== undefined) await chmod(parent, 0o755);
  const fresh = `${server.folder}.new-${randomBytes(4).toString("hex")}`;
  await mkdir(fresh, { mode: 0o700 });
  await removeAbandoned(server.folder, fresh);
  try {
    await writeFile(join(fresh, "password"), `${randomBytes(24).toString("base64url")}\n`, {
      mode: 0o600,
    });
    await give(server.account, fresh, join(fresh, "password"));
    const args = [
      ...["--pgdata=data", "--pwfile=password", `--username=${USER}`, "--auth=scram-sha-256"],
      ...["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"],
      // Iterations make guessing dear; 24 random bytes are not guessed, and each connection pays them.
      ...["--set", "scram_iterations=1"],
      ...(server.settings.fsync === "off" ? ["--no-sync"] : []),
    ];
    const made = await run(join(bin, "initdb"), args, { account: server.account, cwd: fresh });
    if (made.code !== 0) throw unavailable("could not be made", made.output);
    return await moveInPlace(fresh, server.folder);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** Renaming is what makes it exist: whole, and by one of several who start at once. */
async function moveInPlace(fresh: string, folder: string): Promise<boolean> {
  try {
    await rename(fresh, folder);
    return true;
  } catch (error) {
    if (await exists(join(folder, "data"))) return false;
    throw error;
  }
}

/** What a killed start left behind. */
async function removeAbandoned(folder: string, fresh: string): Promise<void> {
  const parent = dirname(folder);
  const youngest = (await stat(fresh)).mtimeMs - HOUR_MS;
  for (const name of await readdir(parent)) {
    const path = join(parent, name);
    if (!name.startsWith(`${basename(folder)}.new-`) || path === fresh) continue;
    const left = await stat(path).catch(() => undefined);
    if (left !== undefined && left.mtimeMs < youngest)
      await rm(path, { recursive: true, force: true });
  }
}

async function give(account: Account | undefined, ...paths: string[]): Promise<void> {
  if (account === undefined) return;
  for (const path of paths) await chown(path, account.uid, account.gid);
}

/** Starts it and returns when it takes connections; fine when another process was faster. */
export async function startServer(server: Server): Promise<void> {
  const binaries = await findBinaries(server.account, server.copyParent, server.log);
  await checkMajor(server, binaries);
  await writeSettings(server);
  const args = ["-D", "data", "-l", "server.log", "-w", "-t", "60", "start"];
  let output = "";
  // After a kill of the postmaster its children hold the memory for a moment: the first try fails.
  for (let attempt = 1; attempt <= START_ATTEMPTS; attempt += 1) {
    const started = await run(join(binaries.bin, "pg_ctl"), args, {
      account: server.account,
      cwd: server.folder,
    });
    if (started.code === 0 || (await isRunning(server, binaries))) return;
    output = started.output;
    await new Promise((resolve) => setTimeout(resolve, START_PAUSE_MS));
  }
  throw unavailable("could not be started", `${output}\n${await logTail(server)}`);
}

export async function stopServer(server: Server): Promise<void> {
  const { bin } = await findBinaries(server.account, server.copyParent, server.log);
  const args = ["-D", "data", "-w", "-t", "60", "-m", "fast", "stop"];
  const stopped = await run(join(bin, "pg_ctl"), args, {
    account: server.account,
    cwd: server.folder,
  });
  if (stopped.code !== 0) server.log(`the database server was not stopped: ${stopped.output}`);
}

async function isRunning(server: Server, { bin }: Binaries): Promise<boolean> {
  const args = ["-D", "data", "status"];
  const { account, folder: cwd } = server;
  return (await run(join(bin, "pg_ctl"), args, { account, cwd })).code === 0;
}

async function checkMajor(server: Server, binaries: Binaries): Promise<void> {
  const made = (await readFile(join(server.folder, "data", "PG_VERSION"), "utf8")).trim();
  if (made === binaries.major) return;
  throw new AispendError(
    "embedded_database_version",
    `the database in ${server.folder} is of PostgreSQL ${made}, this release has ${binaries.major}`,
    {
      kind: "unavailable",
      help: "Run `aispend db dump` with the release that made it, then `aispend db restore` here.",
    },
  );
}

async function writeSettings(server: Server): Promise<void> {
  // After a crash at the same place: the pools of other processes look for it there.
  const sockets = (await runningSocket(server)) ?? (await socketFolder(server.folder));
  await makeSocketFolder(sockets, server.account);
  const settings = { ...SETTINGS, unix_socket_directories: sockets, ...server.settings };
  const lines = Object.entries(settings).map(
    ([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`,
  );
  const path = join(server.folder, "data", "postgresql.conf");
  const fresh = `${path}.${randomBytes(4).toString("hex")}`;
  await writeFile(fresh, lines.join(""), { mode: 0o600 });
  await give(server.account, fresh);
  await rename(fresh, path);
}

/** Anyone can make a folder of that name before us: it must be one, and the server's own. */
async function makeSocketFolder(path: string, account: Account | undefined): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const made = await lstat(path);
  const owner = account?.uid ?? process.getuid?.();
  if (!made.isDirectory() || (made.uid !== owner && made.uid !== process.getuid?.())) {
    throw new AispendError("socket_folder_taken", `${path} belongs to another user`, {
      kind: "unavailable",
      help: "Remove it, or set TMPDIR to a folder of your own.",
    });
  }
  await chmod(path, 0o700);
  await give(account, path);
}

/** Where the server listens, if it seems to run: line 5 of its pid file, whatever TMPDIR is here. */
export async function runningSocket(server: Server): Promise<string | undefined> {
  const path = join(server.folder, "data", "postmaster.pid");
  const lines = (await readFile(path, "utf8").catch(() => "")).split("\n");
  return lines[4] || undefined;
}

export async function readPassword(server: Server): Promise<string> {
  try {
    return (await readFile(join(server.folder, "password"), "utf8")).trim();
  } catch (error) {
    throw new AispendError(
      "embedded_database_unreadable",
      `the password of the database in ${server.folder} cannot be read`,
      { kind: "unavailable", help: "Run aispend as the user that started it first.", cause: error },
    );
  }
}

async function logTail(server: Server): Promise<string> {
  const text = await readFile(join(server.folder, "server.log"), "utf8").catch(() => "");
  return text.trim().split("\n").slice(-5).join("\n");
}

function unavailable(what: string, output: string): AispendError {
  return new AispendError(
    "embedded_database_failed",
    `the embedded database ${what}: ${output.trim() || "no reason given"}`,
    { kind: "unavailable", help: "Or set DATABASE_URL to a PostgreSQL server (15 or newer)." },
  );
}
