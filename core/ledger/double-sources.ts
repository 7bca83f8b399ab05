import type { Db } from "#core/db/db.ts";
import type { Day } from "#core/time.ts";

/** Traffic of one provider in one scope that came from several feeds which all count. */
export interface DoubleSource {
  readonly teamId: number;
  readonly projectId: number;
  readonly agentId: number;
  readonly provider: string;
  readonly sources: readonly string[];
}

/**
 * Scopes fed by two counting sources since the day: the same call may count twice there. Claims and
 * other corrections are no feeds.
 */
export async function listDoubleSources(
  db: Db,
  orgId: number,
  since: Day,
): Promise<DoubleSource[]> {
  const { rows } = await db.query<DoubleSource>(
    `select e.team_id as "teamId", e.project_id as "projectId", e.agent_id as "agentId",
       coalesce(p.value, '') as provider,
       array_agg(distinct e.source order by e.source) as sources
     from ledger_entry e
     left join dimension_value p on p.org_id = e.org_id and p.dimension = 'provider'
       and p.id = e.provider_id
     where e.org_id = $1 and e.day >= $2::date and e.kind in ('call', 'bucket')
       and e.basis = 'metered'
     group by 1, 2, 3, 4 having count(distinct e.source) > 1
     order by 1, 2, 3, 4 limit 100`,
    [orgId, since],
  );
  return rows;
}
