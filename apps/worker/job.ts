import type { Pool } from "pg";
import type { Tx } from "#core/db/db.ts";
import type { CatchUp, Schedule } from "#core/schedule/schedule.ts";
import type { OrganizationZone } from "#core/schedule/service.ts";

/** Like pino: figures and ids in `data`, never the text of a message. */
export interface WorkerLog {
  info(data: object, message: string): void;
  warn(data: object, message: string): void;
  error(data: object, message: string): void;
}

export interface JobContext {
  readonly pool: Pool;
  /** Commits together with the slot: what is written through it happens exactly once. */
  readonly tx: Tx;
  readonly orgId: number;
  readonly timeZone: string;
  /** Which part of a job with scopes; otherwise "". */
  readonly scope: string;
  /** The time it was due, which decides the period it is about. */
  readonly slot: Date;
  readonly now: Date;
  /** 1 on the first try. */
  readonly attempt: number;
  readonly log: WorkerLog;
}

/**
 * Something that is done for every organisation at its own times. A failing run is rolled back, tried
 * again with growing waits, and parked with its reason; then the owner is told.
 */
export interface Job {
  /** snake_case, unique, and for ever: slots are remembered under it. */
  readonly name: string;
  readonly schedule: Schedule;
  readonly catchUp: CatchUp;
  /** Splits the job into parts with slots, retries and times of their own (a channel's showback). */
  readonly scopes?: (
    pool: Pool,
    org: OrganizationZone,
  ) => Promise<readonly { scope: string; schedule?: Schedule }[]>;
  readonly run: (context: JobContext) => Promise<void>;
}
