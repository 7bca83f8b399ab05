import type { Pool } from "pg";
import type { Db, Tx } from "../db/db.ts";
import { AispendError, invariant } from "../errors.ts";
import * as destinations from "./destination-store.ts";
import { QUIET_HOURS, type QuietHours } from "./placement.ts";
import { type MessageState, NewMessage, type NewMessageInput } from "./schema.ts";
import * as store from "./store.ts";

const BODY_LIMIT_BYTES = 1_000_000;

/**
 * Owes a message to people, in the transaction of the decision that it tells of: both are there or
 * neither. The same dedupe key again changes nothing, whatever else differs.
 */
export async function enqueue(
  tx: Tx,
  input: NewMessageInput,
  now: Date,
): Promise<{ state: "enqueued" | "duplicate"; id: bigint }> {
  const message = NewMessage.parse(input);
  invariant(message.body.secret === undefined, "a secret is never a message");
  const size = JSON.stringify(message.body).length;
  if (size > BODY_LIMIT_BYTES) {
    throw new AispendError("message_too_large", `message ${message.dedupeKey} has ${size} bytes`, {
      kind: "too_large",
    });
  }
  const id = await store.insertMessage(tx, message, now);
  if (id === undefined) {
    const first = await store.findIdByKey(tx, message.orgId, message.dedupeKey);
    if (first === undefined) throw new Error(`message ${message.dedupeKey} is not visible`);
    return { state: "duplicate", id: first };
  }
  if (message.placement === "update") await store.supersedeUpdatesBefore(tx, message, id);
  await store.notifyWorkers(tx);
  return { state: "enqueued", id };
}

/** The places that have messages of a thread: where an outcome is to be shown. */
export function listThreadPlaces(
  db: Db,
  orgId: number,
  threadKey: string,
): Promise<{ surface: string; destination: string }[]> {
  return store.listThreadPlaces(db, orgId, threadKey);
}

/** Whether a message of this key was ever owed. */
export async function hasMessage(tx: Tx, orgId: number, dedupeKey: string): Promise<boolean> {
  return (await store.findIdByKey(tx, orgId, dedupeKey)) !== undefined;
}

/** Newest first; by default what is still owed or needs a person. `beforeId` pages on. */
export function listMessages(
  pool: Pool,
  orgId: number,
  options: { states?: readonly MessageState[]; beforeId?: bigint; limit?: number } = {},
): Promise<store.MessageRow[]> {
  const states = options.states ?? ["queued", "sending", "parked"];
  return store.listMessages(pool, orgId, states, options.beforeId, options.limit ?? 100);
}

/** Gives a parked message its tries back. Throws `message_not_parked`. */
export async function retryMessage(tx: Tx, orgId: number, id: bigint, now: Date): Promise<void> {
  if (!(await store.requeueParked(tx, orgId, id, now))) {
    throw new AispendError("message_not_parked", `there is no parked message ${id}`, {
      kind: "not_found",
      help: "List them with: aispend outbox",
    });
  }
  await store.notifyWorkers(tx);
}

/** Gives a message up. Throws `message_not_waiting` for one that was sent or is being sent. */
export async function discardMessage(tx: Tx, orgId: number, id: bigint): Promise<void> {
  if (await store.discardUnsent(tx, orgId, id)) return;
  throw new AispendError("message_not_waiting", `no message ${id} is queued or parked`, {
    kind: "not_found",
    help: "List them with: aispend outbox",
  });
}

/** Reports of the kind are no longer sent there; what is urgent or was asked for still is. */
export function muteKind(tx: Tx, at: destinations.Destination, kind: string): Promise<void> {
  return destinations.setMuted(tx, at, kind, true);
}

export function unmuteKind(tx: Tx, at: destinations.Destination, kind: string): Promise<void> {
  return destinations.setMuted(tx, at, kind, false);
}

/** Undefined brings the organisation's hours back; equal times mean no quiet hours. */
export async function setQuietHours(
  tx: Tx,
  at: destinations.Destination,
  hours: QuietHours | undefined,
): Promise<void> {
  for (const time of hours === undefined ? [] : [hours.from, hours.until]) {
    if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(time)) {
      throw new AispendError("quiet_hours_invalid", `'${time}' is not a time of day`, {
        help: "Write HH:MM, for example 20:00.",
      });
    }
  }
  await destinations.setQuietHours(tx, at, hours?.from, hours?.until);
}

export interface Preferences {
  mutedKinds: string[];
  quietHours: QuietHours;
}

export async function findPreferences(db: Db, at: destinations.Destination): Promise<Preferences> {
  const row = await destinations.findDestination(db, at);
  return { mutedKinds: row?.mutedKinds ?? [], quietHours: quietHoursOf(row) };
}

export function quietHoursOf(
  row: { quietFrom: string | null; quietUntil: string | null } | undefined,
): QuietHours {
  if (!row || row.quietFrom === null || row.quietUntil === null) return QUIET_HOURS;
  return { from: row.quietFrom, until: row.quietUntil };
}

/** Erases the text of messages that were settled and are older than the instant. Returns how many. */
export function eraseBodies(tx: Tx, orgId: number, before: Date): Promise<number> {
  return store.eraseBodies(tx, orgId, before);
}
