import type { Db } from "#core/db/db.ts";

/** The linked accounts of a person on a surface, "slack:T1:U2", the newest link first. */
export async function listAccounts(
  db: Db,
  orgId: number,
  personId: number,
  surface: "slack" | "teams",
): Promise<string[]> {
  const { rows } = await db.query<{ account: string }>(
    `select concat_ws(':', l.surface, l.workspace, l.account) as account from account_link l
     where l.org_id = $1 and l.person_id = $2 and l.surface = $3
     order by l.linked_at desc, l.workspace, l.account`,
    [orgId, personId, surface],
  );
  return rows.map((row) => row.account);
}
