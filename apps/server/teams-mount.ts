import type { Express } from "express";
import type { Pool } from "pg";
import type { Logger } from "pino";
import type { Brain } from "#apps/chat/surface.ts";
import { createTeamsBot } from "#apps/teams/bot.ts";
import { botbuilderTransport } from "#apps/teams/botbuilder-transport.ts";
import { memberDirectory } from "#apps/teams/directory.ts";
import { listTeamsPeople } from "#apps/teams/people.ts";
import { teamsPort } from "#apps/teams/port.ts";
import type { PeopleDirectory } from "#apps/worker/jobs/people-directory.ts";
import { listAccounts } from "#core/org/person-accounts.ts";
import type { OutboxPort } from "#core/outbox/port.ts";
import type { Clock } from "#core/time.ts";
import type { TeamsConfig } from "./config.ts";
import { createIdentities } from "./identities.ts";
import { bodyUpTo, CHAT_BODY, CHAT_PER_MINUTE, perMinute } from "./limits.ts";

export interface TeamsMount {
  teams: TeamsConfig;
  production: boolean;
  pool: Pool;
  clock: Clock;
  log: Logger;
}

/** Teams on the one Express app, at POST /api/messages. */
export function mountTeams(app: Express, brain: Brain, mount: TeamsMount): void {
  const { teams, production, pool, clock, log } = mount;
  const identities = createIdentities(pool, clock);
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
  app.use("/api/messages", perMinute(CHAT_PER_MINUTE), bodyUpTo(CHAT_BODY));
  app.use(bot.router);
}

/** Delivers to Teams; needs neither the bot nor a route. */
export function teamsPortOf({ teams, pool, clock }: TeamsMount): OutboxPort {
  const transport = botbuilderTransport(teams);
  return teamsPort({
    transport,
    directory: memberDirectory(transport, clock),
    pool,
    clock,
    teamsClient: true,
    listAccounts: (orgId, personId) => listAccounts(pool, orgId, personId, "teams"),
  });
}

/** The tenant's people; a bot without a secret of its own cannot read them. */
export function teamsDirectoryOf({ teams, pool, clock }: TeamsMount): PeopleDirectory | undefined {
  const { appId, appPassword, tenantId } = teams;
  if (appPassword === undefined) return undefined;
  const { resolveOrg } = createIdentities(pool, clock);
  return {
    surface: "teams",
    async list(orgId) {
      if ((await resolveOrg("teams", tenantId)) !== orgId) return undefined;
      return listTeamsPeople({ appId, appPassword, tenantId });
    },
  };
}
