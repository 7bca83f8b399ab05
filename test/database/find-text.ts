import type { Pool } from "pg";

/** "table.column" of every place in the database whose text holds `text`, case aside. */
export async function findInDatabase(owner: Pool, text: string): Promise<string[]> {
  const { rows } = await owner.query<{ table: string; columns: string[] }>(
    `select c.relname as table, array_agg(a.attname::text order by a.attname) as columns
     from pg_class c
     join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
       and not c.relispartition
     group by c.relname order by c.relname`,
  );
  const found: string[] = [];
  for (const { table, columns } of rows) {
    const holds = columns.map(
      (column) => `bool_or(position(lower($1) in lower("${column}"::text)) > 0) as "${column}"`,
    );
    const result = await owner.query<Record<string, boolean | null>>(
      `select ${holds.join(", ")} from "${table}"`,
      [text],
    );
    for (const [column, has] of Object.entries(result.rows[0] ?? {})) {
      if (has === true) found.push(`${table}.${column}`);
    }
  }
  return found;
}
