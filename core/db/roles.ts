import type { ClientBase, Pool } from "pg";
import { AispendError } from "../errors.ts";

/** What the pools `set role` to: it owns nothing, and cannot change what is append-only. */
export const APPLICATION_ROLE = "aispend_app";

/** Lets a login of its own become the application. Throws `database_role` with what to run. */
export async function allowLogin(owner: ClientBase | Pool, login: string): Promise<void> {
  const { rows } = await owner.query<{ statement: string }>(
    "select format('grant %I to %I', $1::text, $2::text) as statement",
    [APPLICATION_ROLE, login],
  );
  const statement = rows[0]?.statement ?? "";
  try {
    await owner.query(statement);
  } catch (error) {
    throw new AispendError(
      "database_role",
      `the login '${login}' of DATABASE_URL may not act as ${APPLICATION_ROLE}`,
      { kind: "unavailable", help: `As a superuser run: ${statement};`, cause: error },
    );
  }
}

/**
 * Whether the login behind the pool could do what the application must not, by leaving its role: it
 * owns the tables, or it is a superuser. `doctor` warns then.
 */
export async function loginOwnsTables(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query<{ owns: boolean }>(
    `select pg_has_role(session_user, relowner, 'member') as owns
     from pg_class where oid = 'ledger_entry'::regclass`,
  );
  return rows[0]?.owns ?? false;
}
