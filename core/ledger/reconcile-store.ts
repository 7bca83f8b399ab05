import type { Db } from "#core/db/db.ts";
import type { NanoUsd } from "#core/money.ts";
import { nanoUsd } from "#core/money.ts";
import type { Day, Period } from "#core/time.ts";
import type { MeteredGroup } from "./reconcile.ts";

export interface MeteredRow extends MeteredGroup {
  /** '' where the entries name no account. */
  readonly account: string;
  readonly provider: string;
}

/** What was metered of these providers on a UTC day, corrections included. */
export async function listMeteredGroups(
  db: Db,
  args: { orgId: number; day: Day; providers: readonly string[] },
): Promise<MeteredRow[]> {
  const { rows } = await db.query<MeteredRow>(
    `select coalesce(a.value, '') as account, p.value as provider, coalesce(k.value, '') as key,
       coalesce(m.value, '') as model, sum(e.cost)::bigint as cost,
       sum(coalesce(e.input_tokens, 0) + coalesce(e.output_tokens, 0))::bigint as tokens,
       sum(e.request_count)::bigint as requests,
       sum(case when e.price_id = 0 then e.request_count else 0 end)::bigint as "unpricedRequests"
     from (
       select account_id, provider_id, key_id, model_id, sum(cost) as cost,
         sum(input_tokens) as input_tokens, sum(output_tokens) as output_tokens,
         sum(request_count) as request_count, price_id
       from ledger_entry
       where org_id = $1 and day = $2::date and basis = 'metered'
       group by account_id, provider_id, key_id, model_id, price_id) e
     join dimension_value p on p.org_id = $1 and p.dimension = 'provider' and p.id = e.provider_id
       and p.value = any ($3::text[])
     left join dimension_value a on a.org_id = $1 and a.dimension = 'account'
       and a.id = e.account_id
     left join dimension_value k on k.org_id = $1 and k.dimension = 'key' and k.id = e.key_id
     left join dimension_value m on m.org_id = $1 and m.dimension = 'model' and m.id = e.model_id
     group by 1, 2, 3, 4
     having sum(e.cost) <> 0 or sum(e.request_count) <> 0
     order by 1, 2, 3, 4`,
    [args.orgId, args.day, args.providers],
  );
  return rows;
}

/** Providers whose calls a source metered in half-open UTC days. */
export async function listMeteredBy(
  db: Db,
  { orgId, period, source }: { orgId: number; period: Period; source: string },
): Promise<string[]> {
  const { rows } = await db.query<{ provider: string }>(
    `select distinct p.value as provider from ledger_entry e
     join dimension_value p on p.org_id = e.org_id and p.dimension = 'provider'
       and p.id = e.provider_id
     where e.org_id = $1 and e.day >= $2::date and e.day < $3::date and e.source = $4
     order by 1`,
    [orgId, period.start, period.end, source],
  );
  return rows.map(({ provider }) => provider);
}

/** How far the bills of each provider go, whether they are compared with a meter or not. */
export async function lastBilledDays(db: Db, orgId: number): Promise<ReadonlyMap<string, Day>> {
  const { rows } = await db.query<{ provider: string; day: Day }>(
    `select provider, max(day) as day from (
       select provider, max(day) as day from billed_bucket where org_id = $1 group by provider
       union all
       select p.value, max(e.day) from ledger_entry e
       join dimension_value p on p.org_id = e.org_id and p.dimension = 'provider'
         and p.id = e.provider_id
       where e.org_id = $1 and e.basis = 'billed' group by p.value) b
     group by provider`,
    [orgId],
  );
  return new Map(rows.map(({ provider, day }) => [provider, day]));
}

/** What entries cost whose usage is a bound and no count. */
export async function sumEstimated(
  db: Db,
  args: { orgId: number; period: Period; providers: readonly string[] },
): Promise<bigint> {
  const { orgId, period, providers } = args;
  const { rows } = await db.query<{ cost: bigint }>(
    `select coalesce(sum(e.cost), 0)::bigint as cost from ledger_entry e
     join dimension_value p on p.org_id = e.org_id and p.dimension = 'provider'
       and p.id = e.provider_id and p.value = any ($4::text[])
     where e.org_id = $1 and e.day >= $2::date and e.day < $3::date and e.basis = 'metered'
       and e.estimated`,
    [orgId, period.start, period.end, providers],
  );
  return rows[0]?.cost ?? 0n;
}

export interface DirectBill {
  readonly account: string;
  readonly provider: string;
  readonly cost: NanoUsd;
}

/** Charges of accounts that nothing meters, in half-open UTC days: there the bill is the entry. */
export async function listDirectBills(
  db: Db,
  orgId: number,
  { start, end }: Period,
): Promise<DirectBill[]> {
  const { rows } = await db.query<{ account: string; provider: string; cost: bigint }>(
    `select coalesce(a.value, '') as account, coalesce(p.value, '') as provider,
       sum(e.cost)::bigint as cost
     from ledger_entry e
     left join dimension_value a on a.org_id = e.org_id and a.dimension = 'account'
       and a.id = e.account_id
     left join dimension_value p on p.org_id = e.org_id and p.dimension = 'provider'
       and p.id = e.provider_id
     where e.org_id = $1 and e.day >= $2::date and e.day < $3::date and e.basis = 'billed'
     group by 1, 2 having sum(e.cost) <> 0 order by 1, 2`,
    [orgId, start, end],
  );
  return rows.map((row) => ({ ...row, cost: nanoUsd(row.cost) }));
}
