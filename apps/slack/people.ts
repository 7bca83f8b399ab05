import { WebClient } from "@slack/web-api";
import type { ListedPerson, Listing } from "#core/org/people-listing.ts";
import { boltLog, type Log } from "./bolt-log.ts";
import { memberOf } from "./member.ts";
import { webClientOptions } from "./web-client-options.ts";
import { findWorkspace, type Workspace } from "./workspace.ts";

type SlackUser = NonNullable<Awaited<ReturnType<WebClient["users"]["list"]>>["members"]>[number];

export interface SlackPeopleOptions {
  botToken: string;
  slackApiUrl?: string | undefined;
  log: Log;
}

export interface SlackPeople {
  workspace: Workspace;
  listing: Listing;
}

const PAGE = 200;

/**
 * Everybody of the workspace, all pages of it: full members with the e-mail that Slack confirms, and
 * deactivated accounts, which are leavers. Throws what `findWorkspace` throws, and Slack's refusals.
 */
export async function listSlackPeople(options: SlackPeopleOptions): Promise<SlackPeople> {
  const { botToken, log } = options;
  const client = new WebClient(botToken, { ...webClientOptions(options), logger: boltLog(log) });
  const workspace = await findWorkspace(client);
  const people: ListedPerson[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.users.list({ limit: PAGE, ...(cursor ? { cursor } : {}) });
    for (const user of page.members ?? []) people.push(listed(user, workspace));
    cursor = page.response_metadata?.next_cursor;
  } while (cursor);
  return { workspace, listing: { people, complete: true } };
}

function listed(user: SlackUser, workspace: Workspace): ListedPerson {
  const member = memberOf({ ...user, deleted: false }, workspace);
  // A deactivated account keeps its address, though Slack may no longer call it confirmed; it can
  // only take somebody out, and only who has that address.
  const email = user.deleted ? user.profile?.email?.toLowerCase() : emailOf(member);
  return {
    email,
    name: user.real_name ?? user.name,
    active: user.deleted !== true,
    kind: member.kind === "stranger" ? "guest" : member.kind,
  };
}

function emailOf(member: ReturnType<typeof memberOf>): string | undefined {
  return member.kind === "member" ? member.email : undefined;
}
