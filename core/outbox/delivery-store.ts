import type { Db, Tx } from "../db/db.ts";
import type { Delivered } from "./placement.ts";
import type { Placement, Urgency } from "./schema.ts";

export interface DueMessage {
  orgId: number;
  id: bigint;
  dedupeKey: string;
  surface: string;
  destination: string;
  kind: string;
  urgency: Urgency;
  placement: Placement;
  threadKey: string | null;
  body: unknown;
  attempts: number;
  uncertain: boolean;
  act: "post" | "thread" | "update" | null;
  actReference: string | null;
  leads: boolean;
}

/** Nothing overtakes an earlier message of its own thread; `m` is the message. */
export const UNOBSTRUCTED = `not exists (select from outbox e
  where e.org_id = m.org_id and e.surface = m.surface and e.destination = m.destination
    and e.thread_key = m.thread_key and e.id < m.id and e.state in ('queued', 'sending'))`;

/** The oldest due message of a destination that is locked by this transaction. */
export async function lockMessage(
  tx: Tx,
  at: { orgId: number; surface: string; destination: string },
  now: Date,
): Promise<DueMessage | undefined> {
  const { rows } = await tx.query<DueMessage>(
    `select m.org_id as "orgId", m.id, m.dedupe_key as "dedupeKey", m.surface, m.destination,
       m.kind, m.urgency, m.placement, m.thread_key as "threadKey", m.body, m.attempts,
       m.uncertain, m.act, m.act_reference as "actReference", m.leads
     from outbox m
     where m.org_id = $1 and m.surface = $2 and m.destination = $3
       and m.state in ('queued', 'sending') and m.not_before <= $4 and ${UNOBSTRUCTED}
     order by m.id limit 1 for update of m skip locked`,
    [at.orgId, at.surface, at.destination, now],
  );
  return rows[0];
}

export async function findLead(db: Db, message: DueMessage): Promise<Delivered | undefined> {
  const { rows } = await db.query<Delivered & { act: string; actReference: string | null }>(
    `select kind, reference, act, act_reference as "actReference" from outbox
     where org_id = $1 and surface = $2 and destination = $3 and thread_key = $4
       and state = 'sent' and leads
     order by id desc limit 1`,
    [message.orgId, message.surface, message.destination, message.threadKey],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const under = row.act === "thread" ? (row.actReference ?? undefined) : undefined;
  return { kind: row.kind, reference: row.reference, under };
}

export async function listUnaskedPosts(
  db: Db,
  message: DueMessage,
  localDay: string,
): Promise<Delivered[]> {
  const { rows } = await db.query<{ kind: string; reference: string }>(
    `select kind, reference from outbox
     where org_id = $1 and surface = $2 and destination = $3 and sent_day = $4
       and state = 'sent' and act = 'post' and urgency <> 'asked'
     order by sent_at, id`,
    [message.orgId, message.surface, message.destination, localDay],
  );
  return rows.map((row) => ({ ...row, under: undefined }));
}

/** Marks it before anything leaves the process; from here on it may have been seen. */
export async function markSending(
  tx: Tx,
  message: DueMessage,
  placed: { act: "post" | "thread" | "update"; reference: string | undefined; leads: boolean },
  leaseUntil: Date,
): Promise<void> {
  await tx.query(
    `update outbox set state = 'sending', attempts = attempts + 1, uncertain = true,
       not_before = $3, act = $4, act_reference = $5, leads = $6
     where org_id = $1 and id = $2`,
    [message.orgId, message.id, leaseUntil, placed.act, placed.reference, placed.leads],
  );
}

export async function markMuted(tx: Tx, message: DueMessage): Promise<void> {
  await tx.query(
    `update outbox set state = 'muted', reason = 'this kind is muted here'
     where org_id = $1 and id = $2`,
    [message.orgId, message.id],
  );
}

export async function markWaiting(tx: Tx, message: DueMessage, until: Date): Promise<void> {
  await tx.query(
    `update outbox set not_before = $3, reason = 'quiet hours' where org_id = $1 and id = $2`,
    [message.orgId, message.id, until],
  );
}

/** Written by a release whose Answer this one does not know. */
export async function markUnreadable(tx: Tx, message: DueMessage): Promise<void> {
  await tx.query(
    `update outbox set state = 'parked', reason = 'its text cannot be read by this release'
     where org_id = $1 and id = $2`,
    [message.orgId, message.id],
  );
}

export interface Attempt {
  orgId: number;
  id: bigint;
  attempts: number;
}

const THIS_ATTEMPT = `o.org_id = $1 and o.id = $2 and o.attempts = $3 and o.state = 'sending'`;

/** Ends an attempt and frees its destination at `nextAt`; false when the lease was lost. */
async function settle(
  db: Db,
  attempt: Attempt,
  nextAt: Date,
  set: string,
  values: readonly unknown[],
): Promise<boolean> {
  const { rowCount } = await db.query(
    `with settled as (
       update outbox o set ${set} where ${THIS_ATTEMPT}
       returning o.org_id, o.surface, o.destination)
     update outbox_destination d set next_at = $4 from settled s
     where d.org_id = s.org_id and d.surface = s.surface and d.destination = s.destination`,
    [attempt.orgId, attempt.id, attempt.attempts, nextAt, ...values],
  );
  return rowCount === 1;
}

export function markSent(
  db: Db,
  attempt: Attempt,
  nextAt: Date,
  sent: { reference: string; at: Date; localDay: string },
): Promise<boolean> {
  return settle(
    db,
    attempt,
    nextAt,
    `state = 'sent', reference = $5, sent_at = $6, sent_day = $7, uncertain = false, reason = null`,
    [sent.reference, sent.at, sent.localDay],
  );
}

/** `counts` is false for a wait that the surface asked for. */
export function markPostponed(
  db: Db,
  attempt: Attempt,
  nextAt: Date,
  postponed: { until: Date; reason: string; uncertain: boolean; counts: boolean },
): Promise<boolean> {
  return settle(
    db,
    attempt,
    nextAt,
    `state = 'queued', not_before = $5, reason = $6, uncertain = $7,
       attempts = o.attempts - case when $8 then 0 else 1 end`,
    [postponed.until, postponed.reason, postponed.uncertain, postponed.counts],
  );
}

export function markParked(
  db: Db,
  attempt: Attempt,
  nextAt: Date,
  parked: { reason: string; uncertain: boolean },
): Promise<boolean> {
  return settle(db, attempt, nextAt, "state = 'parked', reason = $5, uncertain = $6", [
    parked.reason,
    parked.uncertain,
  ]);
}
