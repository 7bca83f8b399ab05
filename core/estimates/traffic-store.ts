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

interface TotalRow {
  readonly providerId: number;
  readonly modelId: number;
  readonly provider: string;
  readonly model: string;
  readonly calls: bigint;
  readonly input: bigint;
  readonly cacheRead: bigint;
  readonly cacheWrite: bigint;
  readonly output: bigint;
  readonly reasoning: bigint;
}

interface TypicalRow {
  readonly providerId: number;
  readonly modelId: number;
  /** [place, input, cache read, cache write, output, reasoning] of both, median first. */
  readonly typical: readonly (readonly number[])[];
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

/** Parameters $1 to $9. The partition key is the UTC day, which is within one day of the local one. */
const OF_SUBJECT = `e.org_id = $1 and e.local_day >= $2::date and e.local_day < $3::date
  and e.day >= $2::date - 1 and e.day <= $3::date
  and (e.team_id = any ($4::int[]) or e.project_id = any ($5::int[])
    or e.agent_id = any ($6::int[]))
  and ($7::text is null or e.workflow_id in (select id from dimension_value
    where org_id = $1 and dimension = 'workflow' and value = $7))
  and ($8::text is null or e.feature_id in (select id from dimension_value
    where org_id = $1 and dimension = 'feature' and value = $8))
  and ($9::text is null or e.prompt_revision like $9)`;

function valuesOf({ orgId, filter, columns, from, until }: TrafficQuery): unknown[] {
  const { teamIds, projectIds, agentIds } = columns;
  const { workflow, feature, prompt } = filter;
  const pattern = prompt === undefined ? null : likePattern(prompt);
  return [
    ...[orgId, from, until, teamIds, projectIds, agentIds],
    ...[workflow ?? null, feature ?? null, pattern],
  ];
}

/** So many calls of a subject are sorted by cost; of more, a sample by the hash of their ids. */
const SORTED_CALLS = 20_000;

/**
 * What the calls of a subject sent, by model, dearest first. A typical call is a real one: the call
 * that half, or nine in ten, cost no more than. Charges without calls are none of it.
 */
export async function listTraffic(db: Db, query: TrafficQuery): Promise<TrafficRow[]> {
  const totals = await listTotals(db, query);
  const calls = totals.reduce((sum, row) => sum + Number(row.calls), 0);
  if (calls === 0) return [];
  const typical = new Map(
    (await listTypicalCalls(db, query, Math.ceil(calls / SORTED_CALLS))).map((row) => [
      `${row.providerId}/${row.modelId}`,
      row.typical,
    ]),
  );
  return totals.map((row) => trafficOf(row, typical.get(`${row.providerId}/${row.modelId}`)));
}

async function listTotals(db: Db, query: TrafficQuery): Promise<TotalRow[]> {
  const { rows } = await db.query<TotalRow>(
    `select s.*, p.value as provider, m.value as model
     from (
       select e.provider_id as "providerId", e.model_id as "modelId",
         sum(e.request_count)::bigint as calls,
         sum(coalesce(e.input_tokens, 0))::bigint as input,
         sum(e.cache_read_tokens)::bigint as "cacheRead",
         sum(e.cache_write_tokens)::bigint as "cacheWrite",
         sum(coalesce(e.output_tokens, 0))::bigint as output,
         sum(e.reasoning_tokens)::bigint as reasoning, sum(e.cost) as cost
       from ledger_entry e
       where ${OF_SUBJECT} and e.kind in ('call', 'bucket', 'correction')
       group by 1, 2) s
     join dimension_value p on p.org_id = $1 and p.dimension = 'provider' and p.id = s."providerId"
     join dimension_value m on m.org_id = $1 and m.dimension = 'model' and m.id = s."modelId"
     where s.calls > 0 and s.input >= 0 and s.output >= 0
     order by s.cost desc, s.calls desc, model limit 50`,
    valuesOf(query),
  );
  return rows;
}

async function listTypicalCalls(
  db: Db,
  query: TrafficQuery,
  sampleEvery: number,
): Promise<TypicalRow[]> {
  const { rows } = await db.query<TypicalRow>(
    `with placed as (
       select e.provider_id, e.model_id, coalesce(e.input_tokens, 0) as input,
         e.cache_read_tokens as cache_read, e.cache_write_tokens as cache_write,
         coalesce(e.output_tokens, 0) as output, e.reasoning_tokens as reasoning,
         row_number() over (partition by e.provider_id, e.model_id
           order by e.cost, e.input_tokens, e.output_tokens, e.cache_read_tokens) as place,
         count(*) over (partition by e.provider_id, e.model_id) as singles
       from ledger_entry e
       where ${OF_SUBJECT} and e.kind = 'call' and e.request_count = 1
         and mod(abs(hashtext(e.external_id)::bigint), $10::bigint) = 0)
     select provider_id as "providerId", model_id as "modelId",
       json_agg(json_build_array(place, input, cache_read, cache_write, output, reasoning)
         order by place) as typical
     from placed
     where place in (ceil(singles * 0.5), ceil(singles * 0.9))
     group by provider_id, model_id`,
    [...valuesOf(query), sampleEvery],
  );
  return rows;
}

/** `*` stands for anything; what SQL would read as a pattern is itself. */
function likePattern(text: string): string {
  return text.replace(/[\\%_]/g, "\\$&").replaceAll("*", "%");
}

function trafficOf(row: TotalRow, typical: TypicalRow["typical"] | undefined): TrafficRow {
  const { provider, model } = row;
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
