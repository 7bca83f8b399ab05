import type { Logger } from "pino";
import { driverOpener } from "#apps/connectors/gateways/open-driver.ts";
import { drivenKeys } from "#apps/worker/jobs/driven-keys.ts";
import { ledgerClosing } from "#apps/worker/jobs/ledger-closing.ts";
import { monthlyReview } from "#apps/worker/jobs/monthly-review.ts";
import { peopleDirectory } from "#apps/worker/jobs/people-directory.ts";
import { pollConnections } from "#apps/worker/jobs/poll-connections.ts";
import { JOBS } from "#apps/worker/jobs.ts";
import { startWorker, type Worker } from "#apps/worker/worker.ts";
import type { Database } from "#core/db/connect.ts";
import type { OutboxPort } from "#core/outbox/port.ts";
import type { Clock } from "#core/time.ts";
import type { Config } from "./config.ts";
import { createMailPort } from "./mail-port.ts";
import { openSecretBox } from "./secret-key.ts";
import type { Surfaces } from "./surfaces.ts";

export interface WorkerRole {
  database: Database;
  clock: Clock;
  logger: Logger;
  surfaces: Surfaces;
  config: Pick<Config, "home" | "secretKey" | "mail">;
}

/** Runs the jobs and delivers what is owed, by the surfaces that are configured. */
export function startWorkerRole(role: WorkerRole): Worker {
  const { database, clock, logger, surfaces, config } = role;
  const { pool } = database;
  const { mail } = config;
  const { slack, teams } = surfaces;
  const ports: Record<string, OutboxPort> = {
    ...(slack && { slack: slack.port() }),
    ...(teams && { teams: teams.port() }),
    ...(mail && { email: createMailPort({ pool, clock, config: mail }) }),
  };
  const directories = [slack?.directory, teams?.directory].flatMap((one) => one ?? []);
  const jobs = [
    ...JOBS,
    monthlyReview({ mailed: mail !== undefined }),
    ledgerClosing(database.owner()),
    drivenKeys(driverOpener(openSecretBox(config), clock)),
    pollConnections({ pool: database.pool, clock, box: openSecretBox(config) }),
    ...directories.map(peopleDirectory),
  ];
  return startWorker({ pool: database.pool, clock, log: logger, jobs, ports });
}
