import type { Express } from "express";
import type { Pool } from "pg";
import type { Logger } from "pino";
import type { Brain } from "#apps/chat/surface.ts";
import { createSlackApp, type SlackApp } from "#apps/slack/app.ts";
import { createTeamsBot } from "#apps/teams/bot.ts";
import type { Clock } from "#core/time.ts";
import type { Config } from "./config.ts";
import { createIdentities } from "./identities.ts";
import { bodyUpTo, perMinute } from "./limits.ts";

export interface ChatMount {
  config: Config;
  pool: Pool;
  clock: Clock;
  brain: Brain;
  log: Logger;
}

export type TeamsBot = ReturnType<typeof createTeamsBot>;

const CHAT_BODY = 1024 * 1024;
/** A workspace's requests come from a few addresses of Slack's or Microsoft's. */
const CHAT_PER_MINUTE = 6000;

/** Slack on the one Express app, or by Socket Mode without a route; undefined where not configured. */
export function mountSlack(app: Express, mount: ChatMount): SlackApp | undefined {
  const { slack } = mount.config;
  if (slack === undefined) return undefined;
  const { brain, clock, log } = mount;
  const identities = createIdentities(mount.pool, clock);
  app.use("/slack", perMinute(CHAT_PER_MINUTE), bodyUpTo(CHAT_BODY));
  return createSlackApp({
    expressApp: app,
    botToken: slack.botToken,
    signingSecret: slack.signingSecret,
    appToken: slack.appToken,
    slackApiUrl: slack.apiUrl,
    brain,
    clock,
    log,
    resolveOrg: ({ teamId, enterpriseId }) =>
      identities.resolveOrg("slack", enterpriseId ?? teamId),
    resolveAsker: identities.resolveAsker,
  });
}

export function mountTeams(app: Express, mount: ChatMount): TeamsBot | undefined {
  const { teams, production } = mount.config;
  if (teams === undefined) return undefined;
  const { brain, pool, clock, log } = mount;
  const identities = createIdentities(pool, clock);
  app.use("/api/messages", perMinute(CHAT_PER_MINUTE), bodyUpTo(CHAT_BODY));
  const bot = createTeamsBot({
    credentials: teams,
    production,
    brain,
    pool,
    clock,
    log,
    resolveOrg: (tenantId) => identities.resolveOrg("teams", tenantId),
    resolveAsker: identities.resolveAsker,
  });
  app.use(bot.router);
  return bot;
}
