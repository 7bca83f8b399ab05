import type { Db } from "#core/db/db.ts";

/** From here on every Answer about the organisation says that its data is a demonstration's. */
export async function markDemonstration(db: Db, orgId: number): Promise<void> {
  await db.query("update organization set demonstration = true where id = $1", [orgId]);
}

export async function findDemonstration(db: Db): Promise<number | undefined> {
  const { rows } = await db.query<{ id: number }>(
    "select id from organization where demonstration order by id limit 1",
  );
  return rows[0]?.id;
}

export async function isEmpty(db: Db): Promise<boolean> {
  const { rows } = await db.query("select 1 from organization limit 1");
  return rows.length === 0;
}

/** Tables with rows of organisations: what must go with one. */
export async function listOrganizationTables(db: Db): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select c.relname as name from pg_class c
     join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
     join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id' and not a.attisdropped
     where c.relkind in ('r', 'p') and not c.relispartition
     order by c.relname`,
  );
  return rows.map((row) => row.name);
}

/** Keys and checks do not hold for the rest of this transaction: a superuser's right. */
export async function suspendConstraints(owner: Db): Promise<void> {
  await owner.query("set local session_replication_role = replica");
}

/** Triggers that fire even so: those that keep the audit log append-only. As `table, trigger`. */
async function listStubbornTriggers(owner: Db): Promise<[string, string][]> {
  const { rows } = await owner.query<{ table: string; trigger: string }>(
    `select tgrelid::regclass::text as table, quote_ident(tgname) as trigger
     from pg_trigger where tgenabled = 'A' and not tgisinternal`,
  );
  return rows.map(({ table, trigger }) => [table, trigger]);
}

/** Runs `work` without them. When it throws, the transaction that is rolled back brings them back. */
export async function withoutTriggers(owner: Db, work: () => Promise<void>): Promise<void> {
  const triggers = await listStubbornTriggers(owner);
  for (const [table, trigger] of triggers) {
    await owner.query(`alter table ${table} disable trigger ${trigger}`);
  }
  await work();
  for (const [table, trigger] of triggers) {
    await owner.query(`alter table ${table} enable always trigger ${trigger}`);
  }
}

export async function deleteRowsOf(owner: Db, table: string, orgId: number): Promise<number> {
  const { rows } = await owner.query<{ name: string }>("select quote_ident($1) as name", [table]);
  const { rowCount } = await owner.query(`delete from ${rows[0]?.name} where org_id = $1`, [orgId]);
  return rowCount ?? 0;
}

export async function deleteOrganization(owner: Db, orgId: number): Promise<void> {
  await owner.query("delete from organization where id = $1 and demonstration", [orgId]);
}
