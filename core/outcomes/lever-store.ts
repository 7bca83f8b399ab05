import type { Db } from "../db/db.ts";
import type { Period } from "../time.ts";

/** The part of the ledger that levers are looked for in; 0 = whatever is unattributed there. */
export interface LeverScope {
  readonly orgId: number;
  readonly teamId?: number | undefined;
  readonly projectId?: number | undefined;
  readonly agentId?: number | undefined;
}

export interface CellRow {
  readonly projectId: number;
  readonly agentId: number;
  readonly modelId: number;
  readonly provider: string | null;
  readonly model: string | null;
  readonly requests: bigint;
  readonly unpriced: bigint;
  readonly input: bigint;
  readonly cacheRead: bigint;
  readonly cacheWrite: bigint;
  readonly output: bigint;
  readonly inputCost: bigint;
  readonly cacheReadCost: bigint;
  readonly cacheWriteCost: bigint;
  readonly outputCost: bigint;
  readonly cost: bigint;
  readonly usualInput: bigint;
  readonly usualRequests: bigint;
}

function within(scope: LeverScope): unknown[] {
  return [scope.orgId, scope.teamId ?? null, scope.projectId ?? null, scope.agentId ?? null];
}

const INSIDE = `t.org_id = $1 and ($2::int is null or t.team_id = $2)
  and ($3::int is null or t.project_id = $3) and ($4::int is null or t.agent_id = $4)`;

/** A week and the four weeks before it, by agent and model; agents that made no call are left out. */
export async function listCells(db: Db, scope: LeverScope, week: Period): Promise<CellRow[]> {
  const now = (column: string) =>
    `coalesce(sum(t.${column}) filter (where t.local_day >= $5::date), 0)::bigint`;
  const usual = (column: string) =>
    `coalesce(sum(t.${column}) filter (where t.local_day < $5::date), 0)::bigint`;
  const { rows } = await db.query<CellRow>(
    `select cell.*, p.value as provider, m.value as model
     from (select t.project_id as "projectId", t.agent_id as "agentId", t.model_id as "modelId",
         t.provider_id, ${now("requests")} as requests,
         ${now("unpriced_requests")} as unpriced, ${now("input_tokens")} as input,
         ${now("cache_read_tokens")} as "cacheRead", ${now("cache_write_tokens")} as "cacheWrite",
         ${now("output_tokens")} as output, ${now("input_cost")} as "inputCost",
         ${now("cache_read_cost")} as "cacheReadCost",
         ${now("cache_write_cost")} as "cacheWriteCost",
         (${now("output_cost")} + ${now("reasoning_cost")})::bigint as "outputCost",
         ${now("cost")} as cost, ${usual("input_tokens")} as "usualInput",
         ${usual("requests")} as "usualRequests"
       from rollup_day t
       where ${INSIDE} and t.agent_id <> 0 and t.local_day >= $5::date - 28
         and t.local_day < $6::date
       group by 1, 2, 3, 4) cell
     left join dimension_value p on p.org_id = $1 and p.dimension = 'provider'
       and p.id = cell.provider_id
     left join dimension_value m on m.org_id = $1 and m.dimension = 'model'
       and m.id = cell."modelId"
     where cell.requests > 0 and cell.cost > 0
     order by cell.cost desc, 1, 2, 3`,
    [...within(scope), week.start, week.end],
  );
  return rows;
}

export interface DetailRow {
  readonly agentId: number;
  readonly modelId: number;
  readonly fixedTokens: bigint;
  readonly composedInput: bigint;
  /** Output beyond the ninth tenth, of single calls. */
  readonly outputBeyond: bigint;
  readonly single: bigint;
  /** Of calls outside production at the standard tier. */
  readonly waitingCost: bigint;
  readonly waitingInput: bigint;
  readonly waitingRead: bigint;
  readonly waitingWrite: bigint;
  readonly waitingOutput: bigint;
  readonly waitingRequests: bigint;
}

/** Where nobody waits for the answer, by the usual names of such environments. */
const WAITING = ["ci", "batch", "nightly", "offline", "staging", "test", "testing", "dev"];

/** What only the entries tell: composition of prompts, long outputs, calls that could wait. */
export async function listDetails(db: Db, scope: LeverScope, week: Period): Promise<DetailRow[]> {
  const waits = `filter (where t.waits)`;
  const { rows } = await db.query<DetailRow>(
    `with t as (
       select e.*, e.service_tier = 'standard' and v.value is not null as waits,
         e.request_count = 1 and e.status = 'ok' and e.output_tokens is not null as is_single
       from ledger_entry e
       left join dimension_value v on v.org_id = e.org_id and v.dimension = 'environment'
         and v.id = e.environment_id and lower(v.value) = any($7::text[])
       where ${INSIDE.replaceAll("t.", "e.")} and e.agent_id <> 0
         and e.local_day >= $5::date and e.local_day < $6::date
         and e.day >= $5::date - 1 and e.day <= $6::date),
     bound as (
       select agent_id, model_id,
         percentile_disc(0.9) within group (order by output_tokens) as needed
       from t where is_single group by 1, 2 having count(*) >= 100)
     select t.agent_id as "agentId", t.model_id as "modelId",
       coalesce(sum(coalesce(t.system_tokens, 0) + coalesce(t.tool_tokens, 0))
         filter (where t.system_tokens is not null), 0)::bigint as "fixedTokens",
       coalesce(sum(t.input_tokens) filter (where t.system_tokens is not null), 0)::bigint
         as "composedInput",
       coalesce(sum(greatest(0, t.output_tokens - b.needed)) filter (where t.is_single), 0)::bigint
         as "outputBeyond",
       count(*) filter (where t.is_single and b.needed is not null) as single,
       coalesce(sum(t.cost) ${waits}, 0)::bigint as "waitingCost",
       coalesce(sum(t.input_tokens) ${waits}, 0)::bigint as "waitingInput",
       coalesce(sum(t.cache_read_tokens) ${waits}, 0)::bigint as "waitingRead",
       coalesce(sum(t.cache_write_tokens) ${waits}, 0)::bigint as "waitingWrite",
       coalesce(sum(t.output_tokens) ${waits}, 0)::bigint as "waitingOutput",
       coalesce(sum(t.request_count) ${waits}, 0)::bigint as "waitingRequests"
     from t left join bound b on b.agent_id = t.agent_id and b.model_id = t.model_id
     group by 1, 2`,
    [...within(scope), week.start, week.end, WAITING],
  );
  return rows;
}

/** Hours of a stretch in which an agent called a model. Hours are kept for some weeks only. */
export async function listActiveHours(
  db: Db,
  args: { orgId: number; agentIds: readonly number[]; from: Date; until: Date },
): Promise<{ agentId: number; modelId: number; hours: number }[]> {
  const { rows } = await db.query<{ agentId: number; modelId: number; hours: number }>(
    `select agent_id as "agentId", model_id as "modelId", count(distinct hour)::int as hours
     from rollup_hour
     where org_id = $1 and agent_id = any($2::int[]) and hour >= $3 and hour < $4 and requests > 0
     group by 1, 2`,
    [args.orgId, args.agentIds, args.from, args.until],
  );
  return rows;
}

export interface UsedModel {
  readonly provider: string;
  readonly model: string;
  readonly requests: bigint;
}

/** Models that the organisation called in a period, the busiest first; at most 50. */
export async function listUsedModels(db: Db, orgId: number, period: Period): Promise<UsedModel[]> {
  const { rows } = await db.query<UsedModel>(
    `select p.value as provider, m.value as model, sum(t.requests)::bigint as requests
     from rollup_day t
     join dimension_value p on p.org_id = t.org_id and p.dimension = 'provider'
       and p.id = t.provider_id
     join dimension_value m on m.org_id = t.org_id and m.dimension = 'model' and m.id = t.model_id
     where t.org_id = $1 and t.local_day >= $2::date and t.local_day < $3::date
     group by 1, 2 having sum(t.requests) > 0 order by 3 desc, 1, 2 limit 50`,
    [orgId, period.start, period.end],
  );
  return rows;
}
