import type { Db, Tx } from "../db/db.ts";

/** The end of the newest hour that was judged; undefined before the first. */
export async function findJudgedUntil(db: Db, orgId: number): Promise<Date | undefined> {
  const { rows } = await db.query<{ at: Date }>(
    "select judged_until as at from anomaly_watch where org_id = $1",
    [orgId],
  );
  return rows[0]?.at;
}

export async function saveJudgedUntil(tx: Tx, orgId: number, at: Date): Promise<void> {
  await tx.query(
    `insert into anomaly_watch as w (org_id, judged_until) values ($1, $2)
     on conflict (org_id) do update
       set judged_until = greatest(w.judged_until, excluded.judged_until)`,
    [orgId, at],
  );
}

export type SeenDimension = "provider" | "model" | "key";

/** Notes everything that the ledger holds of days before, so that none of it is ever new. */
export async function noteEverything(
  tx: Tx,
  orgId: number,
  before: Date,
  now: Date,
): Promise<void> {
  await tx.query(
    `insert into anomaly_seen (org_id, dimension, value_id, seen_at)
     select distinct $1::int, d.dimension, d.id, $2::timestamptz from rollup_day r
     cross join lateral (values ('provider', r.provider_id), ('model', r.model_id),
       ('key', r.key_id)) d (dimension, id)
     where r.org_id = $1 and d.id <> 0 and r.local_day <= ($3::timestamptz at time zone 'UTC')::date
     on conflict do nothing`,
    [orgId, now, before],
  );
}

export interface SeenValue {
  readonly dimension: SeenDimension;
  readonly id: number;
}

/**
 * Notes what the hours in [from, to) used; returns what no earlier hour or day had. Of an organisation
 * with less than a week of history nothing is new: all of it is.
 */
export async function noteUsed(
  tx: Tx,
  orgId: number,
  hours: { readonly from: Date; readonly to: Date },
): Promise<(SeenValue & { readonly first: Date })[]> {
  const { rows } = await tx.query<SeenValue & { readonly first: Date }>(
    `with used as (
       select dimension, id, coalesce(min(first) filter (where exact), min(first)) as first
       from (
         select d.dimension, d.id, r.hour as first, true as exact from rollup_hour r
         cross join lateral (values ('model', r.model_id), ('key', r.key_id)) d (dimension, id)
         where r.org_id = $1 and r.hour >= $2 and r.hour < $3
         union all
         -- Providers are in days alone; and bills come by the day, a day later.
         select d.dimension, d.id, greatest($2, r.local_day::timestamptz), false from rollup_day r
         cross join lateral (values ('provider', r.provider_id), ('model', r.model_id),
           ('key', r.key_id)) d (dimension, id)
         where r.org_id = $1 and r.local_day >= ($2::timestamptz at time zone 'UTC')::date - 2
           and r.last_recorded_at >= $2) u
       group by dimension, id),
     noted as (
       insert into anomaly_seen (org_id, dimension, value_id, seen_at)
       select $1, dimension, id, $2 from used where id <> 0
       on conflict do nothing returning dimension, value_id)
     select u.dimension, u.id, u.first from noted
     join used u on u.dimension = noted.dimension and u.id = noted.value_id
     where exists (select from rollup_day r where r.org_id = $1
         and r.local_day < ($2::timestamptz at time zone 'UTC')::date - 7)
     -- An import of the past may have brought it since.
       and not exists (select from rollup_day r where r.org_id = $1
       and r.local_day < ($2::timestamptz at time zone 'UTC')::date - 2
       and case noted.dimension when 'provider' then r.provider_id when 'model' then r.model_id
         else r.key_id end = noted.value_id)
     order by u.dimension desc, u.id`,
    [orgId, hours.from, hours.to],
  );
  return rows;
}

export interface UseOf {
  /** The first hour of it; undefined where there is none. */
  readonly first: Date | undefined;
  /** Nano-USD since then, and of the newest day of it. */
  readonly cost: bigint;
  readonly dayCost: bigint;
  readonly scopeId: number;
}

const COLUMN = { provider: "provider_id", model: "model_id", key: "key_id" } as const;

// Bills are in no hour: each of their days is taken for used at its noon, as it is booked.
const NOON = "(local_day + time '12:00') at time zone 'UTC'";

/** In [from, to); the bounds of the days are for the index. */
function billedIn(from: string, to: string): string {
  return `billed_cost <> 0 and local_day >= (${from}::timestamptz at time zone 'UTC')::date
    and local_day <= (${to}::timestamptz at time zone 'UTC')::date
    and ${NOON} >= ${from} and ${NOON} < ${to}`;
}

/** What a value has cost since an hour, and the scope that uses it most. */
export async function findUse(
  db: Db,
  orgId: number,
  { dimension, id }: SeenValue,
  hours: { readonly since: Date; readonly to: Date },
): Promise<UseOf> {
  // The hourly rollup does not know the provider: its models stand for it.
  const models = `model_id in (select model_id from rollup_day where org_id = $1
    and provider_id = $2)`;
  const { rows } = await db.query<{ cost: bigint; dayCost: bigint; first: Date | null }>(
    `select coalesce(sum(cost), 0)::bigint as cost,
       coalesce(sum(cost) filter (where hour >= $4::timestamptz - interval '24 hours'), 0)::bigint
         as "dayCost", min(hour) as first
     from (
       select hour, cost from rollup_hour
       where org_id = $1 and hour >= $3 and hour < $4
         and ${dimension === "provider" ? models : `${COLUMN[dimension]} = $2`}
       union all
       select ${NOON}, billed_cost from rollup_day
       where org_id = $1 and ${COLUMN[dimension]} = $2 and ${billedIn("$3", "$4")}) used`,
    [orgId, id, hours.since, hours.to],
  );
  const scope = await db.query<{ id: number }>(
    `select coalesce(nullif(agent_id, 0), nullif(project_id, 0), team_id) as id from rollup_day
     where org_id = $1 and ${COLUMN[dimension]} = $2
     group by 1 order by sum(cost) desc, sum(requests) desc limit 1`,
    [orgId, id],
  );
  return {
    first: rows[0]?.first ?? undefined,
    cost: rows[0]?.cost ?? 0n,
    dayCost: rows[0]?.dayCost ?? 0n,
    scopeId: scope.rows[0]?.id ?? 0,
  };
}

/** Was the key used before an hour? Days are in the organisation's zone: a day off is left to the hours. */
export async function isUsedBefore(
  db: Db,
  orgId: number,
  keyId: number,
  hour: Date,
): Promise<boolean> {
  const { rows } = await db.query<{ used: boolean }>(
    `select exists (select from rollup_hour where org_id = $1 and key_id = $2 and hour < $3)
       or exists (select from rollup_day where org_id = $1 and key_id = $2
         and local_day < ($3::timestamptz at time zone 'UTC')::date - 1) as used`,
    [orgId, keyId, hour],
  );
  return rows[0]?.used === true;
}

export interface KeyUse {
  readonly keyId: number;
  /** Nano-USD of the last day. */
  readonly dayCost: bigint;
  /** A living person answers for it. */
  readonly owned: boolean;
  /** Since when whoever owned it is gone. */
  readonly ownerLeftAt: Date | null;
  /** Known to the inventory or issued here. */
  readonly known: boolean;
  /** Its spend resolves to a team. */
  readonly attributed: boolean;
  /** Since when it should no longer be used. */
  readonly endedAt: Date | null;
}

/** Every key that was used in the day before `to`, and how it stands with its owner and expiry. */
export async function listKeyUse(db: Db, orgId: number, to: Date): Promise<KeyUse[]> {
  const { rows } = await db.query<KeyUse>(
    `with used as (
       select key_id, sum(cost)::bigint as cost, max(hour) as last,
         bool_and(agent_id <> 0) as by_agent
       from (
         select key_id, agent_id, hour, cost from rollup_hour
         where org_id = $1 and hour >= $2::timestamptz - interval '24 hours' and hour < $2
         union all
         select key_id, agent_id, ${NOON}, billed_cost from rollup_day
         where org_id = $1 and ${billedIn("($2::timestamptz - interval '24 hours')", "$2")}) u
       where key_id <> 0
       group by key_id)
     select u.key_id as "keyId", u.cost as "dayCost",
       coalesce(p.id is not null and (p.left_on is null or p.left_on > $2::date), false) as owned,
       case when p.left_on <= $2::date then p.left_on::timestamptz end as "ownerLeftAt",
       (i.key is not null or k.id is not null) as known,
       (u.by_agent or exists (select from rollup_day r where r.org_id = $1
         and r.local_day >= $2::date - 2 and r.key_id = u.key_id and r.team_id <> 0)) as attributed,
       case when coalesce(k.expires_at, 'infinity') <= u.last then k.expires_at
         when k.state in ('revoked', 'expired', 'lapsed', 'undone') and k.ended_at <= u.last
           then k.ended_at
         when i.retired_on <= u.last::date and k.id is null then i.retired_on::timestamptz
       end as "endedAt"
     from used u
     join dimension_value v on v.org_id = $1 and v.dimension = 'key' and v.id = u.key_id
     left join virtual_key k on k.org_id = $1 and k.dimension_id = u.key_id
     left join lateral (
       select * from inventory_item i where i.org_id = $1 and i.kind = 'key'
         and (i.native_id = v.value or i.key = v.value)
       order by i.retired_on nulls first limit 1) i on true
     left join person p on p.org_id = $1 and p.id = coalesce(k.owner_id, i.owner_id)`,
    [orgId, to],
  );
  return rows;
}
