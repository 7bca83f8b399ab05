import type { Db } from "#core/db/db.ts";
import type { Tokens } from "#core/ledger/schema.ts";
import type { Day } from "#core/time.ts";
import type { SubjectFilter } from "./access.ts";

/** Traffic of one model over the days, and its calls at the median and at P90 of their cost. */
export interface TrafficRow {
  readonly provider: string;
  readonly model: string;
  readonly calls: number;
  readonly total: Tokens;
  /** Undefined: the source reports no single calls. */
  readonly median: Tokens | undefined;
  readonly p90: Tokens | undefined;
}

interface Row {
  readonly provider: string;
  readonly model: string;
  readonly calls: bigint;
  readonly input: bigint;
  readonly cacheRead: bigint;
  readonly cacheWrite: bigint;
  readonly output: bigint;
  readonly reasoning: bigint;
  /** [place, input, cache read, cache write, output, reasoning] of both, median first. */
  readonly typical: readonly (readonly number[])[] | null;
}

export interface TrafficQuery {
  readonly orgId: number;
  readonly filter: SubjectFilter;
  readonly columns: {
    readonly teamIds: readonly number[];
    readonly projectIds: readonly number[];
    readonly agentIds: readonly number[];
  };
  /** Half-open local days. */
  readonly from: Day;
  readonly until: Day;
}

/**
 * What the calls of a subject sent, by model, dearest first. A typical call is a real one: the call
 * that half, or nine in ten, cost no more than. Charges without calls are none of it.
 */
export async function listTraffic(db: Db, query: TrafficQuery): Promise<TrafficRow[]> {
  const { orgId, filter, columns, from, until } = query;
  const { rows } = await db.query<Row>(
    `with entry as (
       select e.provider_id, e.model_id, e.kind, e.request_count as calls, e.cost,
              coalesce(e.input_tokens, 0) as input, e.cache_read_tokens as cache_read,
              e.cache_write_tokens as cache_write, coalesce(e.output_tokens, 0) as output,
              e.reasoning_tokens as reasoning
       from ledger_entry e
       where e.org_id = $1 and e.local_day >= $2::date and e.local_day < $3::date
         and e.day >= $2::date - 1 and e.day <= $3::date
         and e.kind in ('call', 'bucket', 'correction')
         and (e.team_id = any ($4::int[]) or e.project_id = any ($5::int[])
           or e.agent_id = any ($6::int[]))
         and ($7::text is null or e.workflow_id in (select id from dimension_value
           where org_id = $1 and dimension = 'workflow' and value = $7))
         and ($8::text is null or e.feature_id in (select id from dimension_value
           where org_id = $1 and dimension = 'feature' and value = $8))
         and ($9::text is null or e.prompt_revision like $9)),
     placed as (
       select *, row_number() over (partition by provider_id, model_id
           order by cost, input, output, cache_read) as place,
         count(*) over (partition by provider_id, model_id) as singles
       from entry where kind = 'call' and calls = 1),
     typical as (
       select provider_id, model_id, json_agg(json_build_array(place, input, cache_read,
           cache_write, output, reasoning) order by place) as typical
       from placed
       where place in (ceil(singles * 0.5), ceil(singles * 0.9))
       group by provider_id, model_id),
     sum as (
       select provider_id, model_id, sum(calls)::bigint as calls, sum(input)::bigint as input,
         sum(cache_read)::bigint as "cacheRead", sum(cache_write)::bigint as "cacheWrite",
         sum(output)::bigint as output, sum(reasoning)::bigint as reasoning, sum(cost) as cost
       from entry group by provider_id, model_id)
     select p.value as provider, m.value as model, s.calls, s.input, s."cacheRead",
       s."cacheWrite", s.output, s.reasoning, t.typical
     from sum s
     join dimension_value p on p.org_id = $1 and p.dimension = 'provider' and p.id = s.provider_id
     join dimension_value m on m.org_id = $1 and m.dimension = 'model' and m.id = s.model_id
     left join typical t using (provider_id, model_id)
     where s.calls > 0 and s.input >= 0 and s.output >= 0
     order by s.cost desc, s.calls desc, model limit 50`,
    [
      orgId,
      from,
      until,
      columns.teamIds,
      columns.projectIds,
      columns.agentIds,
      filter.workflow ?? null,
      filter.feature ?? null,
      filter.prompt === undefined ? null : likePattern(filter.prompt),
    ],
  );
  return rows.map(trafficOf);
}

/** `*` stands for anything; what SQL would read as a pattern is itself. */
function likePattern(text: string): string {
  return text.replace(/[\\%_]/g, "\\$&").replaceAll("*", "%");
}

function trafficOf(row: Row): TrafficRow {
  const { provider, model, typical } = row;
  const first = typical?.[0];
  const last = typical?.at(-1);
  return {
    provider,
    model,
    calls: Number(row.calls),
    total: {
      input: Number(row.input),
      cacheRead: Math.max(0, Number(row.cacheRead)),
      cacheWrite5m: Math.max(0, Number(row.cacheWrite)),
      output: Number(row.output),
      reasoning: Math.max(0, Number(row.reasoning)),
    },
    median: first === undefined ? undefined : tokensOf(first),
    p90: last === undefined ? undefined : tokensOf(last),
  };
}

function tokensOf([
  ,
  input = 0,
  read = 0,
  write = 0,
  output = 0,
  reasoning = 0,
]: readonly number[]) {
  return { input, cacheRead: read, cacheWrite5m: write, output, reasoning };
}

/** Scopes with traffic in the days, and with which models: what mappings are proposed from. */
export async function listTrafficModels(
  db: Db,
  args: { orgId: number; from: Day; until: Day },
): Promise<{ scopeId: number; workflow: string | null; model: string; calls: number }[]> {
  const { rows } = await db.query<{
    scopeId: number;
    workflow: string | null;
    model: string;
    calls: bigint;
  }>(
    `select case when e.agent_id <> 0 then e.agent_id when e.project_id <> 0 then e.project_id
         else e.team_id end as "scopeId",
       w.value as workflow, m.value as model, sum(e.request_count)::bigint as calls
     from ledger_entry e
     join dimension_value m on m.org_id = $1 and m.dimension = 'model' and m.id = e.model_id
     left join dimension_value w on w.org_id = $1 and w.dimension = 'workflow'
       and w.id = e.workflow_id
     where e.org_id = $1 and e.local_day >= $2::date and e.local_day < $3::date
       and e.day >= $2::date - 1 and e.day <= $3::date and e.kind in ('call', 'bucket')
     group by 1, 2, 3 having sum(e.request_count) > 0 order by calls desc limit 5000`,
    [args.orgId, args.from, args.until],
  );
  return rows.map((row) => ({ ...row, calls: Number(row.calls) }));
}
