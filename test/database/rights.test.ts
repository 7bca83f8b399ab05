import { beforeAll, describe, expect, it } from "vitest";
import { useDatabase } from "./clone.ts";

const database = useDatabase();
const DENIED = { code: "42501" };

/** Append-only: what was written there stays as it was. */
const APPEND_ONLY = ["ledger_entry", "ledger_trace", "ledger_closing", "audit_entry"];
const TABLES = `select c.relname as name from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')`;

async function names(condition: string): Promise<string[]> {
  const { rows } = await database.owner.query<{ name: string }>(`${TABLES} and ${condition}`);
  return rows.map((row) => row.name).sort();
}

beforeAll(async () => {
  await database.pool.query("select ensure_ledger_partition('2026-11-01')");
});

describe("the application", () => {
  it("owns nothing, and can make nothing", async () => {
    expect(await names("pg_has_role('aispend_app', c.relowner, 'member')")).toEqual([]);
    await expect(database.pool.query("create table mine (id int)")).rejects.toMatchObject(DENIED);
    await expect(database.pool.query("create temp table t (id int)")).resolves.toBeDefined();
  });

  it.each(APPEND_ONLY)("cannot update, delete or empty %s", async (table) => {
    expect(await names("true")).toContain(table);
    for (const statement of [
      `update ${table} set org_id = org_id`,
      `delete from ${table}`,
      `truncate ${table}`,
      `alter table ${table} disable trigger all`,
      `drop table ${table}`,
    ]) {
      await expect(database.pool.query(statement), statement).rejects.toMatchObject(DENIED);
    }
  });

  it("cannot write into a partition past its parent, nor detach or drop it", async () => {
    const partitions = await names("c.relispartition");
    expect(partitions).toContain("ledger_entry_202611");
    for (const partition of partitions) {
      for (const statement of [
        `insert into ${partition} select * from ${partition}`,
        `update ${partition} set org_id = org_id`,
        `delete from ${partition}`,
        `truncate ${partition}`,
        `alter table ledger_entry detach partition ${partition}`,
        `drop table ${partition}`,
      ]) {
        await expect(database.pool.query(statement), statement).rejects.toMatchObject(DENIED);
      }
    }
  });

  it("cannot become the owner, nor write the list of migrations", async () => {
    await expect(
      database.pool.query("insert into schema_migration (name, run_on) values ('9999', now())"),
    ).rejects.toMatchObject(DENIED);
    const { rows } = await database.pool.query("select rolsuper from pg_roles where rolname = $1", [
      "aispend_app",
    ]);
    expect(rows).toEqual([{ rolsuper: false }]);
  });

  it("truncates nothing at all, anywhere", async () => {
    expect(await names("has_table_privilege('aispend_app', c.oid, 'truncate')")).toEqual([]);
  });

  it("nobody else has rights: public reads and runs nothing of ours", async () => {
    const tables = await database.owner.query(
      `select c.relname, x.privilege_type from pg_class c, aclexplode(c.relacl) x
       where c.relnamespace = 'public'::regnamespace and x.grantee = 0`,
    );
    expect(tables.rows).toEqual([]);
    const definers = await database.owner.query(
      `select p.proname from pg_proc p
       where p.pronamespace = 'public'::regnamespace and p.prosecdef
         and (has_function_privilege('public', p.oid, 'execute')
           or not coalesce(p.proconfig::text like '%search_path%', false))`,
    );
    expect(definers.rows).toEqual([]);
  });
});
