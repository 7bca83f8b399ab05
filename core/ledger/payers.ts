import type { Db } from "#core/db/db.ts";
import type { Period } from "#core/time.ts";
import { type SpendDimension, type SpendFilter, spendSource } from "./spend-query.ts";

/** Who paid for one value of a dimension in a period: how many teams, and the name of an only one. */
export interface Payers {
  readonly teams: number;
  /** Undefined where several paid, or what is paid resolves to no team. */
  readonly only: string | undefined;
}

/** Over a half-open period of local days, by the value's id; calls without a team count as one. */
export async function payersBy(
  db: Db,
  orgId: number,
  filter: SpendFilter,
  period: Period,
  dimension: SpendDimension,
): Promise<Map<number, Payers>> {
  const source = spendSource(orgId, filter, period, [dimension, "team"]);
  const { rows } = await db.query<{ id: number; teams: number; only: string | null }>(
    `select paid.id, paid.teams, s.name as only
     from (select ${source.column(dimension)} as id, count(distinct t.team_id)::int as teams,
             min(t.team_id) as team_id
           from ${source.from} where ${source.where} group by 1) paid
     left join scope s on s.org_id = $1 and s.id = paid.team_id and paid.teams = 1`,
    source.values,
  );
  return new Map(rows.map(({ id, teams, only }) => [id, { teams, only: only ?? undefined }]));
}
