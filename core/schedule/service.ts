import type { Pool } from "pg";
import type { Tx } from "../db/db.ts";
import { transaction } from "../db/transaction.ts";
import { AispendError } from "../errors.ts";
import type { Clock } from "../time.ts";
import { backoffMs, type RetryPolicy, reasonOf } from "./backoff.ts";
import { type CatchUp, lastSlot, nextSlot, type Schedule, slotsBetween } from "./schedule.ts";
import * as store from "./store.ts";

export type { OrganizationZone } from "./store.ts";

/** A job of an organisation, or, as "job/scope", its part for one scope. */
export interface DueSchedule {
  readonly name: string;
  readonly schedule: Schedule;
  readonly catchUp: CatchUp;
}

const SLOTS_AT_ONCE = 200;

/** A quarter of a day and eight tries later a person has to look. */
export const SLOT_RETRIES: RetryPolicy = { attempts: 8, firstMs: 60_000, maxMs: 7_200_000 };
const LEASE_MS = 60_000;

export function listOrganizationZones(pool: Pool): Promise<store.OrganizationZone[]> {
  return store.listOrganizationZones(pool);
}

/**
 * Writes a row for each slot that has come due. A schedule that was never seen begins now. Called by
 * every replica at every tick; the rows' key and the lock on the schedule make it once.
 */
export async function openDueSlots(
  pool: Pool,
  now: Date,
  schedulesOf: (org: store.OrganizationZone) => Promise<readonly DueSchedule[]>,
): Promise<void> {
  const known = new Map<string, store.ScheduleRow>();
  for (const row of await store.listSchedules(pool)) known.set(`${row.orgId} ${row.name}`, row);
  for (const org of await store.listOrganizationZones(pool)) {
    for (const due of await schedulesOf(org)) {
      const definition = `${JSON.stringify(due.schedule)} ${org.timeZone}`;
      const row = known.get(`${org.orgId} ${due.name}`);
      if (row === undefined) {
        await store.insertSchedule(pool, scheduleRow(org, due, now, definition));
      } else if (row.nextAt <= now || row.definition !== definition) {
        await transaction(pool, (tx) => advance(tx, org, due, now, definition));
      }
    }
  }
}

function scheduleRow(
  org: store.OrganizationZone,
  due: DueSchedule,
  dueUntil: Date,
  definition: string,
): store.ScheduleRow {
  const nextAt = nextSlot(due.schedule, org.timeZone, dueUntil);
  return { orgId: org.orgId, name: due.name, dueUntil, nextAt, definition };
}

async function advance(
  tx: Tx,
  org: store.OrganizationZone,
  due: DueSchedule,
  now: Date,
  definition: string,
): Promise<void> {
  const row = await store.lockSchedule(tx, org.orgId, due.name);
  if (row === undefined) return;
  const slots = dueSlots(due, org.timeZone, row.dueUntil, now);
  const newest = slots.at(-1);
  if (newest !== undefined) {
    await store.insertSlots(tx, org.orgId, due.name, slots);
    if (due.catchUp === "last") {
      await store.skipSlotsBefore(tx, org.orgId, due.name, newest, now);
    }
  }
  // Never behind where it stood: a replica whose clock is slow must not open a slot again.
  const reached = newest ?? row.dueUntil;
  await store.updateSchedule(tx, scheduleRow(org, due, reached, definition));
}

function dueSlots(due: DueSchedule, timeZone: string, after: Date, now: Date): Date[] {
  if (due.catchUp === "all") {
    return slotsBetween(due.schedule, timeZone, after, now, SLOTS_AT_ONCE);
  }
  const slot = lastSlot(due.schedule, timeZone, after, now);
  return slot === undefined ? [] : [slot];
}

export interface SlotRun {
  readonly orgId: number;
  /** "job" and, after a slash, its scope; the scope is "" where there is none. */
  readonly job: string;
  readonly scope: string;
  readonly slot: Date;
  readonly attempt: number;
  readonly timeZone: string;
}

export interface SlotRunner {
  readonly pool: Pool;
  readonly clock: Clock;
  /** The jobs that this worker knows; slots of others are left to others. */
  readonly jobs: readonly string[];
  readonly retries?: RetryPolicy;
  /** What it writes with `tx` is committed together with the slot, so it happens exactly once. */
  readonly run: (run: SlotRun, tx: Tx) => Promise<void>;
  /** In the transaction that parks the slot: tells the one who has to look. */
  readonly parked?: (run: SlotRun, reason: string, tx: Tx) => Promise<void>;
}

export type SlotOutcome =
  | { state: "idle" }
  | { state: "done" | "lost"; run: SlotRun }
  | { state: "failed" | "parked"; run: SlotRun; reason: string; error: unknown };

/**
 * Runs the oldest due slot, if there is one. The row stays locked while it runs, so no other replica
 * takes it however long that is; when this process is killed the lock falls with its connection and
 * the slot is due again after a minute.
 */
export async function runNextSlot(runner: SlotRunner): Promise<SlotOutcome> {
  const claimed = await store.claimSlot(runner.pool, runner.jobs, runner.clock(), LEASE_MS);
  if (claimed === undefined) return { state: "idle" };
  const run = slotRun(claimed);
  try {
    const held = await transaction(runner.pool, async (tx) => {
      if (!(await store.lockClaimedSlot(tx, claimed))) return false;
      await runner.run(run, tx);
      await store.finishSlot(tx, claimed, runner.clock());
      return true;
    });
    return { state: held ? "done" : "lost", run };
  } catch (error) {
    return failSlot(runner, claimed, run, error);
  }
}

/** When it is worth looking again for a slot; undefined when none is open. */
export function findNextSlotDue(runner: SlotRunner): Promise<Date | undefined> {
  return store.findNextSlotDue(runner.pool, runner.jobs);
}

function slotRun(claimed: store.ClaimedSlot): SlotRun {
  const slash = claimed.schedule.indexOf("/");
  return {
    orgId: claimed.orgId,
    job: slash < 0 ? claimed.schedule : claimed.schedule.slice(0, slash),
    scope: slash < 0 ? "" : claimed.schedule.slice(slash + 1),
    slot: claimed.slot,
    attempt: claimed.attempts,
    timeZone: claimed.timeZone,
  };
}

async function failSlot(
  runner: SlotRunner,
  claimed: store.ClaimedSlot,
  run: SlotRun,
  error: unknown,
): Promise<SlotOutcome> {
  const reason = reasonOf(error);
  const retries = runner.retries ?? SLOT_RETRIES;
  const now = runner.clock();
  if (claimed.attempts < retries.attempts) {
    const notBefore = new Date(now.getTime() + backoffMs(retries, claimed.attempts));
    await store.postponeSlot(runner.pool, claimed, notBefore, reason);
    return { state: "failed", run, reason, error };
  }
  await transaction(runner.pool, async (tx) => {
    const mine = await store.parkSlot(tx, claimed, now, reason);
    if (mine) await runner.parked?.(run, reason, tx);
  });
  return { state: "parked", run, reason, error };
}

/** Newest first: by default what waits or needs a person. */
export function listSlots(
  pool: Pool,
  orgId: number,
  options: { states?: readonly store.SlotRow["state"][]; limit?: number } = {},
): Promise<store.SlotRow[]> {
  return store.listSlots(pool, orgId, options.states ?? ["open", "parked"], options.limit ?? 100);
}

/** Gives a parked slot its tries back. Throws `slot_not_parked`. */
export async function retrySlot(
  tx: Tx,
  orgId: number,
  schedule: string,
  slot: Date,
  now: Date,
): Promise<void> {
  if (await store.reopenSlot(tx, orgId, schedule, slot, now)) return;
  const named = `${schedule} at ${slot.toISOString()}`;
  throw new AispendError("slot_not_parked", `there is no parked slot ${named}`, {
    kind: "not_found",
  });
}

/** Forgets slots that were done or passed over before the instant. Returns how many. */
export function deleteSlotsBefore(tx: Tx, orgId: number, before: Date): Promise<number> {
  return store.deleteSlotsBefore(tx, orgId, before);
}
