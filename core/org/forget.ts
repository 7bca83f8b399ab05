import type { Pool } from "pg";
import { record } from "#core/audit/service.ts";
import type { Tx } from "#core/db/db.ts";
import { transaction } from "#core/db/transaction.ts";
import { AispendError } from "#core/errors.ts";
import { type Day, localDay } from "#core/time.ts";
import type { TokenActor } from "./ingest-token.ts";

export interface Forgotten {
  readonly personId: number;
  /** Rows that named the person and are gone. */
  readonly details: number;
  readonly links: number;
  readonly codes: number;
}

async function remove(tx: Tx, table: string, orgId: number, personId: number): Promise<number> {
  const { rowCount } = await tx.query(`delete from ${table} where org_id = $1 and person_id = $2`, [
    orgId,
    personId,
  ]);
  return rowCount ?? 0;
}

/**
 * Erases what identifies a person: name, e-mail, login, chat accounts (domain.md section 6). Spend
 * stays, on an opaque id that names nobody; functions held become vacancies. The next `apply` of a
 * file that still lists the person would bring them back, so take them out of it first. Throws
 * `person_not_found`.
 */
export async function forgetPerson(
  pool: Pool,
  orgId: number,
  personId: number,
  by: TokenActor,
  now: Date,
): Promise<Forgotten> {
  return transaction(pool, async (tx) => {
    const { rows } = await tx.query<{ timeZone: string; leftOn: Day | null }>(
      `select o.time_zone as "timeZone", p.left_on as "leftOn" from person p
       join organization o on o.id = p.org_id
       where p.org_id = $1 and p.id = $2 for update of p`,
      [orgId, personId],
    );
    const [person] = rows;
    if (person === undefined) {
      throw new AispendError("person_not_found", `there is no person ${personId}`, {
        kind: "not_found",
        help: "List them: aispend people list.",
      });
    }
    const forgotten = {
      personId,
      details: await remove(tx, "person_detail", orgId, personId),
      links: await remove(tx, "account_link", orgId, personId),
      codes: await remove(tx, "one_time_code", orgId, personId),
    };
    await tx.query(
      "update person set left_on = coalesce(left_on, $3::date) where org_id = $1 and id = $2",
      [orgId, personId, localDay(now, person.timeZone)],
    );
    await tx.query("update organization set revision = revision + 1 where id = $1", [orgId]);
    await record(tx, {
      ...by,
      orgId,
      action: "person.forgotten",
      subject: `person:${personId}`,
      after: { details: forgotten.details, links: forgotten.links },
      at: now,
    });
    return forgotten;
  });
}
