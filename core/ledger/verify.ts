import type { Pool } from "pg";
import { type NanoUsd, nanoUsd } from "#core/money.ts";
import { ENTRY_EXPRESSIONS, MEASURE_COLUMNS } from "./measures.ts";
import { ACTIVE_ROLLUP, ROLLUPS, type RollupShape } from "./rollup.ts";

export interface LedgerDifference {
  readonly table: string;
  /** The rollup's key, as text. */
  readonly key: Readonly<Record<string, string>>;
  readonly column: string;
  readonly ledger: string;
  readonly rollup: string;
}

export interface LedgerVerification {
  readonly entries: bigint;
  readonly requests: bigint;
  readonly cost: NanoUsd;
  /** Totals of months that were closed and dropped. */
  readonly closedRequests: bigint;
  readonly closedCost: NanoUsd;
  /** The first difference between the entries and a rollup, in key order; absent = all equal. */
  readonly difference: LedgerDifference | undefined;
}

/** Adds up every entry of the organisation and holds the sums against each rollup. */
export async function verifyLedger(pool: Pool, orgId: number): Promise<LedgerVerification> {
  const client = await pool.connect();
  try {
    // One snapshot, so that appends going on meanwhile are no difference.
    await client.query("begin isolation level repeatable read read only");
    const { rows } = await client.query<{
      entries: bigint;
      requests: bigint;
      cost: bigint;
      closed_requests: bigint;
      closed_cost: bigint;
    }>(
      `select count(*) as entries, coalesce(sum(request_count), 0)::bigint as requests,
         coalesce(sum(cost), 0)::bigint as cost,
         (select coalesce(sum(c.requests), 0)::bigint from ledger_closing c where c.org_id = $1)
           as closed_requests,
         (select coalesce(sum(c.cost), 0)::bigint from ledger_closing c where c.org_id = $1)
           as closed_cost
       from ledger_entry where org_id = $1`,
      [orgId],
    );
    const [total] = rows;
    if (total === undefined) throw new Error("an aggregate without group by gives one row");
    let difference: LedgerDifference | undefined;
    for (const shape of [...ROLLUPS, ACTIVE_ROLLUP]) {
      const found = await client.query<Record<string, string | null>>(differenceQuery(shape), [
        orgId,
      ]);
      difference = readDifference(shape, found.rows[0]);
      if (difference !== undefined) break;
    }
    await client.query("commit");
    return {
      entries: total.entries,
      requests: total.requests,
      cost: nanoUsd(total.cost),
      closedRequests: total.closed_requests,
      closedCost: nanoUsd(total.closed_cost),
      difference,
    };
  } finally {
    client.release();
  }
}

function columnsOf(shape: RollupShape): readonly (keyof typeof ENTRY_EXPRESSIONS)[] {
  return shape.table === ACTIVE_ROLLUP.table ? ["requests"] : MEASURE_COLUMNS;
}

function differenceQuery(shape: RollupShape): string {
  const { table, key, expressions = {}, join = "", where } = shape;
  const columns = columnsOf(shape);
  const keys = key.map((column) => `${expressions[column] ?? `e.${column}`} as ${column}`);
  const sums = columns.map((column) => `sum_bigint(${ENTRY_EXPRESSIONS[column]}) as ${column}`);
  const conditions = ["e.org_id = $1", ...(where === undefined ? [] : [where])].join(" and ");
  const list = (alias: string) =>
    `row(${columns.map((column) => `${alias}.${column}`).join(", ")})`;
  const shown = [
    ...key.map((c) => `coalesce(a.${c}, b.${c})::text as "key ${c}"`),
    ...columns.flatMap((c) => [`a.${c}::text as "ledger ${c}"`, `b.${c}::text as "rollup ${c}"`]),
  ];
  return `select ${shown.join(", ")}
    from (select ${keys.join(", ")}, ${sums.join(", ")} from ledger_entry e ${join}
          where ${conditions} group by ${key.map((_, index) => index + 1).join(", ")}) a
    full join (select * from ${table} where org_id = $1) b
      on ${key.map((column) => `a.${column} = b.${column}`).join(" and ")}
    where ${list("a")} is distinct from ${list("b")}
    order by ${key.map((column) => `coalesce(a.${column}, b.${column})`).join(", ")}
    limit 1`;
}

function readDifference(
  shape: RollupShape,
  row: Record<string, string | null> | undefined,
): LedgerDifference | undefined {
  if (row === undefined) return undefined;
  const differing = columnsOf(shape).find((c) => row[`ledger ${c}`] !== row[`rollup ${c}`]);
  const column = differing ?? columnsOf(shape)[0] ?? "requests";
  return {
    table: shape.table,
    key: Object.fromEntries(shape.key.map((name) => [name, row[`key ${name}`] ?? ""])),
    column,
    ledger: row[`ledger ${column}`] ?? "absent",
    rollup: row[`rollup ${column}`] ?? "absent",
  };
}
