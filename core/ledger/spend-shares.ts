import type { Db } from "#core/db/db.ts";
import type { Period } from "#core/time.ts";
import { UNATTRIBUTED } from "./spend.ts";

/** Cost of one value of a dimension, nano-USD; id 0 is what no value was named for. */
export interface CostLine {
  readonly id: number;
  readonly name: string;
  readonly cost: bigint;
}

/** The cost of a period, laid out four ways; each list adds up to `total`, dearest first. */
export interface SpendShares {
  readonly total: bigint;
  /** What of the total bills say, and what reconciles it with them; the rest was metered. */
  readonly billed: bigint;
  readonly reconciliation: bigint;
  readonly unpricedRequests: bigint;
  readonly providers: readonly CostLine[];
  readonly models: readonly CostLine[];
  readonly keys: readonly CostLine[];
  readonly teams: readonly CostLine[];
  /** What belongs to no team, by key. */
  readonly teamlessKeys: readonly CostLine[];
}

type Share = "provider" | "model" | "key" | "team" | "teamless key";

/**
 * All of it in one pass over the days: an account with many keys has a row for each key and model, and
 * asking for one list after the other would read them seven times.
 */
export async function findSpendShares(db: Db, orgId: number, period: Period): Promise<SpendShares> {
  const share = (name: Share, column: string, where = "") =>
    `select '${name}' as share, ${column} as id, sum(cost)::bigint as cost,
       sum(unpriced)::bigint as unpriced, sum(billed)::bigint as billed,
       sum(reconciliation)::bigint as reconciliation from sums ${where} group by 2`;
  const { rows } = await db.query<{
    share: Share;
    id: number;
    name: string | null;
    cost: bigint;
    unpriced: bigint;
    billed: bigint;
    reconciliation: bigint;
  }>(
    `with sums as materialized (
       select provider_id, model_id, key_id, team_id, sum(cost) as cost,
         sum(unpriced_requests) as unpriced, sum(billed_cost) as billed,
         sum(reconciliation_cost) as reconciliation
       from rollup_day
       where org_id = $1 and local_day >= $2::date and local_day < $3::date
       group by 1, 2, 3, 4),
     shares as (
       ${share("provider", "provider_id")}
       union all ${share("model", "model_id")}
       union all ${share("key", "key_id")}
       union all ${share("team", "team_id")}
       union all ${share("teamless key", "key_id", "where team_id = 0")})
     select a.share, a.id, a.cost, a.unpriced, a.billed, a.reconciliation,
       case when a.share = 'team' then s.key else v.value end as name
     from shares a
     left join scope s on s.org_id = $1 and s.id = a.id and a.share = 'team'
     left join dimension_value v on v.org_id = $1 and v.id = a.id
       and v.dimension = case a.share when 'teamless key' then 'key' else a.share end
     order by a.cost desc, a.id`,
    [orgId, period.start, period.end],
  );
  const lines = (wanted: Share): CostLine[] =>
    rows.flatMap(({ share: is, id, name, cost }) =>
      is === wanted ? [{ id, name: id === 0 ? UNATTRIBUTED : (name ?? `#${id}`), cost }] : [],
    );
  const ofTeams = rows.filter(({ share: is }) => is === "team");
  return {
    total: ofTeams.reduce((sum, { cost }) => sum + cost, 0n),
    billed: ofTeams.reduce((sum, { billed }) => sum + billed, 0n),
    reconciliation: ofTeams.reduce((sum, { reconciliation }) => sum + reconciliation, 0n),
    unpricedRequests: ofTeams.reduce((sum, { unpriced }) => sum + unpriced, 0n),
    providers: lines("provider"),
    models: lines("model"),
    keys: lines("key"),
    teams: lines("team"),
    teamlessKeys: lines("teamless key"),
  };
}
