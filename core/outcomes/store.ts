import type { Db, Tx } from "#core/db/db.ts";
import type { Day, Period } from "#core/time.ts";
import type { Outcome } from "./outcome.ts";

export interface OutcomeIds {
  readonly workflowId: number;
  readonly productId: number;
  readonly customerId: number;
}

const INSERT = `with made as (
    insert into outcome_event (org_id, recorded_at, day, source, external_id, content_hash,
      occurred_at, local_day, workflow_id, product_id, customer_id, outcome, success, value,
      revenue, eval_score)
    select $1, $2, * from unnest($3::date[], $4::text[], $5::text[], $6::bytea[],
      $7::timestamptz[], $8::date[], $9::int[], $10::int[], $11::int[], $12::text[], $13::bool[],
      $14::bigint[], $15::bigint[], $16::numeric[])
    on conflict (org_id, day, source, external_id) do nothing
    returning *),
  summed as (
    insert into outcome_day as d (org_id, local_day, workflow_id, product_id, successes, failures,
      value, revenue, valued, earning, scored, score_sum)
    select org_id, local_day, workflow_id, product_id, count(*) filter (where success),
      count(*) filter (where not success), coalesce(sum(value), 0)::bigint,
      coalesce(sum(revenue), 0)::bigint, count(value), count(revenue), count(eval_score),
      coalesce(sum(eval_score), 0)
    from made group by 1, 2, 3, 4 order by 1, 2, 3, 4
    on conflict (org_id, local_day, workflow_id, product_id) do update set
      successes = d.successes + excluded.successes, failures = d.failures + excluded.failures,
      value = d.value + excluded.value, revenue = d.revenue + excluded.revenue,
      valued = d.valued + excluded.valued, earning = d.earning + excluded.earning,
      scored = d.scored + excluded.scored, score_sum = d.score_sum + excluded.score_sum)
  select day, source, external_id as "externalId" from made`;

/** Inserts what is new and adds it to the sums of its day, in one statement; returns what was new. */
export async function insertOutcomes(
  tx: Tx,
  args: {
    orgId: number;
    now: Date;
    outcomes: readonly (Outcome & OutcomeIds)[];
  },
): Promise<Pick<Outcome, "day" | "source" | "externalId">[]> {
  const { outcomes } = args;
  const column = <T>(of: (outcome: Outcome & OutcomeIds) => T) => outcomes.map(of);
  const { rows } = await tx.query<Pick<Outcome, "day" | "source" | "externalId">>(INSERT, [
    args.orgId,
    args.now,
    column(({ day }) => day),
    column(({ source }) => source),
    column(({ externalId }) => externalId),
    column(({ hash }) => hash),
    column(({ occurredAt }) => occurredAt),
    column((one) => one.localDay),
    column(({ workflowId }) => workflowId),
    column(({ productId }) => productId),
    column(({ customerId }) => customerId),
    column(({ outcome }) => outcome ?? null),
    column(({ success }) => success),
    column(({ value }) => value ?? null),
    column(({ revenue }) => revenue ?? null),
    column(({ evalScore }) => evalScore ?? null),
  ]);
  return rows;
}

export interface KnownOutcome extends Pick<Outcome, "day" | "source" | "externalId"> {
  readonly hash: Buffer;
}

export async function listKnown(
  db: Db,
  orgId: number,
  outcomes: readonly Pick<Outcome, "day" | "source" | "externalId">[],
): Promise<KnownOutcome[]> {
  if (outcomes.length === 0) return [];
  const { rows } = await db.query<KnownOutcome>(
    `select e.day, e.source, e.external_id as "externalId", e.content_hash as hash
     from unnest($2::date[], $3::text[], $4::text[]) as w (day, source, external_id)
     join outcome_event e on e.org_id = $1 and e.day = w.day and e.source = w.source
       and e.external_id = w.external_id`,
    [
      orgId,
      outcomes.map(({ day }) => day),
      outcomes.map(({ source }) => source),
      outcomes.map(({ externalId }) => externalId),
    ],
  );
  return rows;
}

/** Of these workflows, those that ever spent inside one of the chains. */
export async function listWorkflowsOf(
  db: Db,
  args: {
    orgId: number;
    workflowIds: readonly number[];
    chains: readonly { teamId: number; projectId: number }[];
  },
): Promise<number[]> {
  const { rows } = await db.query<{ id: number }>(
    `select distinct r.value_id as id from rollup_dimension r
     join unnest($3::int[], $4::int[]) as c (team, project)
       on r.team_id = c.team and (c.project = 0 or r.project_id = c.project)
     where r.org_id = $1 and r.dimension = 'workflow' and r.value_id = any ($2::int[])`,
    [
      args.orgId,
      args.workflowIds,
      args.chains.map(({ teamId }) => teamId),
      args.chains.map(({ projectId }) => projectId),
    ],
  );
  return rows.map(({ id }) => id);
}

export interface OutcomeSums {
  readonly successes: bigint;
  readonly failures: bigint;
  readonly value: bigint;
  readonly revenue: bigint;
  /** How many events give a value, a revenue, a score. */
  readonly valued: bigint;
  readonly earning: bigint;
  readonly scored: bigint;
  readonly scoreSum: number;
}

const SUMS = `coalesce(sum(successes), 0)::bigint as successes,
  coalesce(sum(failures), 0)::bigint as failures, coalesce(sum(value), 0)::bigint as value,
  coalesce(sum(revenue), 0)::bigint as revenue, coalesce(sum(valued), 0)::bigint as valued,
  coalesce(sum(earning), 0)::bigint as earning, coalesce(sum(scored), 0)::bigint as scored,
  coalesce(sum(score_sum), 0)::float8 as "scoreSum"`;

export interface WorkflowSums extends OutcomeSums {
  readonly workflowId: number;
  readonly workflow: string;
}

/** One row for each workflow with outcomes in the period. */
export async function listWorkflowSums(
  db: Db,
  orgId: number,
  period: Period,
): Promise<WorkflowSums[]> {
  const { rows } = await db.query<WorkflowSums>(
    `select s.*, v.value as workflow from (
       select workflow_id as "workflowId", ${SUMS} from outcome_day
       where org_id = $1 and local_day >= $2::date and local_day < $3::date
       group by workflow_id) s
     join dimension_value v on v.org_id = $1 and v.dimension = 'workflow' and v.id = s."workflowId"
     order by v.value`,
    [orgId, period.start, period.end],
  );
  return rows;
}

export interface ProductSums extends OutcomeSums {
  readonly productId: number;
}

/** By the product that the events name, or that their workflow belongs to in aispend.yaml. */
export async function listProductSums(
  db: Db,
  orgId: number,
  period: Period,
): Promise<(ProductSums & { product: string })[]> {
  const { rows } = await db.query<ProductSums & { product: string }>(
    `select product, ${SUMS}, max("productId") as "productId" from (
       select d.*, coalesce(v.value, p.key) as product, coalesce(v.id, 0) as "productId"
       from outcome_day d
       left join dimension_value v on v.org_id = d.org_id and v.dimension = 'product'
         and v.id = d.product_id
       left join dimension_value w on w.org_id = d.org_id and w.dimension = 'workflow'
         and w.id = d.workflow_id
       left join product_workflow m on m.org_id = d.org_id and m.workflow = w.value
       left join product p on p.org_id = m.org_id and p.id = m.product_id
       where d.org_id = $1 and d.local_day >= $2::date and d.local_day < $3::date) named
     where product is not null group by product order by product`,
    [orgId, period.start, period.end],
  );
  return rows;
}

/** Successes of one workflow by day. */
export async function listSuccessDays(
  db: Db,
  args: { orgId: number; workflowId: number; period: Period },
): Promise<{ day: Day; successes: bigint }[]> {
  const { rows } = await db.query<{ day: Day; successes: bigint }>(
    `select local_day as day, sum(successes)::bigint as successes from outcome_day
     where org_id = $1 and workflow_id = $2 and local_day >= $3::date and local_day < $4::date
     group by local_day order by local_day`,
    [args.orgId, args.workflowId, args.period.start, args.period.end],
  );
  return rows;
}

/** What the successes of a workflow are called, as most of the newest say. */
export async function findOutcomeName(
  db: Db,
  args: { orgId: number; workflowId: number; period: Period },
): Promise<string | undefined> {
  const { rows } = await db.query<{ outcome: string }>(
    `select outcome from outcome_event
     where org_id = $1 and workflow_id = $2 and local_day >= $3::date and local_day < $4::date
       and outcome is not null
     group by outcome order by count(*) desc, outcome limit 1`,
    [args.orgId, args.workflowId, args.period.start, args.period.end],
  );
  return rows[0]?.outcome;
}
