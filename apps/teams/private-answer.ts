import type { Answer } from "#core/answers/schema.ts";
import { isGone, type OutgoingMessage, type Place } from "./bot-port.ts";
import { findPersonal, recordConversation, removeConversation } from "./store.ts";
import { answerMessage, type TeamsSurface, type Turn } from "./surface.ts";

export const SENT = "I sent you the answer in our chat.";
export const NOT_SENT =
  "I could not write to you in private. Add aispend to your own apps in Teams, then ask again.";

/**
 * Sends an answer to one person alone, wherever it was asked. `origin` is the room that Share posts
 * to. False when Teams lets the bot write to nobody of that account.
 */
export async function answerPrivately(
  surface: TeamsSurface,
  turn: Turn,
  answer: Answer,
  origin: string | undefined,
): Promise<boolean> {
  const message = answerMessage(answer, { origin, teamsClient: surface.teamsClient });
  return sendPrivately(surface, turn, message);
}

export async function sendPrivately(
  surface: TeamsSurface,
  turn: Turn,
  message: OutgoingMessage,
): Promise<boolean> {
  if (turn.kind === "personal") {
    await surface.transport.send(turn.place, message);
    return true;
  }
  const known = await findPersonal(surface.pool, turn);
  if (known !== undefined && (await sent(surface, known, message))) return true;
  if (known !== undefined) {
    const { orgId, conversationId } = known;
    await removeConversation(surface.pool, { orgId, conversationId, now: surface.clock() });
  }
  const opened = await open(surface, turn);
  return opened !== undefined && (await sent(surface, opened, message));
}

async function open(surface: TeamsSurface, turn: Turn): Promise<Place | undefined> {
  const { serviceUrl, tenantId, botId } = turn.place;
  const from = { serviceUrl, tenantId, botId };
  try {
    const conversationId = await surface.transport.openPersonal(from, turn.userId);
    await recordConversation(surface.pool, {
      ...from,
      orgId: turn.orgId,
      conversationId,
      kind: "personal",
      teamId: null,
      aadObjectId: turn.aadObjectId,
      now: surface.clock(),
    });
    return { ...from, conversationId };
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

async function sent(
  surface: TeamsSurface,
  place: Place,
  message: OutgoingMessage,
): Promise<boolean> {
  try {
    await surface.transport.send(place, message);
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}
