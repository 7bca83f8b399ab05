import type { Db, Tx } from "../db/db.ts";
import type { Day } from "../time.ts";
import type { AccountUseRow, UseRow } from "./facts.ts";
import { type DecisionKind, type InventoryKind, ItemDecision } from "./schema.ts";

/** The windows of the last days, both up to today. */
export interface Windows {
  readonly orgId: number;
  readonly today: Day;
  /** First day of what is summed. */
  readonly since: Day;
  /** First day of what tells teams that share. */
  readonly sharedSince: Day;
}

const COLUMN = { key: "key_id", model: "model_id" } as const;

/**
 * Use of every key or model, as far back as the rollups go. A team whose spend was all claimed by
 * another is no share.
 */
export async function listUse(
  db: Db,
  dimension: keyof typeof COLUMN,
  { orgId, today, since, sharedSince }: Windows,
): Promise<UseRow[]> {
  const { rows } = await db.query<UseRow>(
    `select v.value, u.team_id as "teamId", coalesce(p.value, '') as provider, u.first, u.last,
       u.cost, u.unpriced, u.share as "isShare", u.called as "isCalled"
     from (
       select ${COLUMN[dimension]} as id, team_id, provider_id, min(local_day) as first,
         max(local_day) as last, bool_or(requests <> 0) as called,
         coalesce(sum(cost) filter (where local_day >= $3::date), 0)::bigint as cost,
         coalesce(sum(unpriced_requests) filter (where local_day >= $3::date), 0)::bigint
           as unpriced,
         coalesce(sum(cost) filter (where local_day >= $4::date), 0) <> 0
           or coalesce(sum(requests) filter (where local_day >= $4::date), 0) <> 0 as share
       from rollup_day
       where org_id = $1 and local_day <= $2::date and ${COLUMN[dimension]} <> 0
         and (requests <> 0 or cost <> 0)
       group by 1, 2, 3
     ) u
     join dimension_value v on v.org_id = $1 and v.dimension = $5 and v.id = u.id
     left join dimension_value p on p.org_id = $1 and p.dimension = 'provider'
       and p.id = u.provider_id`,
    [orgId, today, since, sharedSince, dimension],
  );
  return rows;
}

/**
 * Use by account and key since `from`. No rollup knows the account, so these are entries: the days are
 * bounded by the caller.
 */
export async function listAccountUse(
  db: Db,
  { orgId, today, since, sharedSince }: Windows,
  from: Day,
): Promise<AccountUseRow[]> {
  const { rows } = await db.query<AccountUseRow>(
    `select coalesce(a.value, '') as account, coalesce(k.value, '') as key,
       coalesce(p.value, '') as provider, u.team_id as "teamId", u.seat as "isSeat",
       case when u.seat then coalesce(m.value, '') else '' end as item, u.first, u.last, u.cost,
       u.unpriced, u.share as "isShare"
     from (
       select account_id, key_id, provider_id, team_id, coalesce(operation = 'seat', false) as seat,
         case when operation = 'seat' then model_id else 0 end as model_id,
         min(local_day) as first, max(local_day) as last,
         coalesce(sum(cost) filter (where local_day >= $3::date), 0)::bigint as cost,
         coalesce(sum(request_count) filter (where local_day >= $3::date and price_id = 0
           and cost = 0), 0)::bigint as unpriced,
         coalesce(sum(cost) filter (where local_day >= $4::date), 0) <> 0
           or coalesce(sum(request_count) filter (where local_day >= $4::date), 0) <> 0 as share
       from ledger_entry
       where org_id = $1 and local_day between $5::date and $2::date
         and day between $5::date - 1 and $2::date + 1 and (request_count <> 0 or cost <> 0)
       group by 1, 2, 3, 4, 5, 6
     ) u
     left join dimension_value a on a.org_id = $1 and a.dimension = 'account'
       and a.id = u.account_id
     left join dimension_value k on k.org_id = $1 and k.dimension = 'key' and k.id = u.key_id
     left join dimension_value p on p.org_id = $1 and p.dimension = 'provider'
       and p.id = u.provider_id
     left join dimension_value m on m.org_id = $1 and m.dimension = 'model' and m.id = u.model_id`,
    [orgId, today, since, sharedSince, from],
  );
  return rows;
}

/** The first day of each of these accounts in all that the ledger has. */
export async function listAccountsSince(
  db: Db,
  orgId: number,
  accounts: readonly string[],
): Promise<Map<string, Day>> {
  const { rows } = await db.query<{ value: string; day: Day }>(
    `select v.value, min(e.local_day) as day from dimension_value v
     join ledger_entry e on e.org_id = $1 and e.account_id = v.id
     where v.org_id = $1 and v.dimension = 'account' and v.value = any($2::text[])
     group by v.value`,
    [orgId, accounts],
  );
  return new Map(rows.map(({ value, day }) => [value, day]));
}

const DECISION = `id, kind, item, decision, follows, owner_id as "ownerId",
  owner_before as "ownerBefore", is_retired as "isRetired", record_before as "recordBefore",
  decided_by as "decidedBy", decided_at as "decidedAt", reason`;

/** The last decision about each thing. */
export async function listLastDecisions(db: Db, orgId: number): Promise<ItemDecision[]> {
  const { rows } = await db.query(
    `select distinct on (kind, item) ${DECISION} from inventory_decision where org_id = $1
     order by kind, item, id desc`,
    [orgId],
  );
  return rows.map((row) => ItemDecision.parse(row));
}

export interface NewDecision {
  readonly orgId: number;
  readonly kind: InventoryKind;
  readonly item: string;
  readonly decision: DecisionKind;
  readonly follows: number;
  readonly ownerId: number | undefined;
  readonly ownerBefore: number | undefined;
  readonly isRetired: boolean;
  readonly recordBefore: unknown;
  readonly decidedBy: number;
  readonly role: string;
  readonly now: Date;
  readonly reason: string | undefined;
}

/** Undefined: another decision follows the same one already. */
export async function insertDecision(tx: Tx, made: NewDecision): Promise<number | undefined> {
  const { rows } = await tx.query<{ id: number }>(
    `insert into inventory_decision (org_id, kind, item, decision, follows, owner_id, owner_before,
       is_retired, record_before, decided_by, role, decided_at, reason)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11, $12, $13)
     on conflict (org_id, kind, item, follows) do nothing returning id`,
    [
      made.orgId,
      made.kind,
      made.item,
      made.decision,
      made.follows,
      made.ownerId ?? null,
      made.ownerBefore ?? null,
      made.isRetired,
      made.recordBefore === undefined ? null : JSON.stringify(made.recordBefore),
      made.decidedBy,
      made.role,
      made.now,
      made.reason ?? null,
    ],
  );
  return rows[0]?.id;
}
