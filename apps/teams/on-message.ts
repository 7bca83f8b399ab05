import { type Activity, questionText, tenantOf } from "./activity.ts";
import { beginTurn, placeOf } from "./begin-turn.ts";
import { answerPrivately, NOT_SENT, SENT } from "./private-answer.ts";
import { answerMessage, ask, ownAudience, type TeamsSurface, textMessage } from "./surface.ts";

/**
 * A question. In the personal chat it is answered there; asked in a room it is answered to the one
 * who asked, and the room reads a line that says no more than that.
 */
export async function onMessage(surface: TeamsSurface, activity: Activity): Promise<void> {
  const begun = await beginTurn(surface, activity);
  if (begun.state === "refused") {
    await surface.transport.send(
      placeOf(activity, tenantOf(activity) ?? ""),
      textMessage(begun.said),
    );
    return;
  }
  const { turn } = begun;
  const text = questionText(activity);
  if (text === "" && activity.value !== undefined) {
    await surface.transport.send(turn.place, textMessage(OLD_BUTTON));
    return;
  }
  const answer = await ask(surface, turn, text, ownAudience(turn));
  if (turn.kind === "personal") {
    const here = { origin: undefined, teamsClient: surface.teamsClient };
    await surface.transport.send(turn.place, answerMessage(answer, here));
    return;
  }
  const sent = await answerPrivately(surface, turn, answer, turn.place.conversationId);
  // A slash command is seen by nobody else, so there is no question for the room to see answered.
  if (sent && activity.recipient.isTargeted === true) return;
  await surface.transport.send(turn.place, textMessage(sent ? SENT : NOT_SENT));
}

const OLD_BUTTON = "That button needs a newer Teams. Write the command instead, or write help.";
