import type { Db, Tx } from "#core/db/db.ts";
import type { Day, Period } from "#core/time.ts";

/** A line of a bill, as the report groups it. Texts are '' where it names none. */
export interface BilledBucket {
  readonly day: Day;
  readonly source: string;
  readonly itemId: string;
  readonly provider: string;
  /** The provider's own project or workspace, and its own id of the key. */
  readonly project: string;
  readonly key: string;
  readonly model: string;
  readonly serviceTier: string;
  readonly kind: string;
  /** Nano-USD; null: the report of usage is there, that of costs not yet. */
  readonly amount: bigint | null;
  readonly requests: bigint;
  readonly inputTokens: bigint | null;
  readonly cacheReadTokens: bigint | null;
  readonly cacheWriteTokens: bigint | null;
  readonly outputTokens: bigint | null;
}

const COLUMNS = `day, source, item_id, provider, project, key, model, service_tier, kind, amount,
  requests, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens`;

export interface BilledDay {
  readonly orgId: number;
  readonly account: string;
  readonly source: string;
  readonly day: Day;
}

/** What the report says of the day, in place of what it said before: only ids that begin so. */
export async function replaceBilledDay(
  tx: Tx,
  at: BilledDay,
  prefix: string,
  buckets: readonly BilledBucket[],
  now: Date,
): Promise<void> {
  const { orgId, account, source, day } = at;
  await tx.query(
    `delete from billed_bucket where org_id = $1 and account = $2 and source = $3
       and day = $4::date and starts_with(item_id, $5)`,
    [orgId, account, source, day, prefix],
  );
  if (buckets.length === 0) return;
  await tx.query(
    `insert into billed_bucket (org_id, account, received_at, ${COLUMNS})
     select $1, $2, $3, t.* from unnest($4::date[], $5::text[], $6::text[], $7::text[], $8::text[],
       $9::text[], $10::text[], $11::text[], $12::text[], $13::bigint[], $14::bigint[],
       $15::bigint[], $16::bigint[], $17::bigint[], $18::bigint[]) t`,
    [
      orgId,
      account,
      now,
      buckets.map((bucket) => bucket.day),
      buckets.map((bucket) => bucket.source),
      buckets.map((bucket) => bucket.itemId),
      buckets.map((bucket) => bucket.provider),
      buckets.map((bucket) => bucket.project),
      buckets.map((bucket) => bucket.key),
      buckets.map((bucket) => bucket.model),
      buckets.map((bucket) => bucket.serviceTier),
      buckets.map((bucket) => bucket.kind),
      buckets.map((bucket) => bucket.amount),
      buckets.map((bucket) => bucket.requests),
      buckets.map((bucket) => bucket.inputTokens),
      buckets.map((bucket) => bucket.cacheReadTokens),
      buckets.map((bucket) => bucket.cacheWriteTokens),
      buckets.map((bucket) => bucket.outputTokens),
    ],
  );
}

export interface BilledRow extends BilledBucket {
  readonly account: string;
  readonly receivedAt: Date;
}

/** Bills of metered account-days in half-open UTC days, by account, day and item. */
export async function listBilledBuckets(
  db: Db,
  orgId: number,
  { start, end }: Period,
  account?: string,
): Promise<BilledRow[]> {
  const { rows } = await db.query<BilledRow>(
    `select account, received_at as "receivedAt", day, source, item_id as "itemId", provider,
       project, key, model, service_tier as "serviceTier", kind, amount, requests,
       input_tokens as "inputTokens", cache_read_tokens as "cacheReadTokens",
       cache_write_tokens as "cacheWriteTokens", output_tokens as "outputTokens"
     from billed_bucket
     where org_id = $1 and day >= $2::date and day < $3::date
       and ($4::text is null or account = $4)
     order by account, day, source, item_id`,
    [orgId, start, end, account ?? null],
  );
  return rows;
}

/** Nano-USD of the bills of metered account-days in half-open UTC days, as far as they are out. */
export async function sumBilledBuckets(
  db: Db,
  orgId: number,
  { start, end }: Period,
): Promise<bigint> {
  const { rows } = await db.query<{ amount: bigint }>(
    `select coalesce(sum(amount), 0)::bigint as amount from billed_bucket
     where org_id = $1 and day >= $2::date and day < $3::date`,
    [orgId, start, end],
  );
  return rows[0]?.amount ?? 0n;
}

/**
 * UTC days on which a gateway or another feed metered the provider's traffic of this account: its
 * entries name the account, or none.
 */
export async function listMeteredDays(
  db: Db,
  args: { orgId: number; providers: readonly string[]; account: string; period: Period },
): Promise<Day[]> {
  const { orgId, providers, account, period } = args;
  const { rows } = await db.query<{ day: Day }>(
    // A limit keeps each day a look-up of its own: as a join, every entry of the account would be read.
    `select d::date as day from generate_series($4::date, $5::date - 1, interval '1 day') d
     cross join lateral (
       select from ledger_entry e
       where e.org_id = $1 and e.day = d::date and e.basis = 'metered'
         and e.provider_id = any (array(select p.id from dimension_value p
           where p.org_id = $1 and p.dimension = 'provider' and p.value = any ($2::text[])))
         and e.account_id in (0, (select a.id from dimension_value a
           where a.org_id = $1 and a.dimension = 'account' and a.value = $3))
       limit 1) found
     order by 1`,
    [orgId, providers, account, period.start, period.end],
  );
  return rows.map(({ day }) => day);
}
