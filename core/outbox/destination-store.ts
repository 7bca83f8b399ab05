import type { Db, Tx } from "../db/db.ts";
import { UNOBSTRUCTED } from "./delivery-store.ts";

export interface Destination {
  orgId: number;
  surface: string;
  destination: string;
}

export interface LockedDestination extends Destination {
  mutedKinds: string[];
  quietFrom: string | null;
  quietUntil: string | null;
  timeZone: string;
}

/** Rows are made here and not by enqueue, which would make long transactions wait for each other. */
export async function insertMissingDestinations(db: Db): Promise<number> {
  const { rowCount } = await db.query(
    `insert into outbox_destination (org_id, surface, destination)
     select distinct org_id, surface, destination from outbox m
     where state in ('queued', 'sending') and not exists (select from outbox_destination d
       where d.org_id = m.org_id and d.surface = m.surface and d.destination = m.destination)
     order by 1, 2, 3 on conflict do nothing`,
  );
  return rowCount ?? 0;
}

const GATE = `(select coalesce(max(g.next_at), '-infinity') from outbox_destination g
  where g.org_id = d.org_id and g.surface = d.surface and g.destination = '')`;

/** The destination's own hours, else those of the organisation's file. */
const QUIET_HOURS = `coalesce(d.quiet_from, p.quiet_from) as "quietFrom",
  coalesce(d.quiet_until, p.quiet_until) as "quietUntil"`;

/** Of the destinations with a due message that nobody is serving, the one that waits longest. */
export async function lockDestination(
  tx: Tx,
  surfaces: readonly string[],
  now: Date,
): Promise<LockedDestination | undefined> {
  const { rows } = await tx.query<LockedDestination>(
    `select d.org_id as "orgId", d.surface, d.destination, d.muted_kinds as "mutedKinds",
       ${QUIET_HOURS}, o.time_zone as "timeZone"
     from outbox_destination d
     join organization o on o.id = d.org_id
     left join organization_policy p on p.org_id = d.org_id
     where d.surface = any($1::text[]) and d.destination <> '' and d.next_at <= $2
       and ${GATE} <= $2
       and exists (select from outbox m
         where m.org_id = d.org_id and m.surface = d.surface and m.destination = d.destination
           and m.state in ('queued', 'sending') and m.not_before <= $2 and ${UNOBSTRUCTED})
     order by d.next_at, d.org_id, d.surface, d.destination limit 1 for update of d skip locked`,
    [surfaces, now],
  );
  return rows[0];
}

/** When the next message may leave; undefined when none waits. */
export async function findNextDue(db: Db, surfaces: readonly string[]): Promise<Date | undefined> {
  const { rows } = await db.query<{ at: Date | null }>(
    `select min(greatest(m.not_before, d.next_at, ${GATE})) as at
     from outbox m join outbox_destination d using (org_id, surface, destination)
     where m.state in ('queued', 'sending') and m.surface = any($1::text[]) and ${UNOBSTRUCTED}`,
    [surfaces],
  );
  return rows[0]?.at ?? undefined;
}

export async function holdDestination(tx: Tx, at: Destination, nextAt: Date): Promise<void> {
  await tx.query(
    `update outbox_destination set next_at = $4
     where org_id = $1 and surface = $2 and destination = $3`,
    [at.orgId, at.surface, at.destination, nextAt],
  );
}

/** Nothing leaves for the organisation's whole surface before the instant. */
export async function holdSurface(
  db: Db,
  orgId: number,
  surface: string,
  nextAt: Date,
): Promise<void> {
  await db.query(
    `insert into outbox_destination as d (org_id, surface, destination, next_at)
     values ($1, $2, '', $3) on conflict (org_id, surface, destination)
     do update set next_at = greatest(d.next_at, excluded.next_at)`,
    [orgId, surface, nextAt],
  );
}

export async function setMuted(
  tx: Tx,
  at: Destination,
  kind: string,
  muted: boolean,
): Promise<void> {
  await tx.query(
    `insert into outbox_destination as d (org_id, surface, destination, muted_kinds)
     values ($1, $2, $3, case when $5 then array[$4] else '{}'::text[] end)
     on conflict (org_id, surface, destination) do update
     set muted_kinds = array_remove(d.muted_kinds, $4) || excluded.muted_kinds`,
    [at.orgId, at.surface, at.destination, kind, muted],
  );
}

export async function setQuietHours(
  tx: Tx,
  at: Destination,
  from: string | undefined,
  until: string | undefined,
): Promise<void> {
  await tx.query(
    `insert into outbox_destination (org_id, surface, destination, quiet_from, quiet_until)
     values ($1, $2, $3, $4, $5)
     on conflict (org_id, surface, destination) do update
     set quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until`,
    [at.orgId, at.surface, at.destination, from, until],
  );
}

export interface DestinationRow {
  mutedKinds: string[];
  quietFrom: string | null;
  quietUntil: string | null;
}

export async function findDestination(
  db: Db,
  at: Destination,
): Promise<DestinationRow | undefined> {
  const { rows } = await db.query<DestinationRow>(
    `select coalesce(d.muted_kinds, '{}') as "mutedKinds", ${QUIET_HOURS}
     from organization o
     left join outbox_destination d
       on d.org_id = o.id and d.surface = $2 and d.destination = $3
     left join organization_policy p on p.org_id = o.id
     where o.id = $1`,
    [at.orgId, at.surface, at.destination],
  );
  return rows[0];
}
