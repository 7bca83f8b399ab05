import type { Express } from "express";
import type { Pool } from "pg";
import type { Logger } from "pino";
import type { Brain } from "#apps/chat/surface.ts";
import { createSlackApp, type SlackApp } from "#apps/slack/app.ts";
import { listSlackPeople } from "#apps/slack/people.ts";
import { createSlackPort } from "#apps/slack/port.ts";
import type { PeopleDirectory } from "#apps/worker/jobs/people-directory.ts";
import { listAccounts } from "#core/org/person-accounts.ts";
import type { OutboxPort } from "#core/outbox/port.ts";
import type { Clock } from "#core/time.ts";
import type { SlackConfig } from "./config.ts";
import { createIdentities } from "./identities.ts";
import { bodyUpTo, CHAT_BODY, CHAT_PER_MINUTE, perMinute } from "./limits.ts";

export interface SlackMount {
  slack: SlackConfig;
  pool: Pool;
  clock: Clock;
  log: Logger;
}

/** Slack on the one Express app, or by Socket Mode without a route. */
export function mountSlack(app: Express, brain: Brain, mount: SlackMount): SlackApp {
  const { slack, pool, clock, log } = mount;
  const identities = createIdentities(pool, clock);
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

/** Delivers to Slack; needs neither the app nor a route. */
export function slackPortOf({ slack, pool, clock, log }: SlackMount): OutboxPort {
  return createSlackPort({
    botToken: slack.botToken,
    slackApiUrl: slack.apiUrl,
    clock,
    log,
    accountOf: async (orgId, personId) => (await listAccounts(pool, orgId, personId, "slack"))[0],
  });
}

/** The workspace's people, for the organisation that the workspace belongs to. */
export function slackDirectoryOf({ slack, pool, clock, log }: SlackMount): PeopleDirectory {
  const { resolveOrg } = createIdentities(pool, clock);
  return {
    surface: "slack",
    async list(orgId) {
      const { botToken, apiUrl } = slack;
      const { workspace, listing } = await listSlackPeople({ botToken, slackApiUrl: apiUrl, log });
      const owner = await resolveOrg("slack", workspace.enterpriseId ?? workspace.teamId);
      return owner === orgId ? listing : undefined;
    },
  };
}
