import type { Express } from "express";
import type { Pool } from "pg";
import type { Logger } from "pino";
import type { Brain } from "#apps/chat/surface.ts";
import type { SlackApp } from "#apps/slack/app.ts";
import type { PeopleDirectory } from "#apps/worker/jobs/people-directory.ts";
import type { OutboxPort } from "#core/outbox/port.ts";
import type { Clock } from "#core/time.ts";
import type { Config } from "./config.ts";

/** A chat surface that is configured: how it listens, is written to, and knows its people. */
interface Surface<Mounted> {
  mount: (app: Express, brain: Brain) => Mounted;
  port: () => OutboxPort;
  directory: PeopleDirectory | undefined;
}

export interface Surfaces {
  slack: Surface<SlackApp> | undefined;
  teams: Surface<void> | undefined;
}

export interface SurfaceParts {
  config: Config;
  pool: Pool;
  clock: Clock;
  log: Logger;
}

/** Loads only what is configured: Bolt, the Bot Framework and the charts take seconds to load. */
export async function loadSurfaces(parts: SurfaceParts): Promise<Surfaces> {
  const { config, pool, clock, log } = parts;
  const { slack, teams, production } = config;
  const surfaces: Surfaces = { slack: undefined, teams: undefined };
  if (slack !== undefined) {
    const { mountSlack, slackDirectoryOf, slackPortOf } = await import("./slack-mount.ts");
    const mount = { slack, pool, clock, log };
    surfaces.slack = {
      mount: (app, brain) => mountSlack(app, brain, mount),
      port: () => slackPortOf(mount),
      directory: slackDirectoryOf(mount),
    };
  }
  if (teams !== undefined) {
    const { mountTeams, teamsDirectoryOf, teamsPortOf } = await import("./teams-mount.ts");
    const mount = { teams, production, pool, clock, log };
    surfaces.teams = {
      mount: (app, brain) => mountTeams(app, brain, mount),
      port: () => teamsPortOf(mount),
      directory: teamsDirectoryOf(mount),
    };
  }
  return surfaces;
}
