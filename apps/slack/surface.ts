import type { WebClient } from "@slack/web-api";
import type { Asker, Brain, Room } from "#apps/chat/surface.ts";
import type { Audience } from "#core/answers/schema.ts";
import type { Log } from "./bolt-log.ts";
import type { UploadChart } from "./chart-picture.ts";
import type { FindMember, SlackAccount } from "./member.ts";
import type { FindRoom } from "./room.ts";
import type { Workspace } from "./workspace.ts";

/** What the listeners share. */
export interface SlackSurface {
  brain: Brain;
  log: Log;
  workspace(): Promise<Workspace>;
  findMember: FindMember;
  findRoom: FindRoom;
  uploadChart: UploadChart;
  resolveOrg(workspace: Workspace): Promise<number | undefined>;
  resolveAsker(account: SlackAccount): Promise<Asker>;
}

/** A person of the organisation who did something in Slack. */
export interface Turn {
  client: WebClient;
  userId: string;
  orgId: number;
  asker: Asker;
}

/** Who reads what only this person sees. An account that is not linked gets what any room would. */
export function ownAudience(turn: Turn): Audience {
  const { personId } = turn.asker;
  return personId === undefined ? { kind: "room" } : { kind: "person", personId };
}

function roomOf(surface: SlackSurface, turn: Turn, channelId: string | undefined): { room?: Room } {
  if (channelId === undefined || !/^[CG]/.test(channelId)) return {};
  const state = () => surface.findRoom(turn.client, channelId);
  return { room: { destination: channelId, state } };
}

/** `channelId`: where it was said, unless that is a private chat. */
export function ask(
  surface: SlackSurface,
  turn: Turn,
  text: string,
  audience: Audience,
  channelId?: string,
) {
  const { orgId, asker } = turn;
  const room = roomOf(surface, turn, channelId);
  return surface.brain.ask({ orgId, text, asker, audience, surface: "slack", ...room });
}
