import type { Config } from "#apps/server/config.ts";
import type { Database } from "#core/db/connect.ts";
import { loginOwnsTables } from "#core/db/roles.ts";
import { type Finding, fine, warning } from "./finding.ts";

const CLOCK_SECONDS = 5;

export async function checkDatabase(database: Database, config: Config): Promise<Finding[]> {
  const { rows } = await database.pool.query<{ version: string }>(
    "select current_setting('server_version') as version",
  );
  const version = rows[0]?.version.split(" ")[0] ?? "?";
  const where = config.databaseUrl === undefined ? "embedded, in AISPEND_HOME" : "DATABASE_URL";
  const said = `PostgreSQL ${version} (${where}), migrations are current`;
  return [fine("database", said), await checkLogin(database, config)];
}

async function checkLogin({ pool }: Database, config: Config): Promise<Finding> {
  const owns = await loginOwnsTables(pool);
  if (!owns) return fine("rights", "the login of DATABASE_URL owns none of the tables");
  if (config.databaseUrl === undefined) {
    return fine("rights", "the embedded server has one login; queries run as aispend_app");
  }
  return warning(
    "rights",
    "the login of DATABASE_URL owns the tables: whoever has it could rewrite ledger and audit log",
    "Give the server a login of its own: create role NAME login password '...' in role " +
      "aispend_app; use it in DATABASE_URL, and the owner in DATABASE_OWNER_URL.",
  );
}

/** Slack and Teams refuse requests and tokens of a clock that is minutes off. */
export async function checkClock({ pool }: Database, now: () => Date): Promise<Finding> {
  const { rows } = await pool.query<{ at: Date }>("select clock_timestamp() as at");
  const difference = Math.abs((rows[0]?.at.getTime() ?? 0) - now().getTime()) / 1000;
  if (difference <= CLOCK_SECONDS) return fine("clock", "agrees with the database's");
  return warning(
    "clock",
    `differs from the database's by ${Math.round(difference)} seconds`,
    "Set both by NTP.",
  );
}
