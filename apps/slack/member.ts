import type { UsersInfoResponse, WebClient } from "@slack/web-api";
import type { Clock } from "#core/time.ts";
import { createBoundedMemory, remembered } from "./bounded-memory.ts";
import { slackError } from "./slack-failure.ts";
import type { Workspace } from "./workspace.ts";

/** A full member of the workspace, for linking and the audit log. */
export interface SlackAccount {
  orgId: number;
  /** "slack:<team>:<user>". */
  account: string;
  /** The confirmed e-mail of the profile, lower case; undefined when Slack does not vouch for it. */
  email: string | undefined;
}

export type Member =
  | { kind: "member"; email: string | undefined }
  /** Of another company, or nobody that Slack shows us. */
  | { kind: "stranger" }
  | { kind: "guest" }
  | { kind: "bot" };

type User = NonNullable<UsersInfoResponse["user"]>;

/** Only what users.info says counts: the payload of a click names no guest and no stranger. */
export function memberOf(user: User | undefined, workspace: Workspace): Member {
  if (user === undefined || user.deleted) return { kind: "stranger" };
  if (user.is_bot || user.is_workflow_bot || user.id === "USLACKBOT") return { kind: "bot" };
  if (user.is_stranger || !isColleague(user, workspace)) return { kind: "stranger" };
  if (user.is_restricted || user.is_ultra_restricted) return { kind: "guest" };
  const email = user.is_email_confirmed === true ? user.profile?.email?.toLowerCase() : undefined;
  return { kind: "member", email };
}

/** In Enterprise Grid every workspace of the enterprise is the same company. */
function isColleague(user: User, workspace: Workspace): boolean {
  if (user.team_id === workspace.teamId) return true;
  const enterprise = user.enterprise_user?.enterprise_id ?? user.enterprise_id;
  return enterprise !== undefined && enterprise === workspace.enterpriseId;
}

const KEPT_MS = 5 * 60_000;
const UNSEEN = new Set(["user_not_found", "user_not_visible"]);

export type FindMember = (
  client: WebClient,
  workspace: Workspace,
  userId: string,
) => Promise<Member>;

export function createMembers(clock: Clock): FindMember {
  const known = createBoundedMemory<Promise<Member>>(5000, KEPT_MS, clock);
  return (client, workspace, userId) =>
    remembered(known, `${workspace.teamId}:${userId}`, async () => {
      try {
        const { user } = await client.users.info({ user: userId });
        return memberOf(user, workspace);
      } catch (error) {
        if (UNSEEN.has(slackError(error) ?? "")) return { kind: "stranger" };
        throw error;
      }
    });
}
