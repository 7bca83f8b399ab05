import type { Db } from "#core/db/db.ts";
import { type NanoUsd, nanoUsd } from "#core/money.ts";

/**
 * Scope tags that named something the organisation does not know, and what was spent under them.
 */
export interface UnknownName {
  readonly team: string | undefined;
  readonly project: string | undefined;
  readonly agent: string | undefined;
  readonly requests: bigint;
  readonly cost: NanoUsd;
}

/**
 * The dearest unknown combinations, each with the known part of its chain filled in, so that a
 * project that is new in a known team is found below that team; at most `limit`.
 */
export async function listUnknownNames(
  db: Db,
  orgId: number,
  limit: number,
): Promise<UnknownName[]> {
  const { rows } = await db.query<{
    team: string | null;
    project: string | null;
    agent: string | null;
    requests: bigint;
    cost: bigint;
  }>(
    `select coalesce(e.tags #>> '{unknown,team}', team.key) as team,
            coalesce(e.tags #>> '{unknown,project}', project.key) as project,
            coalesce(e.tags #>> '{unknown,agent}', agent.key) as agent,
            sum(e.request_count)::bigint as requests, sum(e.cost)::bigint as cost
     from ledger_entry e
     left join scope team on team.org_id = e.org_id and team.id = e.team_id
     left join scope project on project.org_id = e.org_id and project.id = e.project_id
     left join scope agent on agent.org_id = e.org_id and agent.id = e.agent_id
     where e.org_id = $1 and e.tags ? 'unknown'
     group by 1, 2, 3 having sum(e.cost) <> 0 or sum(e.request_count) <> 0
     order by 5 desc, 4 desc, 1, 2, 3 limit $2`,
    [orgId, limit],
  );
  return rows.map((row) => ({
    team: row.team ?? undefined,
    project: row.project ?? undefined,
    agent: row.agent ?? undefined,
    requests: row.requests,
    cost: nanoUsd(row.cost),
  }));
}
