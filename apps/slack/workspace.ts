import type { WebClient } from "@slack/web-api";
import { AispendError } from "#core/errors.ts";
import { isSlackFailure, slackError } from "./slack-failure.ts";

/** Where the app is installed. With OAuth there will be one for each installation. */
export interface Workspace {
  teamId: string;
  /** Set in Enterprise Grid. */
  enterpriseId: string | undefined;
  botUserId: string;
  botId: string | undefined;
}

/** Who the bot token is for. Throws `slack_token_refused` or `slack_unreachable`. */
export async function findWorkspace(client: WebClient): Promise<Workspace> {
  try {
    const { team_id, enterprise_id, user_id, bot_id } = await client.auth.test();
    if (team_id === undefined || user_id === undefined) {
      throw new AispendError("slack_token_refused", "Slack names no workspace for this token.");
    }
    return { teamId: team_id, enterpriseId: enterprise_id, botUserId: user_id, botId: bot_id };
  } catch (error) {
    if (!isSlackFailure(error)) throw error;
    const said = slackError(error);
    if (said === undefined) {
      throw new AispendError("slack_unreachable", "Slack cannot be reached.", {
        kind: "unavailable",
        help: "Allow outbound HTTPS to slack.com, or set the proxy.",
        cause: error,
      });
    }
    throw new AispendError("slack_token_refused", `Slack refuses the bot token: ${said}.`, {
      kind: "unauthenticated",
      help: "Install the app again and copy the bot token into SLACK_BOT_TOKEN.",
      cause: error,
    });
  }
}
