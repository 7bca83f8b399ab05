import type { Pool } from "pg";

/** Two organisations with the same contents, so that nothing of one can hide behind the other. */
export async function insertOrganizations(
  owner: Pool,
  keys: readonly string[],
  timeZone = "UTC",
): Promise<number[]> {
  const { rows } = await owner.query<{ id: number }>(
    `insert into organization (key, name, time_zone) select key, key, $2
     from unnest($1::text[]) as key returning id`,
    [keys, timeZone],
  );
  return rows.map((row) => row.id);
}

/** The queues and the organisations they belong to; the audit log refuses to be emptied. */
export async function clearQueues(owner: Pool): Promise<void> {
  await owner.query("truncate schedule, schedule_slot, outbox, outbox_destination");
  for (const table of ["organization_policy", "account_link", "person", "organization"]) {
    await owner.query(`delete from ${table}`);
  }
}
