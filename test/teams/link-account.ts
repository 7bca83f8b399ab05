import type pg from "pg";

/** A person of the organisation and the Teams account that is linked to them. */
export async function linkAccount(
  owner: pg.Pool,
  link: { orgId: number; personId: number; tenantId: string; aadObjectId: string },
): Promise<void> {
  const { orgId, personId, tenantId, aadObjectId } = link;
  await owner.query(
    "insert into person (org_id, id, origin) values ($1, $2, 'file') on conflict do nothing",
    [orgId, personId],
  );
  await owner.query(
    `insert into account_link (org_id, surface, workspace, account, person_id, proof, linked_at)
     values ($1, 'teams', $2, $3, $4, 'operator', '2026-11-01T00:00:00Z')`,
    [orgId, tenantId, aadObjectId, personId],
  );
}
