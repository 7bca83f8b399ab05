import type { Tx } from "#core/db/db.ts";
import type { Day } from "#core/time.ts";

const SUMMED = [
  "sessions",
  "lines_added",
  "lines_removed",
  "commits",
  "pull_requests",
  "accepted",
  "rejected",
  "input_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "output_tokens",
  "estimated_cost",
];

/**
 * What coding tools say of a day no longer says who after the organisation's own time: its rows become
 * one a tool, billing and model. Returns how many rows named somebody.
 */
export async function eraseToolPersons(tx: Tx, orgId: number, before: Day): Promise<number> {
  const grouped = "org_id, connection_id, day, tool, billing, model";
  const { rows } = await tx.query<{ named: number }>(
    `with erased as (
       delete from coding_tool_day t
       where t.org_id = $1 and t.day < $2::date and exists (
         select from coding_tool_day n
         where n.org_id = t.org_id and n.connection_id = t.connection_id and n.day = t.day
           and n.person_id <> 0)
       returning *),
     merged as (
       insert into coding_tool_day (${grouped}, person_id, ${SUMMED.join(", ")})
       select ${grouped}, 0, ${SUMMED.map((column) => `sum(${column})::bigint`).join(", ")}
       from erased group by ${grouped})
     select count(*)::int as named from erased where person_id <> 0`,
    [orgId, before],
  );
  return rows[0]?.named ?? 0;
}

/** Bills and what tools said of days before the first that is kept. Returns how many rows. */
export async function eraseBills(tx: Tx, orgId: number, before: Day): Promise<number> {
  let erased = 0;
  for (const table of ["billed_bucket", "coding_tool_day"]) {
    const { rowCount } = await tx.query(
      `delete from ${table} where org_id = $1 and day < $2::date`,
      [orgId, before],
    );
    erased += rowCount ?? 0;
  }
  return erased;
}
