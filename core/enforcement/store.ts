import type { Db, Tx } from "../db/db.ts";
import type { Day } from "../time.ts";
import { CapCounter, CapLease } from "./schema.ts";

const COUNTER = `id, subject_kind as "subjectKind", subject_id as "subjectId", period,
  period_start as "periodStart", settled, held, unconfirmed, would_refuse as "wouldRefuse"`;
const LEASE = `id, counter_id as "counterId", replica, granted, lost_at is not null as "isLost"`;

export interface CounterPlace {
  readonly orgId: number;
  readonly subjectKind: "scope" | "key";
  readonly subjectId: number;
  readonly period: string;
  readonly periodStart: Day;
}

export async function findCounter(db: Db, place: CounterPlace): Promise<CapCounter | undefined> {
  const { rows } = await db.query(
    `select ${COUNTER} from cap_counter where org_id = $1 and subject_kind = $2
       and subject_id = $3 and period = $4 and period_start = $5::date`,
    [place.orgId, place.subjectKind, place.subjectId, place.period, place.periodStart],
  );
  return rows[0] === undefined ? undefined : CapCounter.parse(rows[0]);
}

/** Nothing where somebody else was first. */
export async function insertCounter(tx: Db, place: CounterPlace, settled: bigint): Promise<void> {
  await tx.query(
    `insert into cap_counter (org_id, subject_kind, subject_id, period, period_start, settled)
     values ($1, $2, $3, $4, $5::date, $6)
     on conflict (org_id, subject_kind, subject_id, period, period_start) do nothing`,
    [place.orgId, place.subjectKind, place.subjectId, place.period, place.periodStart, settled],
  );
}

/** In the order of id, as everybody locks them: nobody waits for somebody who waits for them. */
export async function lockCounters(
  tx: Tx,
  orgId: number,
  ids: readonly number[],
): Promise<CapCounter[]> {
  const { rows } = await tx.query(
    `select ${COUNTER} from cap_counter where org_id = $1 and id = any ($2::int[])
     order by id for update`,
    [orgId, ids],
  );
  return rows.map((row) => CapCounter.parse(row));
}

/** Counters of the periods that hold the day, for the caps shown in lists. */
export async function listCounters(db: Db, orgId: number, since: Day): Promise<CapCounter[]> {
  const { rows } = await db.query(
    `select ${COUNTER} from cap_counter where org_id = $1 and period_start >= $2::date
     order by id`,
    [orgId, since],
  );
  return rows.map((row) => CapCounter.parse(row));
}

/** Live leases of the counters, and every lease of the replica. */
export async function listLeases(
  tx: Db,
  args: { orgId: number; counterIds: readonly number[]; replica: string },
): Promise<CapLease[]> {
  const { rows } = await tx.query(
    `select ${LEASE} from cap_lease where org_id = $1
       and (replica = $3 or (lost_at is null and counter_id = any ($2::int[])))
     order by id`,
    [args.orgId, args.counterIds, args.replica],
  );
  return rows.map((row) => CapLease.parse(row));
}

export interface CounterChange {
  readonly id: number;
  readonly settled: bigint;
  readonly held: bigint;
  readonly unconfirmed: bigint;
  readonly wouldRefuse: bigint;
}

/** Adds to counters that are locked. */
export async function changeCounters(
  tx: Tx,
  orgId: number,
  changes: readonly CounterChange[],
): Promise<void> {
  await tx.query(
    `update cap_counter c set settled = c.settled + d.settled, held = c.held + d.held,
       unconfirmed = c.unconfirmed + d.unconfirmed, would_refuse = c.would_refuse + d.refused
     from unnest($2::int[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
       as d (id, settled, held, unconfirmed, refused)
     where c.org_id = $1 and c.id = d.id`,
    [
      orgId,
      changes.map(({ id }) => id),
      changes.map(({ settled }) => settled),
      changes.map(({ held }) => held),
      changes.map(({ unconfirmed }) => unconfirmed),
      changes.map(({ wouldRefuse }) => wouldRefuse),
    ],
  );
}

/** Lends more to the replica, and renews what it has of these counters. */
export async function grantLeases(
  tx: Tx,
  args: {
    orgId: number;
    replica: string;
    grants: readonly { counterId: number; amount: bigint }[];
    ttlMs: number;
  },
): Promise<{ id: number; counterId: number }[]> {
  const { orgId, replica, grants, ttlMs } = args;
  const { rows } = await tx.query<{ id: number; counterId: number }>(
    `insert into cap_lease (org_id, counter_id, replica, granted, expires_at)
     select $1, g.counter_id, $2, g.amount, clock_timestamp() + $5 * interval '1 millisecond'
     from unnest($3::int[], $4::bigint[]) as g (counter_id, amount)
     on conflict (org_id, counter_id, replica) where lost_at is null
     do update set granted = cap_lease.granted + excluded.granted,
       expires_at = excluded.expires_at
     returning id, counter_id as "counterId"`,
    [
      orgId,
      replica,
      grants.map(({ counterId }) => counterId),
      grants.map(({ amount }) => amount),
      ttlMs,
    ],
  );
  return rows;
}

/** Takes from leases what was settled or given back. */
export async function shrinkLeases(
  tx: Tx,
  orgId: number,
  shrinks: readonly { id: number; by: bigint }[],
): Promise<void> {
  await tx.query(
    `update cap_lease l set granted = l.granted - d.amount
     from unnest($2::int[], $3::bigint[]) as d (id, amount)
     where l.org_id = $1 and l.id = d.id`,
    [orgId, shrinks.map(({ id }) => id), shrinks.map(({ by }) => by)],
  );
}

export async function deleteLeases(tx: Tx, orgId: number, ids: readonly number[]): Promise<void> {
  await tx.query("delete from cap_lease where org_id = $1 and id = any ($2::int[])", [orgId, ids]);
}

/**
 * Renews what the replica has; returns the leases that were. Never waits for a lock, so nobody can wait
 * for it in a circle.
 */
export async function renewLeases(
  db: Db,
  args: { orgId: number; replica: string; ttlMs: number },
): Promise<number[]> {
  const { rows } = await db.query<{ id: number }>(
    `with own as (
       select org_id, id from cap_lease
       where org_id = $1 and replica = $2 and lost_at is null and granted > 0
         and expires_at > clock_timestamp()
       order by id for update skip locked)
     update cap_lease l set expires_at = clock_timestamp() + $3 * interval '1 millisecond'
     from own where l.org_id = own.org_id and l.id = own.id returning l.id`,
    [args.orgId, args.replica, args.ttlMs],
  );
  return rows.map(({ id }) => id);
}

/** Leases that were not renewed in time, without a lock. */
export async function listExpired(db: Db, orgId: number): Promise<CapLease[]> {
  const { rows } = await db.query(
    `select ${LEASE} from cap_lease
     where org_id = $1 and lost_at is null and expires_at < clock_timestamp() order by id`,
    [orgId],
  );
  return rows.map((row) => CapLease.parse(row));
}

/** Marks leases of locked counters as lost that still are not renewed; returns what they held. */
export async function loseExpired(
  tx: Tx,
  orgId: number,
  counterIds: readonly number[],
  now: Date,
): Promise<CapLease[]> {
  const { rows } = await tx.query(
    `update cap_lease set lost_at = $3
     where org_id = $1 and counter_id = any ($2::int[]) and lost_at is null
       and expires_at < clock_timestamp()
     returning ${LEASE}`,
    [orgId, counterIds, now],
  );
  return rows.map((row) => CapLease.parse(row));
}

/** False: this batch, or a later one, is written already. */
export async function claimBatch(
  tx: Tx,
  args: { orgId: number; replica: string; batch: bigint; now: Date },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into gateway_replica (org_id, id, last_batch, seen_at) values ($1, $2, $3, $4)
     on conflict (org_id, id) do update set last_batch = $3, seen_at = $4
     where gateway_replica.last_batch < $3`,
    [args.orgId, args.replica, args.batch, args.now],
  );
  return rowCount === 1;
}

export async function listLost(db: Db, orgId: number, counterId: number): Promise<CapLease[]> {
  const { rows } = await db.query(
    `select ${LEASE} from cap_lease
     where org_id = $1 and counter_id = $2 and lost_at is not null order by id`,
    [orgId, counterId],
  );
  return rows.map((row) => CapLease.parse(row));
}

/** The last batch of the replica that is written; undefined: none. */
export async function findLastBatch(
  db: Db,
  orgId: number,
  replica: string,
): Promise<bigint | undefined> {
  const { rows } = await db.query<{ batch: bigint }>(
    "select last_batch as batch from gateway_replica where org_id = $1 and id = $2",
    [orgId, replica],
  );
  return rows[0]?.batch;
}

/** What was promised must outlive a crash of the server, whatever it is configured to. */
export async function requireDurable(tx: Tx): Promise<void> {
  await tx.query("set local synchronous_commit = on");
}

/** Lost leases out of which nothing can be spent any more. */
export async function deleteEmptyLeases(tx: Tx, orgId: number): Promise<void> {
  await tx.query(
    "delete from cap_lease where org_id = $1 and lost_at is not null and granted = 0",
    [orgId],
  );
}

export async function deleteOldReplicas(tx: Tx, orgId: number, before: Date): Promise<void> {
  await tx.query("delete from gateway_replica where org_id = $1 and seen_at < $2", [orgId, before]);
}
