import pg from "pg";
import { AispendError } from "../errors.ts";
import { attach } from "./embedded/attach.ts";
import { migrateOn } from "./migrate.ts";
import { APPLICATION_ROLE, allowLogin } from "./roles.ts";
import { rowTypes } from "./row-types.ts";

export interface ConnectOptions {
  /** A server of one's own; without it the embedded one of `home`. */
  readonly databaseUrl?: string | undefined;
  /** Who owns the tables and migrates them; the same login unless given. */
  readonly ownerUrl?: string | undefined;
  /** AISPEND_HOME: an absolute path. */
  readonly home: string;
  /** Shown in pg_stat_activity: "server", "cli". */
  readonly applicationName: string;
  /** Most connections of the pool; 10 unless given. */
  readonly max?: number | undefined;
  /** What the operator should read: one plain line each. */
  readonly log?: ((line: string) => void) | undefined;
}

export interface Database {
  /** As the application (`set role aispend_app`); int8 as bigint, dates as "YYYY-MM-DD". */
  readonly pool: pg.Pool;
  readonly ownerUrl: string;
  /** As the owner of the tables, opened when first asked for. Closed with the rest. */
  readonly owner: () => pg.Pool;
  /** This call made the database: it holds nothing that anybody put there. */
  readonly created: boolean;
  readonly close: () => Promise<void>;
}

const OLDEST_SERVER = 150_000;
const OWNER_CONNECTIONS = 2;
const CONNECT_TIMEOUT_MS = 15_000;

/**
 * Opens the database, migrated: that of DATABASE_URL, else the embedded one, which is made, started,
 * or attached to when it runs; who closes last stops it. Throws `unavailable` errors in words that an
 * operator can act on.
 */
export async function connect(options: ConnectOptions): Promise<Database> {
  const log = options.log ?? (() => undefined);
  if (options.databaseUrl !== undefined) {
    const ownerUrl = options.ownerUrl ?? options.databaseUrl;
    const server = { created: false, leave: () => Promise.resolve() };
    return open(options, options.databaseUrl, ownerUrl, server);
  }
  const { home, applicationName } = options;
  const server = await attach({ home, applicationName, log });
  try {
    return await open(options, server.url, server.url, server);
  } catch (error) {
    await server.leave();
    throw error;
  }
}

async function open(
  options: ConnectOptions,
  databaseUrl: string,
  ownerUrl: string,
  server: { created: boolean; leave: () => Promise<void> },
): Promise<Database> {
  await withClient(poolConfig(ownerUrl, options), async (client) => {
    await checkServer(client);
    await migrateOn(client);
  });
  const application = poolConfig(databaseUrl, options, APPLICATION_ROLE);
  await checkRole(application, poolConfig(databaseUrl, options), poolConfig(ownerUrl, options));
  const pools: pg.Pool[] = [];
  const makePool = (config: pg.PoolConfig) => {
    const pool = new pg.Pool(config);
    // An idle connection that is lost is replaced; without a listener it would end the process.
    pool.on("error", (error) => options.log?.(`lost a database connection: ${error.message}`));
    pools.push(pool);
    return pool;
  };
  const pool = makePool({ ...application, max: options.max ?? 10 });
  let owner: pg.Pool | undefined;
  let closing: Promise<void> | undefined;
  return {
    pool,
    ownerUrl,
    owner: () => {
      owner ??= makePool({ ...poolConfig(ownerUrl, options), max: OWNER_CONNECTIONS });
      return owner;
    },
    created: server.created,
    close: () => {
      closing ??= Promise.all(pools.map((one) => one.end())).then(server.leave);
      return closing;
    },
  };
}

/** What a URL sets itself would win over the configuration, and silently drop the role. */
function poolConfig(databaseUrl: string, options: ConnectOptions, role?: string): pg.PoolConfig {
  const url = parseUrl(databaseUrl);
  const given = url.searchParams.get("options");
  url.searchParams.delete("options");
  url.searchParams.delete("application_name");
  const settings = [given, role === undefined ? null : `-c role=${role}`].filter(Boolean).join(" ");
  return {
    connectionString: url.toString(),
    application_name: `aispend ${options.applicationName}`,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    types: rowTypes,
    ...(settings === "" ? {} : { options: settings }),
  };
}

function parseUrl(databaseUrl: string): URL {
  try {
    return new URL(databaseUrl);
  } catch {
    throw new AispendError("database_url_invalid", "DATABASE_URL is not a URL", {
      help: "Write postgres://USER:PASSWORD@HOST:5432/DATABASE.",
    });
  }
}

async function checkServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: number }>(
    "select current_setting('server_version_num')::int as version",
  );
  const version = rows[0]?.version ?? 0;
  if (version >= OLDEST_SERVER) return;
  const major = Math.floor(version / 10_000);
  throw new AispendError("database_too_old", `the database server is PostgreSQL ${major}`, {
    kind: "unavailable",
    help: "Use PostgreSQL 15 or newer.",
  });
}

// "permission denied to set role", "role does not exist": the server refuses the startup option.
const ROLE_REFUSED = new Set(["42501", "22023"]);

async function checkRole(
  application: pg.PoolConfig,
  login: pg.PoolConfig,
  owner: pg.PoolConfig,
): Promise<void> {
  const role = await actingRole(application).catch(async (error: unknown) => {
    const cause = error instanceof AispendError ? error.cause : error;
    if (!ROLE_REFUSED.has(codeOf(cause))) throw error;
    const name = await withClient(login, async (client) => {
      const { rows } = await client.query<{ name: string }>("select session_user as name");
      return rows[0]?.name ?? "";
    });
    await withClient(owner, (client) => allowLogin(client, name));
    return actingRole(application);
  });
  if (role === APPLICATION_ROLE) return;
  throw new AispendError(
    "database_role",
    `connections act as '${role}' and not as ${APPLICATION_ROLE}`,
    {
      kind: "unavailable",
      help: "A pooler between aispend and Postgres must pass the startup option `options` on.",
    },
  );
}

function actingRole(config: pg.PoolConfig): Promise<string> {
  return withClient(config, async (client) => {
    const { rows } = await client.query<{ role: string }>("select current_user as role");
    return rows[0]?.role ?? "";
  });
}

async function withClient<T>(
  config: pg.PoolConfig,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(config);
  // What is lost under a query fails that query too; unheard, the event would end the process.
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (error) {
    await client.end();
    throw unreachable(config, error);
  }
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function unreachable(config: pg.PoolConfig, error: unknown): AispendError {
  const url = parseUrl(config.connectionString ?? "");
  const place = `${decodeURIComponent(url.hostname)}${url.port && `:${url.port}`}${url.pathname}`;
  const code = codeOf(error);
  const said = error instanceof Error && error.message !== "" ? error.message : code;
  return new AispendError("database_unavailable", `cannot open the database ${place}: ${said}`, {
    kind: "unavailable",
    help: HELP.get(code) ?? "Check that the server runs and can be reached from here.",
    cause: error,
  });
}

const HELP = new Map([
  ["28P01", "Check user and password in DATABASE_URL."],
  ["28000", "Check the user in DATABASE_URL and the server's pg_hba.conf."],
  ["3D000", "Create the database, or correct its name in DATABASE_URL."],
  ["53300", "Raise max_connections of the server, or run fewer processes."],
]);
