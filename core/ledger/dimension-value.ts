import type { Db, Tx } from "#core/db/db.ts";

/**
 * The id of a value that may have no entry yet: somebody set a budget for it, or an outcome names it.
 * In the caller's transaction, and so never in the ledger's cache of names.
 */
export async function ensureDimensionValue(
  tx: Tx,
  orgId: number,
  dimension: "workflow" | "product" | "customer",
  value: string,
): Promise<number> {
  await tx.query(
    `insert into dimension_value (org_id, dimension, value) values ($1, $2, $3)
     on conflict (org_id, dimension, value) do nothing`,
    [orgId, dimension, value],
  );
  const { rows } = await tx.query<{ id: number }>(
    "select id from dimension_value where org_id = $1 and dimension = $2 and value = $3",
    [orgId, dimension, value],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`the ${dimension} was made just now`);
  return row.id;
}

/** Undefined where there is none. */
export async function findDimensionName(
  db: Db,
  orgId: number,
  dimension: "workflow" | "product" | "key" | "customer",
  id: number,
): Promise<string | undefined> {
  const { rows } = await db.query<{ value: string }>(
    "select value from dimension_value where org_id = $1 and dimension = $2 and id = $3",
    [orgId, dimension, id],
  );
  return rows[0]?.value;
}
