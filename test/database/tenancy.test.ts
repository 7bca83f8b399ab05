import { describe, expect, it } from "vitest";
import { useDatabase } from "./clone.ts";

const database = useDatabase();

/** Belong to no organisation. */
const TABLES_WITHOUT_ORG = new Set(["organization", "schema_migration"]);

/** By these an organisation is found in the first place (design.md 4.3). */
const KEYS_WITHOUT_ORG = new Set([
  // Hashes of credentials.
  "ingest_token_hash",
  "key_secret_hash",
  // A Slack team or enterprise, a Teams tenant.
  "workspace_pkey",
]);

describe("every key begins with org_id", () => {
  it("except the listed ones, by which the organisation is found", async () => {
    const { rows } = await database.owner.query<{ table: string; index: string }>(
      `select c.relname as table, i.relname as index
       from pg_index x
       join pg_class c on c.oid = x.indrelid
       join pg_class i on i.oid = x.indexrelid
       join pg_namespace n on n.oid = c.relnamespace
       left join pg_attribute a on a.attrelid = c.oid and a.attnum = x.indkey[0]
       where n.nspname = 'public' and x.indisunique and not c.relispartition
         and a.attname is distinct from 'org_id'
       order by 1, 2`,
    );
    const unlisted = rows.filter(
      (row) => !TABLES_WITHOUT_ORG.has(row.table) && !KEYS_WITHOUT_ORG.has(row.index),
    );
    expect(unlisted).toEqual([]);
  });

  it("and every table has a key and an org_id that is an int and never null", async () => {
    const { rows } = await database.owner.query<{ table: string }>(
      `select c.relname as table
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       left join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id' and a.attnotnull
         and a.atttypid = 'int4'::regtype
       where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition
         and (a.attname is null
           or not exists (select from pg_index x where x.indrelid = c.oid and x.indisunique))
       order by 1`,
    );
    expect(rows.map((row) => row.table).filter((name) => !TABLES_WITHOUT_ORG.has(name))).toEqual(
      [],
    );
  });

  it("also foreign ones, so that nothing refers into another organisation", async () => {
    const { rows } = await database.owner.query<{ table: string; constraint: string }>(
      `select c.relname as table, k.conname as constraint
       from pg_constraint k
       join pg_class c on c.oid = k.conrelid
       join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
       where k.contype = 'f' and k.connamespace = 'public'::regnamespace
         and not c.relispartition and a.attname <> 'org_id'
       order by 1, 2`,
    );
    expect(rows).toEqual([]);
  });
});
