import type { Db } from "../db/db.ts";
import type { Period } from "../time.ts";

/** One line of a statement: what a scope spent with a model, of one kind and basis. */
export interface StatementLine {
  /** null: the scope has none, nor has anything above it. */
  readonly costCentre: string | null;
  readonly team: string | null;
  readonly project: string | null;
  readonly account: string | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly kind: string;
  readonly basis: string;
  /** Whether the team was charged for it, or shown it, on the day that it was spent. */
  readonly mode: "chargeback" | "showback";
  readonly requests: bigint;
  readonly unpricedRequests: bigint;
  readonly inputTokens: bigint;
  readonly cacheReadTokens: bigint;
  readonly cacheWriteTokens: bigint;
  readonly outputTokens: bigint;
  readonly listCost: bigint;
  readonly cost: bigint;
}

/**
 * Every line of a period, by cost centre; together they are its total exactly. A day is charged from the
 * one on which chargeback was approved until the one on which it ended, so that a month that was stated
 * is never stated otherwise.
 */
export async function listStatementLines(
  db: Db,
  orgId: number,
  period: Period,
): Promise<StatementLine[]> {
  const { rows } = await db.query<StatementLine>(
    `select coalesce(agent.cost_centre, project.cost_centre, team.cost_centre) as "costCentre",
       team.key as team, project.key as project, account.value as account,
       provider.value as provider, model.value as model, e.kind, e.basis,
       case when exists (
         select from chargeback c
         where c.org_id = e.org_id and c.scope_id = e.team_id and c.state in ('on', 'off')
           and e.local_day >= (c.decided_at at time zone o.time_zone)::date
           and (c.ended_at is null or e.local_day < (c.ended_at at time zone o.time_zone)::date)
       ) then 'chargeback' else 'showback' end as mode,
       sum(e.request_count)::bigint as requests,
       coalesce(sum(e.request_count) filter (where e.price_id = 0), 0)::bigint
         as "unpricedRequests",
       coalesce(sum(e.input_tokens), 0)::bigint as "inputTokens",
       sum(e.cache_read_tokens)::bigint as "cacheReadTokens",
       sum(e.cache_write_tokens)::bigint as "cacheWriteTokens",
       coalesce(sum(e.output_tokens), 0)::bigint as "outputTokens",
       sum(e.list_cost)::bigint as "listCost", sum(e.cost)::bigint as cost
     from ledger_entry e
     join organization o on o.id = e.org_id
     ${["team", "project", "agent"]
       .map(
         (kind) =>
           `left join scope ${kind} on ${kind}.org_id = e.org_id and ${kind}.id = e.${kind}_id`,
       )
       .join("\n     ")}
     ${["account", "provider", "model"]
       .map(
         (name) => `left join dimension_value ${name} on ${name}.org_id = e.org_id
           and ${name}.dimension = '${name}' and ${name}.id = e.${name}_id`,
       )
       .join("\n     ")}
     where e.org_id = $1 and e.local_day >= $2::date and e.local_day < $3::date
       and e.day >= $2::date - 1 and e.day <= $3::date
     group by 1, 2, 3, 4, 5, 6, 7, 8, 9
     having sum(e.request_count) <> 0 or sum(e.cost) <> 0
     order by 1 nulls last, 2 nulls last, 3 nulls first, cost desc, 5, 6, 7, 8`,
    [orgId, period.start, period.end],
  );
  return rows;
}
