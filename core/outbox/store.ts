import type { Db, Tx } from "../db/db.ts";
import type { MessageState, NewMessage } from "./schema.ts";

/** Undefined when the key is taken. */
export async function insertMessage(
  tx: Tx,
  message: NewMessage,
  now: Date,
): Promise<bigint | undefined> {
  const { rows } = await tx.query<{ id: bigint }>(
    `insert into outbox (org_id, dedupe_key, surface, destination, kind, urgency, placement,
       thread_key, body, not_before, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     on conflict (org_id, dedupe_key) do nothing returning id`,
    [
      message.orgId,
      message.dedupeKey,
      message.surface,
      message.destination,
      message.kind,
      message.urgency,
      message.placement,
      message.threadKey,
      JSON.stringify(message.body),
      message.notBefore ?? now,
      now,
    ],
  );
  return rows[0]?.id;
}

export async function findIdByKey(db: Db, orgId: number, key: string): Promise<bigint | undefined> {
  const { rows } = await db.query<{ id: bigint }>(
    "select id from outbox where org_id = $1 and dedupe_key = $2",
    [orgId, key],
  );
  return rows[0]?.id;
}

/** An edit that was not sent yet is of no use once a newer one waits. */
export async function supersedeUpdatesBefore(
  tx: Tx,
  message: NewMessage,
  id: bigint,
): Promise<void> {
  await tx.query(
    `update outbox set state = 'superseded', reason = 'a newer edit took its place'
     where org_id = $1 and surface = $2 and destination = $3 and thread_key = $4 and id < $5
       and placement = 'update' and state = 'queued'`,
    [message.orgId, message.surface, message.destination, message.threadKey, id],
  );
}

/** Where messages of a thread were owed to, each once. */
export async function listThreadPlaces(
  db: Db,
  orgId: number,
  threadKey: string,
): Promise<{ surface: string; destination: string }[]> {
  const { rows } = await db.query<{ surface: string; destination: string }>(
    `select distinct surface, destination from outbox
     where org_id = $1 and thread_key = $2 order by 1, 2`,
    [orgId, threadKey],
  );
  return rows;
}

/** Heard by every worker when the transaction commits. */
export async function notifyWorkers(tx: Db): Promise<void> {
  await tx.query("select pg_notify('aispend_outbox', '')");
}

export interface MessageRow {
  id: bigint;
  dedupeKey: string;
  surface: string;
  destination: string;
  kind: string;
  state: MessageState;
  attempts: number;
  notBefore: Date;
  createdAt: Date;
  sentAt: Date | null;
  reference: string | null;
  reason: string | null;
}

/** Newest first, from before `beforeId` on. Bodies stay where they are. */
export async function listMessages(
  db: Db,
  orgId: number,
  states: readonly MessageState[],
  beforeId: bigint | undefined,
  limit: number,
): Promise<MessageRow[]> {
  const { rows } = await db.query<MessageRow>(
    `select id, dedupe_key as "dedupeKey", surface, destination, kind, state, attempts,
       not_before as "notBefore", created_at as "createdAt", sent_at as "sentAt", reference, reason
     from outbox where org_id = $1 and state = any($2::text[]) and ($3::int8 is null or id < $3)
     order by id desc limit $4`,
    [orgId, states, beforeId, limit],
  );
  return rows;
}

export async function requeueParked(
  db: Db,
  orgId: number,
  id: bigint,
  now: Date,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update outbox set state = 'queued', attempts = 0, not_before = $3
     where org_id = $1 and id = $2 and state = 'parked'`,
    [orgId, id, now],
  );
  return rowCount === 1;
}

export async function discardUnsent(db: Db, orgId: number, id: bigint): Promise<boolean> {
  const { rowCount } = await db.query(
    `update outbox set state = 'discarded' where org_id = $1 and id = $2
       and state in ('queued', 'parked')`,
    [orgId, id],
  );
  return rowCount === 1;
}

/** What was said is not kept; that it was said is. */
export async function eraseBodies(db: Db, orgId: number, before: Date): Promise<number> {
  const { rowCount } = await db.query(
    `update outbox set body = null where org_id = $1 and created_at < $2 and body is not null
       and state not in ('queued', 'sending', 'parked')`,
    [orgId, before],
  );
  return rowCount ?? 0;
}
