import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { AispendError } from "#core/errors.ts";
import { serverAccount } from "./account.ts";
import { findServerFolder, makeHome, SYSTEM_FOLDER } from "./folder.ts";
import {
  createDatabase,
  DATABASE,
  PORT,
  readPassword,
  runningSocket,
  type Server,
  startServer,
  stopServer,
  USER,
} from "./server.ts";

export interface AttachOptions {
  readonly home: string;
  readonly applicationName: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
}

export interface Attachment {
  /** Of a superuser, through the socket. */
  readonly url: string;
  /** This process made the database. */
  readonly created: boolean;
  /** Stops the server when nobody else is attached. Close pools before. */
  leave(): Promise<void>;
}

// Whoever uses the server holds this lock, shared, in a connection of its own; it falls with the
// process, however that ends. Who gets it alone is the last one, and nobody attaches meanwhile.
const PRESENCE_LOCK = 6_113_704_412_001;
const ATTEMPTS = 300;
const PAUSE_MS = 100;
const REATTACH_PAUSE_MS = 1_000;

/** Attaches to the embedded server of this AISPEND_HOME, making and starting it as needed. */
export async function attach(options: AttachOptions): Promise<Attachment> {
  const server = await findServer(options);
  const created = await createDatabase(server);
  const state: Presence = { server, options, leaving: false, reattaching: Promise.resolve() };
  await hold(state);
  return {
    url: await ownerUrl(server),
    created,
    leave: () => leave(state),
  };
}

async function findServer({ home, settings = {}, log }: AttachOptions): Promise<Server> {
  const real = await makeHome(home);
  const account = (dataFolder: string) => serverAccount(dataFolder, log);
  const found = await findServerFolder(real, account, log);
  const copyParent = found.account === undefined ? real : SYSTEM_FOLDER;
  return { ...found, settings, copyParent, log };
}

async function ownerUrl(server: Server): Promise<string> {
  const socket = encodeURIComponent((await runningSocket(server)) ?? "");
  return `postgres://${USER}:${await readPassword(server)}@${socket}:${PORT}/${DATABASE}`;
}

interface Presence {
  readonly server: Server;
  readonly options: AttachOptions;
  client?: pg.Client;
  leaving: boolean;
  reattaching: Promise<void>;
}

async function hold(presence: Presence): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const client = await open(presence);
    if (client === "down") {
      await startServer(presence.server);
    } else if (client === "busy") {
      await pause(PAUSE_MS);
    } else {
      presence.client = client;
      return;
    }
  }
  throw new AispendError("embedded_database_busy", "the embedded database does not come up", {
    kind: "unavailable",
    help: `Read ${presence.server.folder}/server.log.`,
  });
}

// Starting up, shutting down, recovering from a crash: it will answer, or be down, in a moment.
const BUSY = new Set(["57P01", "57P02", "57P03", "ECONNRESET", "EPIPE"]);
const DOWN = new Set(["ENOENT", "ECONNREFUSED"]);

async function open(presence: Presence): Promise<pg.Client | "down" | "busy"> {
  const host = await runningSocket(presence.server);
  if (host === undefined) return "down";
  const client = new pg.Client({
    host,
    port: PORT,
    user: USER,
    database: DATABASE,
    password: await readPassword(presence.server),
    application_name: `aispend ${presence.options.applicationName} (presence)`,
  });
  client.on("error", () => lost(presence, client));
  client.on("end", () => lost(presence, client));
  try {
    await client.connect();
    await client.query("select pg_advisory_lock_shared($1)", [PRESENCE_LOCK]);
    return client;
  } catch (error) {
    await client.end();
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (DOWN.has(code)) return "down";
    if (BUSY.has(code) || /terminated unexpectedly/.test(String(error))) return "busy";
    throw error;
  }
}

/** The server died under us, or one of its processes was killed and it recovers: bring it back. */
function lost(presence: Presence, client: pg.Client): void {
  if (presence.leaving || presence.client !== client) return;
  delete presence.client;
  presence.options.log("lost the connection to the embedded database; attaching again");
  presence.reattaching = reattach(presence);
}

async function reattach(presence: Presence): Promise<void> {
  while (!presence.leaving) {
    try {
      await hold(presence);
      presence.options.log("attached to the embedded database again");
      return;
    } catch (error) {
      presence.options.log(`the embedded database is not back: ${String(error)}`);
      await pause(REATTACH_PAUSE_MS);
    }
  }
}

async function leave(presence: Presence): Promise<void> {
  if (presence.leaving) return;
  presence.leaving = true;
  await presence.reattaching;
  const { client, server } = presence;
  if (client === undefined) return;
  try {
    await client.query("select pg_advisory_unlock_shared($1)", [PRESENCE_LOCK]);
    const { rows } = await client.query<{ last: boolean }>(
      "select pg_try_advisory_lock($1) as last",
      [PRESENCE_LOCK],
    );
    if (rows[0]?.last) await stopServer(server);
  } catch (error) {
    server.log(`could not leave the embedded database: ${String(error)}`);
  }
  await client.end();
}
