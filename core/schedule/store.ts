import type { Db, Tx } from "../db/db.ts";

export interface OrganizationZone {
  orgId: number;
  timeZone: string;
}

export async function listOrganizationZones(db: Db): Promise<OrganizationZone[]> {
  const { rows } = await db.query<OrganizationZone>(
    `select id as "orgId", time_zone as "timeZone" from organization order by id`,
  );
  return rows;
}

export interface ScheduleRow {
  orgId: number;
  name: string;
  dueUntil: Date;
  nextAt: Date;
  definition: string;
}

const SCHEDULE = `org_id as "orgId", name, due_until as "dueUntil", next_at as "nextAt",
  definition`;

export async function listSchedules(db: Db): Promise<ScheduleRow[]> {
  return (await db.query<ScheduleRow>(`select ${SCHEDULE} from schedule`)).rows;
}

/** Undefined while another replica opens slots of the same schedule. */
export async function lockSchedule(
  tx: Tx,
  orgId: number,
  name: string,
): Promise<ScheduleRow | undefined> {
  const { rows } = await tx.query<ScheduleRow>(
    `select ${SCHEDULE} from schedule where org_id = $1 and name = $2 for update skip locked`,
    [orgId, name],
  );
  return rows[0];
}

export async function insertSchedule(db: Db, row: ScheduleRow): Promise<void> {
  await db.query(
    `insert into schedule (org_id, name, due_until, next_at, definition)
     values ($1, $2, $3, $4, $5) on conflict do nothing`,
    [row.orgId, row.name, row.dueUntil, row.nextAt, row.definition],
  );
}

export async function updateSchedule(db: Db, row: ScheduleRow): Promise<void> {
  await db.query(
    `update schedule set due_until = $3, next_at = $4, definition = $5
     where org_id = $1 and name = $2`,
    [row.orgId, row.name, row.dueUntil, row.nextAt, row.definition],
  );
}

export async function insertSlots(
  db: Db,
  orgId: number,
  schedule: string,
  slots: readonly Date[],
): Promise<void> {
  await db.query(
    `insert into schedule_slot (org_id, schedule, slot, not_before)
     select $1, $2, slot, slot from unnest($3::timestamptz[]) as slot on conflict do nothing`,
    [orgId, schedule, slots],
  );
}

/** Slots that are being run are locked, and finish. */
export async function skipSlotsBefore(
  db: Db,
  orgId: number,
  schedule: string,
  before: Date,
  now: Date,
): Promise<void> {
  await db.query(
    `update schedule_slot s
     set state = 'skipped', reason = 'a later slot took its place', finished_at = $4
     from (select slot from schedule_slot
           where org_id = $1 and schedule = $2 and slot < $3 and state = 'open'
           for update skip locked) as old
     where s.org_id = $1 and s.schedule = $2 and s.slot = old.slot`,
    [orgId, schedule, before, now],
  );
}

export interface ClaimedSlot {
  orgId: number;
  schedule: string;
  slot: Date;
  /** 1 on the first try. */
  attempts: number;
  timeZone: string;
}

/**
 * Takes the oldest slot that is due for one of the jobs and counts the try, so that a slot which
 * kills its worker is parked like any other. `leaseMs` is how long a killed worker keeps it.
 */
export async function claimSlot(
  db: Db,
  jobs: readonly string[],
  now: Date,
  leaseMs: number,
): Promise<ClaimedSlot | undefined> {
  const { rows } = await db.query<ClaimedSlot>(
    `update schedule_slot s
     set attempts = s.attempts + 1, started_at = $2, not_before = $2 + $3 * interval '1 ms'
     from (select org_id, schedule, slot from schedule_slot
           where state = 'open' and not_before <= $2
             and split_part(schedule, '/', 1) = any($1::text[])
           order by not_before, org_id, schedule, slot
           limit 1 for update skip locked) as due
     join organization o on o.id = due.org_id
     where s.org_id = due.org_id and s.schedule = due.schedule and s.slot = due.slot
     returning s.org_id as "orgId", s.schedule, s.slot, s.attempts, o.time_zone as "timeZone"`,
    [jobs, now, leaseMs],
  );
  return rows[0];
}

/** Also of slots that are being run, whose lease is `not_before`. */
export async function findNextSlotDue(db: Db, jobs: readonly string[]): Promise<Date | undefined> {
  const { rows } = await db.query<{ at: Date | null }>(
    `select min(not_before) as at from schedule_slot
     where state = 'open' and split_part(schedule, '/', 1) = any($1::text[])`,
    [jobs],
  );
  return rows[0]?.at ?? undefined;
}

const THIS_TRY = `org_id = $1 and schedule = $2 and slot = $3 and attempts = $4 and state = 'open'`;

/**
 * False when the claim was lost: the lease ran out and another worker has the slot, or had it. It
 * waits for the lock, since the claims of others touch the row for a moment before they pass it by.
 */
export async function lockClaimedSlot(tx: Tx, claimed: ClaimedSlot): Promise<boolean> {
  const { rowCount } = await tx.query(`select 1 from schedule_slot where ${THIS_TRY} for update`, [
    claimed.orgId,
    claimed.schedule,
    claimed.slot,
    claimed.attempts,
  ]);
  return rowCount === 1;
}

export async function finishSlot(db: Db, claimed: ClaimedSlot, now: Date): Promise<void> {
  await db.query(
    `update schedule_slot set state = 'done', finished_at = $5, reason = null where ${THIS_TRY}`,
    [claimed.orgId, claimed.schedule, claimed.slot, claimed.attempts, now],
  );
}

export async function postponeSlot(
  db: Db,
  claimed: ClaimedSlot,
  notBefore: Date,
  reason: string,
): Promise<void> {
  await db.query(`update schedule_slot set not_before = $5, reason = $6 where ${THIS_TRY}`, [
    claimed.orgId,
    claimed.schedule,
    claimed.slot,
    claimed.attempts,
    notBefore,
    reason,
  ]);
}

/** True for the one who parked it. */
export async function parkSlot(
  db: Db,
  claimed: ClaimedSlot,
  now: Date,
  reason: string,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update schedule_slot set state = 'parked', finished_at = $5, reason = $6 where ${THIS_TRY}`,
    [claimed.orgId, claimed.schedule, claimed.slot, claimed.attempts, now, reason],
  );
  return rowCount === 1;
}

export interface SlotRow {
  schedule: string;
  slot: Date;
  state: "open" | "done" | "parked" | "skipped";
  attempts: number;
  notBefore: Date;
  reason: string | null;
  finishedAt: Date | null;
}

/** Newest first. */
export async function listSlots(
  db: Db,
  orgId: number,
  states: readonly SlotRow["state"][],
  limit: number,
): Promise<SlotRow[]> {
  const { rows } = await db.query<SlotRow>(
    `select schedule, slot, state, attempts, not_before as "notBefore", reason,
       finished_at as "finishedAt"
     from schedule_slot where org_id = $1 and state = any($2::text[])
     order by slot desc, schedule limit $3`,
    [orgId, states, limit],
  );
  return rows;
}

/** True when there was such a parked slot. */
export async function reopenSlot(
  db: Db,
  orgId: number,
  schedule: string,
  slot: Date,
  now: Date,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update schedule_slot set state = 'open', attempts = 0, not_before = $4, finished_at = null
     where org_id = $1 and schedule = $2 and slot = $3 and state = 'parked'`,
    [orgId, schedule, slot, now],
  );
  return rowCount === 1;
}

export async function deleteSlotsBefore(db: Db, orgId: number, before: Date): Promise<number> {
  const { rowCount } = await db.query(
    `delete from schedule_slot where org_id = $1 and slot < $2 and state in ('done', 'skipped')`,
    [orgId, before],
  );
  return rowCount ?? 0;
}
