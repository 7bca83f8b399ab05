import { NOT_IN_CHANNEL, SHARED_CHANNEL, UNCHECKED_CHANNEL } from "./local-answer.ts";
import { postReply, type Reply } from "./reply.ts";
import { isUnreachable } from "./slack-failure.ts";
import { ask, type SlackSurface, type Turn } from "./surface.ts";

/**
 * Shows a command's answer to a room, asked anew for it: what only the person may see is not in it.
 * True when it was posted; otherwise `reply` says to the person alone why not.
 */
export async function shareIntoRoom(
  surface: SlackSurface,
  turn: Turn,
  shared: { command: string; channelId: string; threadTs: string | undefined },
  reply: Reply,
): Promise<boolean> {
  const { client, userId } = turn;
  const state = await surface.findRoom(client, shared.channelId);
  if (state !== "ours") {
    await reply(state === "unknown" ? UNCHECKED_CHANNEL : SHARED_CHANNEL);
    return false;
  }
  const answer = await ask(surface, turn, shared.command, { kind: "room" }, shared.channelId);
  if (answer.state !== "ok") {
    await reply(answer);
    return false;
  }
  const { channelId, threadTs } = shared;
  const conversation = { client, uploadChart: surface.uploadChart, channelId, threadTs };
  try {
    await postReply(conversation, userId)(answer);
    return true;
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    await reply(NOT_IN_CHANNEL);
    return false;
  }
}
