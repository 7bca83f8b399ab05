import type { Logger } from "pino";
import { createSlackPort } from "#apps/slack/port.ts";
import { teamsPort } from "#apps/teams/port.ts";
import { ledgerClosing } from "#apps/worker/jobs/ledger-closing.ts";
import { JOBS } from "#apps/worker/jobs.ts";
import { startWorker, type Worker } from "#apps/worker/worker.ts";
import type { Database } from "#core/db/connect.ts";
import { listAccounts } from "#core/org/person-accounts.ts";
import type { OutboxPort } from "#core/outbox/port.ts";
import type { Clock } from "#core/time.ts";
import type { TeamsBot } from "./chat-mount.ts";
import type { Config } from "./config.ts";

export interface WorkerRole {
  config: Config;
  database: Database;
  clock: Clock;
  logger: Logger;
  teams: TeamsBot | undefined;
}

/** Runs the jobs and delivers what is owed, by the surfaces that are configured. */
export function startWorkerRole(role: WorkerRole): Worker {
  const { database, clock, logger } = role;
  const jobs = [...JOBS, ledgerClosing(database.owner())];
  return startWorker({ pool: database.pool, clock, log: logger, jobs, ports: portsOf(role) });
}

function portsOf(role: WorkerRole): Record<string, OutboxPort> {
  const { config, clock, logger, teams } = role;
  const { pool } = role.database;
  const ports: Record<string, OutboxPort> = {};
  if (config.slack !== undefined) {
    ports.slack = createSlackPort({
      botToken: config.slack.botToken,
      slackApiUrl: config.slack.apiUrl,
      clock,
      log: logger,
      accountOf: async (orgId, personId) => (await listAccounts(pool, orgId, personId, "slack"))[0],
    });
  }
  if (teams !== undefined) {
    ports.teams = teamsPort({
      transport: teams.transport,
      directory: teams.surface.directory,
      pool,
      clock,
      teamsClient: teams.surface.teamsClient,
      listAccounts: (orgId, personId) => listAccounts(pool, orgId, personId, "teams"),
    });
  }
  return ports;
}
