import type { Express } from "express";
import type { Pool } from "pg";
import type { Logger } from "pino";
import type { Brain } from "#apps/chat/surface.ts";
import type { SlackApp } from "#apps/slack/app.ts";
import type { OutboxPort } from "#core/outbox/port.ts";
import type { Clock } from "#core/time.ts";
import type { Config } from "./config.ts";

/** The chat surfaces that are configured: how each listens, and how it is written to. */
export interface Surfaces {
  slack: { mount: (app: Express, brain: Brain) => SlackApp; port: () => OutboxPort } | undefined;
  teams: { mount: (app: Express, brain: Brain) => void; port: () => OutboxPort } | undefined;
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
    const { mountSlack, slackPortOf } = await import("./slack-mount.ts");
    const mount = { slack, pool, clock, log };
    surfaces.slack = {
      mount: (app, brain) => mountSlack(app, brain, mount),
      port: () => slackPortOf(mount),
    };
  }
  if (teams !== undefined) {
    const { mountTeams, teamsPortOf } = await import("./teams-mount.ts");
    const mount = { teams, production, pool, clock, log };
    surfaces.teams = {
      mount: (app, brain) => mountTeams(app, brain, mount),
      port: () => teamsPortOf(mount),
    };
  }
  return surfaces;
}
