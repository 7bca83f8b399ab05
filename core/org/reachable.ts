import type { Db } from "../db/db.ts";

/** Where a person can be written to: the surface of the account linked last, as the outbox names it. */
export interface Address {
  readonly personId: number;
  readonly surface: string;
  readonly destination: string;
}

/** Addresses of those who have a linked account and have not left, in the order of `personIds`. */
export async function listAddresses(
  db: Db,
  orgId: number,
  personIds: readonly number[],
): Promise<Address[]> {
  const { rows } = await db.query<{ personId: number; surface: string }>(
    `select distinct on (l.person_id) l.person_id as "personId", l.surface
     from account_link l join person p on p.org_id = l.org_id and p.id = l.person_id
     where l.org_id = $1 and l.person_id = any($2::int[]) and l.surface in ('slack', 'teams')
       and p.left_on is null
     order by l.person_id, l.linked_at desc`,
    [orgId, personIds],
  );
  const found = new Map(rows.map((row) => [row.personId, row.surface]));
  return [...new Set(personIds)].flatMap((personId) => {
    const surface = found.get(personId);
    return surface === undefined ? [] : [{ personId, surface, destination: `person:${personId}` }];
  });
}
