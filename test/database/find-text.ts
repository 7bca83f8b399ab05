import type { Pool } from "pg";

/** "table.column" of every place in the database whose text holds `text`, case aside. */
export async function findInDatabase(owner: Pool, text: string): Promise<string[]> {
  const { rows } = await owner.query<{ table: string; column: string }>(
    `select c.table_name as table, c.column_name as column
     from information_schema.columns c
     join information_schema.tables t using (table_schema, table_name)
     where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
     order by 1, 2`,
  );
  const found: string[] = [];
  for (const { table, column } of rows) {
    const cast = `coalesce("${column}"::text, '')`;
    const result = await owner.query<{ found: boolean }>(
      `select exists (
         select from "${table}" where position(lower($1) in lower(${cast})) > 0) as found`,
      [text],
    );
    if (result.rows[0]?.found === true) found.push(`${table}.${column}`);
  }
  return found;
}
