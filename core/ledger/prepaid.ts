import type { Db, Tx } from "#core/db/db.ts";
import { addDays, type Day, daysBetween } from "#core/time.ts";
import type { PrepaidCredit } from "./charge.ts";

/** Adds what was bought or drawn; the same again changes nothing, another content is a conflict. */
export async function recordCredit(
  tx: Tx,
  orgId: number,
  credit: PrepaidCredit,
  now: Date,
): Promise<"appended" | "duplicate" | "conflict"> {
  const { source, externalId, provider, account, amount, boughtOn, expiresOn, note } = credit;
  const values = [
    orgId,
    source,
    externalId,
    provider,
    account,
    amount,
    boughtOn,
    expiresOn ?? null,
  ];
  const { rowCount } = await tx.query(
    `insert into prepaid_credit (org_id, source, external_id, provider, account, amount, bought_on,
       expires_on, note, recorded_at)
     values ($1, $2, $3, $4, $5, $6, $7::date, $8::date, $9, $10)
     on conflict (org_id, source, external_id) do nothing`,
    [...values, note ?? null, now],
  );
  if (rowCount === 1) return "appended";
  const { rows } = await tx.query<{ same: boolean }>(
    `select provider = $4 and account = $5 and amount = $6 and bought_on = $7::date
       and expires_on is not distinct from $8::date as same
     from prepaid_credit where org_id = $1 and source = $2 and external_id = $3`,
    values,
  );
  return rows[0]?.same === true ? "duplicate" : "conflict";
}

/** What is left of the credit with a provider, nano-USD. */
export interface CreditBalance {
  readonly provider: string;
  readonly account: string;
  readonly bought: bigint;
  /** What usage cost since the first purchase, or the draw-downs that were reported. */
  readonly drawn: bigint;
  readonly left: bigint;
  readonly firstBoughtOn: Day;
  readonly nextExpiry: Day | undefined;
  /** The day on which it is used up at the pace of the last 30 days; undefined where it is not. */
  readonly usedUpOn: Day | undefined;
}

const PACE_DAYS = 30;

/** Every provider that something was paid for ahead, as of a UTC day. */
export async function listCreditBalances(
  db: Db,
  orgId: number,
  today: Day,
): Promise<CreditBalance[]> {
  const { rows } = await db.query<{
    provider: string;
    account: string;
    bought: bigint;
    reported: bigint;
    first: Day;
    expiry: Day | null;
    cost: bigint;
    recent: bigint;
  }>(
    `select c.provider, c.account, c.bought, c.reported, c.first, c.expiry,
       coalesce(u.cost, 0)::bigint as cost, coalesce(u.recent, 0)::bigint as recent
     from (
       select provider, account,
         coalesce(sum(amount) filter (where amount > 0), 0)::bigint as bought,
         coalesce(-sum(amount) filter (where amount < 0), 0)::bigint as reported,
         min(bought_on) as first, min(expires_on) filter (where expires_on > $2::date) as expiry
       from prepaid_credit where org_id = $1 group by provider, account) c
     left join lateral (
       select sum(e.cost) as cost, sum(e.cost) filter (where e.day > $2::date - $3::int) as recent
       from ledger_entry e
       join dimension_value p on p.org_id = e.org_id and p.dimension = 'provider'
         and p.id = e.provider_id and p.value = c.provider
       left join dimension_value a on a.org_id = e.org_id and a.dimension = 'account'
         and a.id = e.account_id
       where e.org_id = $1 and e.day >= c.first and e.day <= $2::date
         and (c.account = '' or a.value = c.account)) u on true
     order by c.provider, c.account`,
    [orgId, today, PACE_DAYS],
  );
  return rows.map((row) => {
    const drawn = row.reported > 0n ? row.reported : row.cost;
    const left = row.bought - drawn;
    const days = Math.min(PACE_DAYS, daysBetween(row.first, today) + 1);
    return {
      provider: row.provider,
      account: row.account,
      bought: row.bought,
      drawn,
      left,
      firstBoughtOn: row.first,
      nextExpiry: row.expiry ?? undefined,
      usedUpOn: usedUpOn(left, row.recent, days, today),
    };
  });
}

const FAR_DAYS = 3_650n;

function usedUpOn(left: bigint, recent: bigint, days: number, today: Day): Day | undefined {
  if (left <= 0n) return today;
  if (recent <= 0n || days <= 0) return undefined;
  const last = (left * BigInt(days)) / recent;
  return last > FAR_DAYS ? undefined : addDays(today, Number(last) + 1);
}
