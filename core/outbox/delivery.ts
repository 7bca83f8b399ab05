import type { Pool } from "pg";
import { Answer } from "../answers/schema.ts";
import type { Tx } from "../db/db.ts";
import { transaction } from "../db/transaction.ts";
import { backoffMs, type RetryPolicy, reasonOf } from "../schedule/backoff.ts";
import { type Clock, localDay } from "../time.ts";
import * as store from "./delivery-store.ts";
import * as destinations from "./destination-store.ts";
import { type Placed, placeMessage } from "./placement.ts";
import { DeliveryError, type OutboxMessage, type OutboxPort } from "./port.ts";
import { quietHoursOf } from "./service.ts";

/** Two and a half hours of patience with a surface that is down. */
export const DELIVERY_RETRIES: RetryPolicy = { attempts: 12, firstMs: 5_000, maxMs: 3_600_000 };
const LEASE_MS = 60_000;

export interface Delivery {
  readonly pool: Pool;
  readonly clock: Clock;
  /** By surface; messages of other surfaces are left to other workers. */
  readonly ports: Readonly<Record<string, OutboxPort>>;
  /** How long a killed worker keeps a message; a port may take half of it. */
  readonly leaseMs?: number;
  readonly retries?: RetryPolicy;
  /** Once aborted, no further message is taken; one that was is delivered. */
  readonly stopping?: AbortSignal;
  /** In the transaction that parks the message: tells the one who has to look. */
  readonly parked?: (message: OutboxMessage, reason: string, tx: Tx) => Promise<void>;
}

export type DeliveryOutcome =
  | { state: "idle" }
  /** Muted, or put off to the end of quiet hours. */
  | { state: "settled" }
  | { state: "sent" | "lost"; message: OutboxMessage }
  | { state: "postponed" | "parked"; message: OutboxMessage; reason: string; error: unknown };

/** How far an attempt came: an error in the look-up says nothing about the message. */
interface Progress {
  stage: "look_up" | "deliver";
}

interface Claimed {
  readonly message: OutboxMessage;
  readonly attempts: number;
  /** An earlier attempt may have arrived. */
  readonly uncertain: boolean;
  readonly timeZone: string;
}

/**
 * Delivers the next due message, if there is one. The order is: mark it `sending` and commit, post,
 * mark it `sent`. Who dies in between leaves it `sending` until the lease is over; the next worker
 * then looks for its key before it posts again.
 */
export async function deliverNext(delivery: Delivery): Promise<DeliveryOutcome> {
  const claimed = await claimNext(delivery);
  if (claimed === "idle" || claimed === "settled") return { state: claimed };
  const { message } = claimed;
  const progress: Progress = { stage: "look_up" };
  try {
    const { reference } = await post(delivery, claimed, progress);
    const at = delivery.clock();
    const nextAt = new Date(at.getTime() + (portOf(delivery, message).minIntervalMs ?? 0));
    const sent = { reference, at, localDay: localDay(at, claimed.timeZone) };
    const kept = await store.markSent(delivery.pool, attemptOf(claimed), nextAt, sent);
    return { state: kept ? "sent" : "lost", message };
  } catch (error) {
    return failMessage(delivery, claimed, progress, error);
  }
}

async function claimNext(delivery: Delivery): Promise<Claimed | "idle" | "settled"> {
  const now = delivery.clock();
  const claimed = await transaction(delivery.pool, (tx) => claim(delivery, tx, now));
  if (claimed !== "idle") return claimed;
  if ((await destinations.insertMissingDestinations(delivery.pool)) === 0) return "idle";
  return transaction(delivery.pool, (tx) => claim(delivery, tx, now));
}

/** When it is worth looking again; undefined when nothing waits. */
export async function findNextDue(delivery: Delivery): Promise<Date | undefined> {
  return destinations.findNextDue(delivery.pool, Object.keys(delivery.ports));
}

async function claim(delivery: Delivery, tx: Tx, now: Date): Promise<Claimed | "idle" | "settled"> {
  const surfaces = Object.keys(delivery.ports);
  const at = await destinations.lockDestination(tx, surfaces, now);
  const due = at === undefined ? undefined : await store.lockMessage(tx, at, now);
  if (at === undefined || due === undefined || delivery.stopping?.aborted) return "idle";
  const body = Answer.safeParse(due.body);
  if (!body.success) {
    await store.markUnreadable(tx, due);
    return "settled";
  }
  const placed = earlierPlacement(due) ?? (await place(tx, due, at, now));
  if (placed.act === "mute") {
    await store.markMuted(tx, due);
    return "settled";
  }
  if (placed.act === "wait") {
    await store.markWaiting(tx, due, placed.until);
    return "settled";
  }
  const reference = placed.act === "post" ? undefined : placed.reference;
  const leads = placed.act === "post" || (placed.act === "thread" && placed.leads);
  const leaseUntil = new Date(now.getTime() + (delivery.leaseMs ?? LEASE_MS));
  await store.markSending(tx, due, { act: placed.act, reference, leads }, leaseUntil);
  await destinations.holdDestination(tx, at, leaseUntil);
  const { orgId, id, dedupeKey, surface, destination, kind } = due;
  return {
    message: {
      orgId,
      id,
      dedupeKey,
      surface,
      destination,
      kind,
      body: body.data,
      act: placed.act,
      reference,
    },
    attempts: due.attempts + 1,
    uncertain: due.uncertain,
    timeZone: at.timeZone,
  };
}

/** What may be out there already is looked for, and sent again, where it was first placed. */
function earlierPlacement(due: store.DueMessage): Placed | undefined {
  if (!due.uncertain || due.act === null) return undefined;
  if (due.act === "post" || due.actReference === null) return { act: "post" };
  if (due.act === "update") return { act: "update", reference: due.actReference };
  return { act: "thread", reference: due.actReference, leads: due.leads };
}

async function place(
  tx: Tx,
  due: store.DueMessage,
  at: destinations.LockedDestination,
  now: Date,
): Promise<Placed> {
  const lead = due.placement === "post" ? undefined : await store.findLead(tx, due);
  const today = localDay(now, at.timeZone);
  const unaskedToday = await store.listUnaskedPosts(tx, due, today);
  const rules = {
    timeZone: at.timeZone,
    mutedKinds: at.mutedKinds,
    quietHours: quietHoursOf(at),
  };
  return placeMessage(due, rules, { lead, unaskedToday }, now);
}

function portOf(delivery: Delivery, message: OutboxMessage): OutboxPort {
  const port = delivery.ports[message.surface];
  if (port === undefined) throw new Error(`no port for ${message.surface}`);
  return port;
}

function attemptOf(claimed: Claimed): store.Attempt {
  const { orgId, id } = claimed.message;
  return { orgId, id, attempts: claimed.attempts };
}

async function post(
  delivery: Delivery,
  claimed: Claimed,
  progress: Progress,
): Promise<{ reference: string }> {
  const port = portOf(delivery, claimed.message);
  const signal = AbortSignal.timeout((delivery.leaseMs ?? LEASE_MS) / 2);
  const work = async () => {
    // An edit can be repeated; there is nothing to look for.
    const found =
      claimed.uncertain && claimed.message.act !== "update"
        ? await port.findDelivered?.(claimed.message, signal)
        : undefined;
    if (found !== undefined) return found;
    progress.stage = "deliver";
    return port.deliver(claimed.message, signal);
  };
  return Promise.race([work(), whenAborted(signal)]);
}

/** A port that does not listen to its signal must not hold the loop beyond the lease. */
function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener(
      "abort",
      () => reject(new Error("the surface did not answer in time")),
      {
        once: true,
      },
    );
  });
}

async function failMessage(
  delivery: Delivery,
  claimed: Claimed,
  progress: Progress,
  error: unknown,
): Promise<DeliveryOutcome> {
  const { message } = claimed;
  const answered = error instanceof DeliveryError ? error : undefined;
  const uncertain = progress.stage === "look_up" || answered === undefined;
  const reason = reasonOf(error);
  const now = delivery.clock();
  const retries = delivery.retries ?? DELIVERY_RETRIES;
  const failure = { state: "postponed", message, reason, error } as const;
  if (answered?.retryAfterMs !== undefined) {
    const until = new Date(now.getTime() + answered.retryAfterMs);
    if (answered.wholeSurface) {
      await destinations.holdSurface(delivery.pool, message.orgId, message.surface, until);
    }
    const postponed = { until, reason, uncertain, counts: false };
    await store.markPostponed(delivery.pool, attemptOf(claimed), until, postponed);
    return failure;
  }
  if (answered?.permanent !== true && claimed.attempts < retries.attempts) {
    const until = new Date(now.getTime() + backoffMs(retries, claimed.attempts));
    const postponed = { until, reason, uncertain, counts: true };
    await store.markPostponed(delivery.pool, attemptOf(claimed), now, postponed);
    return failure;
  }
  await transaction(delivery.pool, async (tx) => {
    const mine = await store.markParked(tx, attemptOf(claimed), now, { reason, uncertain });
    if (mine) await delivery.parked?.(message, reason, tx);
  });
  return { ...failure, state: "parked" };
}
