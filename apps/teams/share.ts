import { withoutThread } from "./activity.ts";
import type { Place } from "./bot-port.ts";
import { findConversation } from "./store.ts";
import { answerMessage, ask, type TeamsSurface, type Turn } from "./surface.ts";

/**
 * Asks the command again for a room and posts that: nothing of the private rendering reaches it.
 * Only a member of the room may, and not where people of another company read. Gives what is said to
 * the one who shared.
 */
export async function shareAnswer(
  surface: TeamsSurface,
  turn: Turn,
  wanted: { command: string; room: string },
): Promise<string> {
  const conversationId = withoutThread(wanted.room);
  const room = await findConversation(surface.pool, { orgId: turn.orgId, conversationId });
  if (room === undefined || room.kind === "personal") return UNKNOWN_ROOM;
  const { serviceUrl, tenantId, botId } = room;
  const place: Place = { serviceUrl, tenantId, botId, conversationId };
  const member = await surface.transport.findMember(place, turn.userId);
  if (member === undefined) return NO_MEMBER;
  if (await surface.directory.hasStrangers(place)) return STRANGERS;
  const answer = await ask(surface, turn, wanted.command, { kind: "room" });
  if (answer.state !== "ok") return answer.sentence;
  if (answer.audience.kind !== "room") return PRIVATE;
  const message = answerMessage(answer, { origin: undefined, teamsClient: surface.teamsClient });
  await surface.transport.send({ ...place, conversationId: wanted.room }, message);
  return "Shared.";
}

const UNKNOWN_ROOM = "I am no longer in that room. Add me there, then ask there again.";
const NO_MEMBER = "You are not in that room, so I shared nothing.";
const STRANGERS =
  "Guests or people of another organisation can read that room, so I shared nothing.";
const PRIVATE = "That answer is for one person alone and cannot be shared.";
