import type { ClientBase } from "pg";
import { invariant } from "../errors.ts";

export interface Partition {
  readonly name: string;
  readonly bound: string;
}

export interface TableShape {
  readonly name: string;
  /** Without generated ones, in their order. */
  readonly columns: readonly string[];
  readonly partitions: readonly Partition[];
}

/** What holds the list of migrations is compared, never copied. */
const NOT_COPIED = "schema_migration";

/** Every table of the schema, each after those that it refers to. */
export async function listTables(client: ClientBase): Promise<TableShape[]> {
  const { rows } = await client.query<TableShape & { after: string[] }>(
    `select c.relname as name,
       (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
          and a.attgenerated = '') as columns,
       (select coalesce(json_agg(json_build_object('name', p.relname,
          'bound', pg_get_expr(p.relpartbound, p.oid)) order by p.relname), '[]')
        from pg_inherits i join pg_class p on p.oid = i.inhrelid
        where i.inhparent = c.oid) as partitions,
       (select coalesce(array_agg(distinct r.relname::text), '{}')
        from pg_constraint k join pg_class r on r.oid = k.confrelid
        where k.conrelid = c.oid and k.contype = 'f' and k.confrelid <> c.oid) as after
     from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
       and not c.relispartition and c.relname <> $1
     order by c.relname`,
    [NOT_COPIED],
  );
  return inOrder(rows);
}

function inOrder(tables: readonly (TableShape & { after: string[] })[]): TableShape[] {
  const ordered: TableShape[] = [];
  const placed = new Set<string>();
  let waiting = [...tables];
  while (waiting.length > 0) {
    const ready = waiting.filter((table) => table.after.every((name) => placed.has(name)));
    invariant(ready.length > 0, `tables refer to each other: ${waiting.map((one) => one.name)}`);
    for (const { name, columns, partitions } of ready) {
      ordered.push({ name, columns, partitions });
      placed.add(name);
    }
    waiting = waiting.filter((table) => !placed.has(table.name));
  }
  return ordered;
}

export async function listMigrations(client: ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    "select name from schema_migration order by name",
  );
  return rows.map((row) => row.name);
}

export interface SequenceValue {
  readonly table: string;
  readonly column: string;
  /** The next number is above it; null where none was given out. */
  readonly value: string | null;
}

export async function listSequences(client: ClientBase): Promise<SequenceValue[]> {
  const { rows } = await client.query<SequenceValue>(
    `select c.relname as table, a.attname as column,
       pg_sequence_last_value(s.oid)::text as value
     from pg_class s
     join pg_depend d on d.objid = s.oid and d.classid = 'pg_class'::regclass
       and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')
     join pg_class c on c.oid = d.refobjid
     join pg_attribute a on a.attrelid = c.oid and a.attnum = d.refobjsubid
     where s.relkind = 'S' and s.relnamespace = 'public'::regnamespace and c.relname <> $1
     order by 1, 2`,
    [NOT_COPIED],
  );
  return rows;
}

/** Proof of a table: how many rows, and a sum over all of their values that knows no order. */
export interface TableProof {
  readonly table: string;
  readonly rows: string;
  readonly checksum: string;
}

export async function proveTable(client: ClientBase, table: TableShape): Promise<TableProof> {
  const values = table.columns.map((column) => client.escapeIdentifier(column)).join(", ");
  const { rows } = await client.query<{ rows: string; checksum: string }>(
    `select count(*)::text as rows, coalesce(sum(('x' || left(encode(sha256(convert_to(
       row(${values})::text, 'UTF8')), 'hex'), 15))::bit(60)::int8), 0)::text as checksum
     from ${client.escapeIdentifier(table.name)}`,
  );
  const [row] = rows;
  invariant(row !== undefined, "an aggregate has a row");
  return { table: table.name, ...row };
}

/** Values must be written alike on both servers, whatever their settings are. */
export async function fixOutput(client: ClientBase): Promise<void> {
  await client.query(
    `set local timezone = 'UTC'; set local datestyle = 'ISO'; set local intervalstyle = 'postgres';
     set local bytea_output = 'hex'; set local extra_float_digits = 1;
     set local search_path = public`,
  );
}
