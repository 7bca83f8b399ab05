import type { Logger } from "pino";
import { ledgerClosing } from "#apps/worker/jobs/ledger-closing.ts";
import { peopleDirectory } from "#apps/worker/jobs/people-directory.ts";
import { JOBS } from "#apps/worker/jobs.ts";
import { startWorker, type Worker } from "#apps/worker/worker.ts";
import type { Database } from "#core/db/connect.ts";
import type { OutboxPort } from "#core/outbox/port.ts";
import type { Clock } from "#core/time.ts";
import type { Surfaces } from "./surfaces.ts";

export interface WorkerRole {
  database: Database;
  clock: Clock;
  logger: Logger;
  surfaces: Surfaces;
}

/** Runs the jobs and delivers what is owed, by the surfaces that are configured. */
export function startWorkerRole({ database, clock, logger, surfaces }: WorkerRole): Worker {
  const { slack, teams } = surfaces;
  const ports: Record<string, OutboxPort> = {
    ...(slack && { slack: slack.port() }),
    ...(teams && { teams: teams.port() }),
  };
  const directories = [slack?.directory, teams?.directory].flatMap((one) => one ?? []);
  const jobs = [...JOBS, ledgerClosing(database.owner()), ...directories.map(peopleDirectory)];
  return startWorker({ pool: database.pool, clock, log: logger, jobs, ports });
}
