import { z } from "zod";
import { takeBack } from "#apps/chat/not-shown.ts";
import type { Answer } from "#core/answers/schema.ts";
import { assertNever } from "#core/errors.ts";
import { executeElement } from "./action.ts";
import type { Activity } from "./activity.ts";
import { beginTurn } from "./begin-turn.ts";
import { type AdaptiveCard, adaptiveCard, cardText, textLine } from "./card.ts";
import { type CardPress, readPress } from "./card-press.ts";
import { offerFile } from "./download.ts";
import { formCard } from "./form-card.ts";
import { answerPrivately, NOT_SENT, SENT } from "./private-answer.ts";
import { renderAnswer } from "./render.ts";
import { withSecret } from "./secret-card.ts";
import { shareAnswer } from "./share.ts";
import {
  answerMessage,
  ask,
  ownAudience,
  placeAudience,
  type TeamsSurface,
  type Turn,
} from "./surface.ts";

/** What the one who pressed sees: a card in place of the pressed one, or a line beneath it. */
export type PressReply = { card: AdaptiveCard } | { said: string };

const Pressed = z.object({ action: z.object({ data: z.unknown() }) });

/** A button (Action.Execute of a Universal Action). */
export async function onCardPress(surface: TeamsSurface, activity: Activity): Promise<PressReply> {
  const begun = await beginTurn(surface, activity);
  if (begun.state === "refused") return { said: begun.said };
  const pressed = Pressed.safeParse(activity.value);
  const read = pressed.success ? readPress(pressed.data.action.data) : undefined;
  if (read === undefined) return { said: OLD_CARD };
  return decide(surface, begun.turn, read.press, read.values);
}

export const OLD_CARD = "That button is from an older message. Ask again for a fresh one.";

async function decide(
  surface: TeamsSurface,
  turn: Turn,
  press: CardPress,
  values: Readonly<Record<string, string>>,
): Promise<PressReply> {
  switch (press.kind) {
    case "ask":
      return askAgain(surface, turn, press);
    case "share":
      return { said: await shareAnswer(surface, turn, press) };
    case "download":
      return { said: await offerFile(surface, turn, press.command) };
    case "confirm":
      return { card: confirmCard(press) };
    case "press":
      return change(surface, turn, press, values);
    case "show":
      return { card: await shownAgain(surface, turn, press) };
    case "form":
      return openForm(surface, turn, press);
    default:
      return assertNever(press);
  }
}

async function askAgain(
  surface: TeamsSurface,
  turn: Turn,
  press: { command: string; room?: string | undefined },
): Promise<PressReply> {
  const answer = await ask(surface, turn, press.command, ownAudience(turn));
  const inRoom = turn.kind !== "personal";
  const origin = inRoom ? turn.place.conversationId : press.room;
  const sent = await answerPrivately(surface, turn, answer, origin);
  if (!sent) return { said: NOT_SENT };
  return { said: inRoom ? SENT : "Answered below." };
}

/** The second step of a change that asks "sure?"; only the one who pressed sees it. */
function confirmCard(press: Extract<CardPress, { kind: "confirm" }>): AdaptiveCard {
  const { verb, token, command, label, question } = press;
  const room = press.room === undefined ? {} : { room: press.room };
  return adaptiveCard(
    [
      textLine(cardText(label, 100), { size: "Large", weight: "Bolder" }),
      textLine(cardText(question, 500)),
    ],
    [
      executeElement(
        label,
        { kind: "press", verb, token, command, ...room },
        press.danger ? "destructive" : "positive",
      ),
      executeElement("Back", { kind: "show", command, ...room }),
    ],
    question,
    false,
  );
}

/**
 * A change of state. Done, the card shows it to everybody who sees that card; refused, only the one
 * who pressed hears why and the card stays as it is.
 */
async function change(
  surface: TeamsSurface,
  turn: Turn,
  press: Extract<CardPress, { kind: "press" }>,
  values: Readonly<Record<string, string>>,
): Promise<PressReply> {
  const { orgId, asker, activity } = turn;
  const { verb, token } = press;
  const audience = placeAudience(turn);
  const from = { orgId, asker, audience, surface: "teams" as const };
  const answer = await surface.brain.press({ ...from, verb, token, values });
  if (answer.state !== "ok") return { said: cardText(answer.sentence, 500) };
  if (turn.kind !== "personal" && answer.audience.kind !== "room") {
    const sent = await answerPrivately(surface, turn, answer, undefined);
    return { said: sent ? SENT : NOT_SENT };
  }
  const message = answerMessage(answer, here(surface, turn, press.room));
  if (activity.replyToId !== undefined) {
    await surface.transport.update(turn.place, activity.replyToId, message);
  }
  return { card: renderAnswer(answer, here(surface, turn, press.room)) };
}

async function shownAgain(
  surface: TeamsSurface,
  turn: Turn,
  press: { command: string; room?: string | undefined },
): Promise<AdaptiveCard> {
  const answer: Answer = await ask(surface, turn, press.command, placeAudience(turn));
  return renderAnswer(answer, here(surface, turn, press.room));
}

async function openForm(
  surface: TeamsSurface,
  turn: Turn,
  press: Extract<CardPress, { kind: "form" }>,
): Promise<PressReply> {
  const { orgId, asker } = turn;
  const question = { orgId, asker, audience: placeAudience(turn), surface: "teams" as const };
  const form = await surface.brain.form(press.form, press.token, question);
  if (!("fields" in form) && form.secret !== undefined) return secretCard(surface, turn, form);
  if (!("fields" in form)) {
    if (turn.kind === "personal")
      return { card: renderAnswer(form, here(surface, turn, undefined)) };
    return { said: cardText(form.sentence, 500) };
  }
  const room = press.room === undefined ? {} : { room: press.room };
  return { card: formCard(form, "card", { kind: "show", command: press.command, ...room }) };
}

/**
 * Without dialogs (the playground) the answer to the press itself shows the secret: it is no message, and
 * gone when the card is drawn again. In a room it is taken back instead.
 */
async function secretCard(surface: TeamsSurface, turn: Turn, answer: Answer): Promise<PressReply> {
  const { orgId, asker } = turn;
  const from = { orgId, asker, audience: placeAudience(turn), surface: "teams" as const };
  if (turn.kind === "personal") {
    const card = renderAnswer({ ...answer, actions: [] }, here(surface, turn, undefined));
    return { card: answer.secret === undefined ? card : withSecret(card, answer.secret) };
  }
  const back = await takeBack(surface.brain, answer, from)?.();
  return { said: cardText(back?.sentence ?? answer.sentence, 500) };
}

function here(surface: TeamsSurface, turn: Turn, room: string | undefined) {
  return {
    // In the room itself there is nothing left to share.
    origin: turn.kind === "personal" ? room : undefined,
    teamsClient: surface.teamsClient,
  };
}
