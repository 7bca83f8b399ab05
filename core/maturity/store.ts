import type { Db } from "#core/db/db.ts";
import type { Day, Period } from "#core/time.ts";

/** Read-only statements over what other domains keep: evidence is computed from data, never asked. */

export interface SpendShares {
  readonly cost: bigint;
  readonly requests: bigint;
  readonly unpriced: bigint;
  readonly teamCost: bigint;
  /** Of teams, projects or agents that name a cost centre, themselves or above them. */
  readonly costCentreCost: bigint;
  /** Through a virtual key that aispend issued. */
  readonly keyedCost: bigint;
  readonly inputTokens: bigint;
  readonly cacheReadTokens: bigint;
  readonly inputCost: bigint;
  readonly lastRecordedAt: Date | null;
}

export async function findShares(db: Db, orgId: number, period: Period): Promise<SpendShares> {
  const { rows } = await db.query<SpendShares>(
    `select coalesce(sum(d.cost), 0)::bigint as cost,
       coalesce(sum(d.requests), 0)::bigint as requests,
       coalesce(sum(d.unpriced_requests), 0)::bigint as unpriced,
       coalesce(sum(d.cost) filter (where d.team_id <> 0), 0)::bigint as "teamCost",
       coalesce(sum(d.cost) filter (where coalesce(a.cost_centre, p.cost_centre, t.cost_centre)
         is not null), 0)::bigint as "costCentreCost",
       coalesce(sum(d.cost) filter (where k.id is not null), 0)::bigint as "keyedCost",
       coalesce(sum(d.input_tokens), 0)::bigint as "inputTokens",
       coalesce(sum(d.cache_read_tokens), 0)::bigint as "cacheReadTokens",
       coalesce(sum(d.input_cost + d.cache_read_cost + d.cache_write_cost), 0)::bigint
         as "inputCost",
       max(d.last_recorded_at) as "lastRecordedAt"
     from rollup_day d
     left join scope t on t.org_id = d.org_id and t.id = d.team_id
     left join scope p on p.org_id = d.org_id and p.id = d.project_id
     left join scope a on a.org_id = d.org_id and a.id = d.agent_id
     left join virtual_key k on k.org_id = d.org_id and k.dimension_id = d.key_id
     where d.org_id = $1 and d.local_day >= $2::date and d.local_day < $3::date`,
    [orgId, period.start, period.end],
  );
  const [row] = rows;
  if (row === undefined) throw new Error("an aggregate without group by gives one row");
  return row;
}

export interface ProviderSeen {
  readonly provider: string;
  readonly cost: bigint;
  /** An account or seat plan of it is in the inventory. */
  readonly catalogued: boolean;
}

export async function listProviders(
  db: Db,
  orgId: number,
  period: Period,
): Promise<ProviderSeen[]> {
  const { rows } = await db.query<ProviderSeen>(
    `select v.value as provider, s.cost, exists (select from inventory_item i
         where i.org_id = $1 and i.kind in ('account', 'seat_plan') and i.retired_on is null
           and lower(i.provider) = lower(v.value)) as catalogued
     from (select provider_id, sum(cost)::bigint as cost from rollup_day
       where org_id = $1 and local_day >= $2::date and local_day < $3::date
       group by provider_id) s
     join dimension_value v on v.org_id = $1 and v.dimension = 'provider' and v.id = s.provider_id
     order by s.cost desc, v.value`,
    [orgId, period.start, period.end],
  );
  return rows;
}

export interface ScopeSeen {
  readonly id: number;
  readonly kind: "team" | "agent";
  readonly name: string;
  readonly cost: bigint;
  /** A live budget of its own, in dollars. */
  readonly hasBudget: boolean;
  /** A virtual key that is bound to it or to a scope inside it. */
  readonly hasKey: boolean;
}

/** Teams and agents with spend in the period, the dearest first. */
export async function listScopesSeen(db: Db, orgId: number, period: Period): Promise<ScopeSeen[]> {
  const { rows } = await db.query<ScopeSeen>(
    `with seen as (
       select s.id, sum(d.cost)::bigint as cost from rollup_day d
       join scope s on s.org_id = d.org_id and s.id in (d.team_id, d.agent_id)
       where d.org_id = $1 and d.local_day >= $2::date and d.local_day < $3::date
         and s.retired_on is null
       group by s.id),
     keyed as (
       select k.scope_id, s.parent_id, p.parent_id as grand_id from virtual_key k
       join scope s on s.org_id = k.org_id and s.id = k.scope_id
       left join scope p on p.org_id = s.org_id and p.id = s.parent_id
       where k.org_id = $1 and k.state in ('approved', 'active', 'suspended'))
     select s.id, s.kind, s.key as name, seen.cost,
       exists (select from budget b where b.org_id = $1 and b.state = 'live' and b.kind = 'budget'
         and b.subject_kind = 'scope' and b.subject_id = s.id) as "hasBudget",
       exists (select from keyed where s.id in (keyed.scope_id, keyed.parent_id, keyed.grand_id))
         as "hasKey"
     from seen join scope s on s.org_id = $1 and s.id = seen.id
     where s.kind in ('team', 'agent') order by seen.cost desc, s.id`,
    [orgId, period.start, period.end],
  );
  return rows;
}

export interface Kept {
  readonly accounts: number;
  readonly ownerless: readonly string[];
  readonly connections: number;
  readonly codingToolDays: number;
  readonly showbacks: number;
  readonly reviews: number;
  readonly forecasts: number;
  readonly planMonths: number;
  readonly hardCaps: number;
  readonly gateways: number;
  readonly virtualKeys: number;
  readonly auditEntries: bigint;
  readonly routingLevers: number;
  readonly experiments: number;
  readonly promoted: number;
  readonly workflowTargets: number;
  readonly acknowledged: number;
  readonly products: number;
  /** Spend of CI jobs in the period, and keys that are bound to one. */
  readonly ciSpend: boolean;
  readonly ciKeys: number;
}

/** What is on record, in one statement. `since` is 35 days back, `year` the first day of this year. */
export async function findKept(
  db: Db,
  args: { orgId: number; today: Day; since: Day; year: Day },
): Promise<Kept> {
  const { rows } = await db.query<Kept>(
    `select
       (select count(*)::int from inventory_item where org_id = $1 and retired_on is null
         and kind in ('account', 'seat_plan')) as accounts,
       (select coalesce(array_agg(i.key order by i.key), '{}') from inventory_item i
         left join person o on o.org_id = i.org_id and o.id = i.owner_id
         where i.org_id = $1 and i.retired_on is null and i.kind in ('account', 'seat_plan')
           and (o.id is null or o.left_on <= $2::date)) as ownerless,
       (select count(*)::int from connection where org_id = $1 and state = 'active') as connections,
       (select count(*)::int from coding_tool_day where org_id = $1 and day >= $3::date)
         as "codingToolDays",
       (select count(*)::int from showback_sent where org_id = $1 and sent_at >= $3::date)
         as showbacks,
       (select count(*)::int from review where org_id = $1 and created_at >= $3::date) as reviews,
       (select count(*)::int from forecast where org_id = $1 and horizon = 'month'
         and as_of >= $2::date - 2) as forecasts,
       (select count(distinct month)::int from plan_figure where org_id = $1 and month >= $4::date
         and subject_kind = 'scope' and subject_id = 0) as "planMonths",
       (select count(*)::int from budget where org_id = $1 and state = 'live' and kind = 'cap'
         and enforcement = 'hard' and (shadow_until is null or shadow_until <= $2::date))
         as "hardCaps",
       (select count(*)::int from gateway_replica where org_id = $1 and seen_at >= $3::date)
         as gateways,
       (select count(*)::int from virtual_key where org_id = $1
         and state in ('approved', 'active', 'suspended')) as "virtualKeys",
       (select coalesce(max(position), 0)::bigint from audit_head where org_id = $1)
         as "auditEntries",
       (select count(*)::int from lever where org_id = $1 and ended_on is null
         and kind = 'routing') as "routingLevers",
       (select count(*)::int from experiment where org_id = $1) as experiments,
       (select count(*)::int from experiment where org_id = $1 and state = 'promoted') as promoted,
       (select count(*)::int from workflow_target where org_id = $1
         and coalesce(cost_per_outcome, human_baseline) is not null) as "workflowTargets",
       (select count(*)::int from finding where org_id = $1 and acknowledged_at is not null)
         as acknowledged,
       (select count(*)::int from product where org_id = $1 and retired_on is null) as products,
       exists (select from rollup_dimension r join dimension_value v on v.org_id = r.org_id
         and v.dimension = 'environment' and v.id = r.value_id
         where r.org_id = $1 and r.dimension = 'environment' and r.local_day >= $3::date
           and lower(v.value) = 'ci' and r.cost > 0) as "ciSpend",
       (select count(*)::int from virtual_key where org_id = $1
         and state in ('approved', 'active', 'suspended')
         and (ci_job is not null or lower(environment) = 'ci')) as "ciKeys"`,
    [args.orgId, args.today, args.since, args.year],
  );
  const [row] = rows;
  if (row === undefined) throw new Error("a select of counts gives one row");
  return row;
}

/** Projects with spend, and those of which a cache hit rate is known. */
export async function findCacheScored(
  db: Db,
  orgId: number,
  period: Period,
): Promise<{ projects: number; scored: number }> {
  const { rows } = await db.query<{ projects: number; scored: number }>(
    `select count(*)::int as projects,
       count(*) filter (where read > 0 or written > 0)::int as scored
     from (select project_id, sum(cache_read_tokens) as read, sum(cache_write_tokens) as written
       from rollup_day where org_id = $1 and project_id <> 0 and local_day >= $2::date
         and local_day < $3::date
       group by project_id having sum(input_tokens) > 0) p`,
    [orgId, period.start, period.end],
  );
  return rows[0] ?? { projects: 0, scored: 0 };
}

export interface LeverPass {
  readonly said: string;
  /** Thousandths. */
  readonly passBefore: number;
  readonly passAfter: number;
}

/** Levers that were promoted in the period, the newest first. */
export async function listLeverPasses(db: Db, orgId: number, period: Period): Promise<LeverPass[]> {
  const { rows } = await db.query<LeverPass>(
    `select said, pass_before as "passBefore", pass_after as "passAfter" from lever
     where org_id = $1 and promoted_on >= $2::date and promoted_on < $3::date
     order by promoted_on desc, id desc limit 50`,
    [orgId, period.start, period.end],
  );
  return rows;
}

/** Median hours from the request of a key to its revealing, over the period; null without one. */
export async function findHoursToKey(
  db: Db,
  orgId: number,
  period: Period,
): Promise<{ hours: number | null; keys: number }> {
  const { rows } = await db.query<{ hours: number | null; keys: number }>(
    `select percentile_cont(0.5) within group
         (order by extract(epoch from k.revealed_at - r.requested_at) / 3600)::float8 as hours,
       count(*)::int as keys
     from virtual_key k join key_request r on r.org_id = k.org_id and r.id = k.request_id
     where k.org_id = $1 and k.revealed_at >= $2::date and k.revealed_at < $3::date`,
    [orgId, period.start, period.end],
  );
  return rows[0] ?? { hours: null, keys: 0 };
}
