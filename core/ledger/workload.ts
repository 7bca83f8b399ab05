import type { Db } from "#core/db/db.ts";
import { addDays, type Day, type Period } from "#core/time.ts";

/** What a workflow cost in a project, calls and what is tagged to it alike. */
export interface WorkflowCost {
  readonly workflowId: number;
  readonly projectId: number;
  readonly cost: bigint;
  readonly requests: bigint;
  readonly inputCost: bigint;
  readonly inputTokens: bigint;
  readonly cacheReadTokens: bigint;
}

/** Every workflow by project over a half-open period of local days; nano-USD. */
export async function listWorkflowCosts(
  db: Db,
  orgId: number,
  period: Period,
): Promise<WorkflowCost[]> {
  const { rows } = await db.query<WorkflowCost>(
    `select value_id as "workflowId", project_id as "projectId", sum(cost)::bigint as cost,
       sum(requests)::bigint as requests,
       sum(input_cost + cache_read_cost + cache_write_cost)::bigint as "inputCost",
       sum(input_tokens)::bigint as "inputTokens",
       sum(cache_read_tokens)::bigint as "cacheReadTokens"
     from rollup_dimension where org_id = $1 and dimension = 'workflow' and local_day >= $2::date
       and local_day < $3::date
     group by value_id, project_id`,
    [orgId, period.start, period.end],
  );
  return rows;
}

/** What every project cost. */
export async function listProjectCosts(
  db: Db,
  orgId: number,
  period: Period,
): Promise<{ projectId: number; cost: bigint }[]> {
  const { rows } = await db.query<{ projectId: number; cost: bigint }>(
    `select project_id as "projectId", sum(cost)::bigint as cost from rollup_day
     where org_id = $1 and local_day >= $2::date and local_day < $3::date and project_id <> 0
     group by project_id`,
    [orgId, period.start, period.end],
  );
  return rows;
}

/** Cost of what surrounds the calls, by the workload it is tagged to; 0 = none. */
export interface HarnessCost {
  readonly projectId: number;
  readonly workflowId: number;
  readonly cost: bigint;
}

export async function listHarnessCosts(
  db: Db,
  orgId: number,
  period: Period,
): Promise<HarnessCost[]> {
  const { rows } = await db.query<HarnessCost>(
    `select project_id as "projectId", workflow_id as "workflowId", sum(cost)::bigint as cost
     from ledger_entry where org_id = $1 and kind = 'infrastructure' and local_day >= $2::date
       and local_day < $3::date and day >= $4::date and day < $5::date
     group by project_id, workflow_id`,
    [orgId, period.start, period.end, ...utcDays(period)],
  );
  return rows;
}

/** The UTC days that a period of local days can touch: they choose the partitions. */
function utcDays({ start, end }: Period): [Day, Day] {
  return [addDays(start, -1), addDays(end, 1)];
}

/** How many there were, and what the calls cost that say which one they belong to. */
export interface Counted {
  readonly count: bigint;
  readonly cost: bigint;
}

export interface Distinct {
  readonly sessions: Counted;
  /** Customers' users where they are known, else employees. */
  readonly users: Counted;
  readonly customers: Counted;
}

/** How many sessions, active users and customers a workflow had. Who they were is erased with time. */
export async function countDistinct(
  db: Db,
  args: { orgId: number; workflowId: number; period: Period },
): Promise<Distinct> {
  // One pass with hashes: counting distinct texts would sort every entry three times.
  const { rows } = await db.query<Counted & { absent: number }>(
    `select absent, count(*)::bigint as count, sum(cost)::bigint as cost from (
       select grouping(session, who, customer) as absent, sum(cost) as cost from (
         select session, coalesce(end_user, nullif(person_id, 0)::text) as who,
           nullif(customer_id, 0) as customer, cost
         from ledger_entry where org_id = $1 and workflow_id = $2 and local_day >= $3::date
           and local_day < $4::date and day >= $5::date and day < $6::date) e
       group by grouping sets ((session), (who), (customer))
       having coalesce(session, who, customer::text) is not null) g
     group by absent`,
    [args.orgId, args.workflowId, args.period.start, args.period.end, ...utcDays(args.period)],
  );
  // A bit for each column that the group is not of: session, who, customer.
  const of = (absent: number): Counted => {
    const row = rows.find((one) => one.absent === absent);
    return { count: row?.count ?? 0n, cost: row?.cost ?? 0n };
  };
  return { sessions: of(0b011), users: of(0b101), customers: of(0b110) };
}

/** What a workflow cost by day. */
export async function listWorkflowDays(
  db: Db,
  args: { orgId: number; workflowId: number; period: Period },
): Promise<{ day: Day; cost: bigint }[]> {
  const { rows } = await db.query<{ day: Day; cost: bigint }>(
    `select local_day as day, sum(cost)::bigint as cost from rollup_dimension
     where org_id = $1 and dimension = 'workflow' and value_id = $2 and local_day >= $3::date
       and local_day < $4::date
     group by local_day order by local_day`,
    [args.orgId, args.workflowId, args.period.start, args.period.end],
  );
  return rows;
}
