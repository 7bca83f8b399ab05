import { WebClient } from "@slack/web-api";
import type { Config } from "#apps/server/config.ts";
import { mailReaches } from "#apps/server/mail.ts";
import { webClientOptions } from "#apps/slack/web-client-options.ts";
import { findWorkspace } from "#apps/slack/workspace.ts";
import { AispendError } from "#core/errors.ts";
import { type Finding, failed, fine, warning } from "./finding.ts";

/** Asks Slack who the bot token is for. */
export async function checkSlack({ slack }: Config): Promise<Finding> {
  if (slack === undefined) return fine("slack", "not configured (SLACK_BOT_TOKEN)");
  const options = webClientOptions({ slackApiUrl: slack.apiUrl, retries: 0 });
  try {
    const { teamId } = await findWorkspace(new WebClient(slack.botToken, options));
    const way = slack.appToken === undefined ? "by HTTP, POST /slack/events" : "by Socket Mode";
    return fine("slack", `the token is for workspace ${teamId}; ${way}`);
  } catch (error) {
    if (!(error instanceof AispendError)) throw error;
    const { message, help, kind } = error;
    if (kind === "unavailable")
      return { about: "slack", state: "unreachable", said: message, help };
    return failed("slack", message, help);
  }
}

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What can be told without Microsoft: its ids have a form. */
export function checkTeams({ teams }: Config): Finding {
  if (teams === undefined) return fine("teams", "not configured (TEAMS_APP_ID)");
  const wrong = [
    ["TEAMS_APP_ID", teams.appId],
    ["TEAMS_TENANT_ID", teams.tenantId],
  ].flatMap(([name, value]) => (GUID.test(value ?? "") ? [] : [name]));
  if (wrong.length > 0) {
    const help = "Copy the ids of the bot's app registration in Entra.";
    return failed("teams", `${wrong.join(" and ")} is no GUID`, help);
  }
  return fine("teams", `app ${teams.appId}, ${teams.appType}, POST /api/messages`);
}

export async function checkMail({ mail }: Config): Promise<Finding> {
  if (mail === undefined) {
    return warning(
      "mail",
      "not configured: accounts that Slack or Teams does not vouch for are linked by you alone",
      "Set SMTP_URL and SMTP_FROM so that people can link by a code, or run: aispend link",
    );
  }
  const problem = await mailReaches(mail);
  if (problem === undefined) return fine("mail", "the mail server takes mail");
  return {
    about: "mail",
    state: "unreachable",
    said: `the mail server does not answer: ${problem}`,
    help: "Check SMTP_URL, and that its host can be reached from here.",
  };
}
