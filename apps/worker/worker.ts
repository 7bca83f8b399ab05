import { schedule } from "node-cron";
import type { Pool } from "pg";
import { invariant } from "#core/errors.ts";
import { type Delivery, deliverNext, findNextDue } from "#core/outbox/delivery.ts";
import type { OutboxPort } from "#core/outbox/port.ts";
import {
  type DueSchedule,
  findNextSlotDue,
  openDueSlots,
  runNextSlot,
  type SlotRunner,
} from "#core/schedule/service.ts";
import type { Clock } from "#core/time.ts";
import type { Job, WorkerLog } from "./job.ts";
import { createBell, runLane } from "./lane.ts";
import { listen } from "./listener.ts";
import { tellMessageParked, tellSlotParked } from "./parked-notice.ts";

export interface WorkerOptions {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly log: WorkerLog;
  readonly jobs: readonly Job[];
  /** By surface: "slack", "teams", "email". */
  readonly ports: Readonly<Record<string, OutboxPort>>;
}

export interface Worker {
  /** Takes nothing new, lets what has begun finish, and gives up waiting after the time. */
  stop(timeoutMs?: number): Promise<void>;
}

const JOB_LANES = 2;
const DELIVERY_LANES = 4;
const POLL_MS = 5_000;
const SHORTEST_WAIT_MS = 200;
const STOP_MS = 25_000;

/** Runs the jobs and delivers the messages; any number of workers share them. */
export function startWorker(options: WorkerOptions): Worker {
  const { pool, log } = options;
  const runner = slotRunner(options);
  const stopping = new AbortController();
  const { signal } = stopping;
  const delivery = deliveryOf(options, signal);
  const slotsBell = createBell();
  const outboxBell = createBell();
  const failed = (error: unknown) => log.error({ err: error }, "the worker met an error");
  const tick = async () => {
    if (signal.aborted) return;
    try {
      await openDueJobs(options, options.clock());
    } catch (error) {
      failed(error);
    }
    slotsBell.ring();
  };
  // The tick only looks at the clock; what is due, and who holds it, is in the database.
  const cron = schedule("* * * * *", tick, {
    noOverlap: true,
    suppressMissedWarning: true,
  });
  const listener = listen(pool, "aispend_outbox", outboxBell.ring, failed);
  const lanes = [
    tick(),
    ...Array.from({ length: JOB_LANES }, () =>
      runLane({ bell: slotsBell, signal, failed, step: () => stepSlots(runner, log) }),
    ),
    ...Array.from({ length: DELIVERY_LANES }, () =>
      runLane({ bell: outboxBell, signal, failed, step: () => stepOutbox(delivery, log) }),
    ),
  ];
  return {
    async stop(timeoutMs = STOP_MS) {
      stopping.abort();
      await cron.destroy();
      slotsBell.ring();
      outboxBell.ring();
      const finished = Promise.all(lanes).then(() => true as const);
      if (!(await within(finished, timeoutMs))) {
        log.warn({ timeoutMs }, "stopped before everything that had begun was finished");
      }
      await listener.stop();
    },
  };
}

type JobsOn = Pick<WorkerOptions, "pool" | "jobs">;

/** Opens the slots of all that has come due until now, as every tick of a worker does. */
export function openDueJobs(on: JobsOn, now: Date): Promise<void> {
  return openDueSlots(on.pool, now, (org) => schedulesOf(on, org));
}

async function schedulesOf(
  { jobs, pool }: JobsOn,
  org: { orgId: number; timeZone: string },
): Promise<DueSchedule[]> {
  const due: DueSchedule[] = [];
  for (const { name, schedule, catchUp, scopes } of jobs) {
    if (scopes === undefined) due.push({ name, schedule, catchUp });
    for (const part of (await scopes?.(pool, org)) ?? []) {
      due.push({ name: `${name}/${part.scope}`, schedule: part.schedule ?? schedule, catchUp });
    }
  }
  return due;
}

function slotRunner({ pool, clock, log, jobs }: WorkerOptions): SlotRunner {
  const byName = new Map(jobs.map((job) => [job.name, job]));
  if (byName.size !== jobs.length) throw new Error("two jobs have the same name");
  return {
    pool,
    clock,
    jobs: [...byName.keys()],
    async run(run, tx) {
      const { orgId, timeZone, scope, slot, attempt } = run;
      const context = { pool, tx, orgId, timeZone, scope, slot, now: clock(), attempt, log };
      const job = byName.get(run.job);
      invariant(job !== undefined, `a slot of an unknown job: ${run.job}`);
      await job.run(context);
    },
    async parked(run, reason, tx) {
      await tellSlotParked(run, reason, clock(), tx);
    },
  };
}

function deliveryOf({ pool, clock, ports }: WorkerOptions, stopping: AbortSignal): Delivery {
  return {
    pool,
    clock,
    ports,
    stopping,
    async parked(message, reason, tx) {
      await tellMessageParked(message, reason, clock(), tx);
    },
  };
}

/** What is due and yet was not to be had is held by another worker for a moment. */
function waitMs(due: Date | undefined, clock: Clock): number {
  if (due === undefined) return POLL_MS;
  return Math.min(POLL_MS, Math.max(SHORTEST_WAIT_MS, due.getTime() - clock().getTime()));
}

async function stepSlots(runner: SlotRunner, log: WorkerLog): Promise<number> {
  const outcome = await runNextSlot(runner);
  if (outcome.state === "idle") return waitMs(await findNextSlotDue(runner), runner.clock);
  const { orgId, job, scope, slot, attempt } = outcome.run;
  const about = { orgId, job, scope, slot: slot.toISOString(), attempt };
  if (outcome.state === "parked") log.error({ ...about, err: outcome.error }, "job gave up");
  else if (outcome.state === "failed") log.warn({ ...about, err: outcome.error }, "job failed");
  else log.info({ ...about, state: outcome.state }, "job ran");
  return 0;
}

async function stepOutbox(delivery: Delivery, log: WorkerLog): Promise<number> {
  const outcome = await deliverNext(delivery);
  if (outcome.state === "idle") return waitMs(await findNextDue(delivery), delivery.clock);
  if (outcome.state === "settled") return 0;
  const { orgId, id, surface, kind } = outcome.message;
  const about = { orgId, id: id.toString(), surface, kind, state: outcome.state };
  if (outcome.state === "postponed" || outcome.state === "parked") {
    log.warn({ ...about, err: outcome.error }, "message not delivered");
  } else if (outcome.state === "lost") log.warn(about, "message delivered after its lease");
  else log.info(about, "message delivered");
  return 0;
}

/** False when the time is over first. */
async function within(work: Promise<true>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
