import { z } from "zod";
import { takeBack } from "#apps/chat/not-shown.ts";
import type { Answer } from "#core/answers/schema.ts";
import type { Activity } from "./activity.ts";
import { beginTurn } from "./begin-turn.ts";
import { type AdaptiveCard, CARD_CONTENT_TYPE, cardText } from "./card.ts";
import { readPress } from "./card-press.ts";
import { formCard } from "./form-card.ts";
import { OLD_CARD } from "./on-card-press.ts";
import { renderAnswer } from "./render.ts";
import { withSecret } from "./secret-card.ts";
import { ownAudience, type TeamsSurface } from "./surface.ts";

/** The body of an answer to task/fetch and task/submit. */
export type DialogReply =
  | { task: { type: "message"; value: string } }
  | { task: { type: "continue"; value: Record<string, unknown> } };

/** What is to be done when the answer to an invoke did not go out. */
export interface Sending {
  unsent?: (() => Promise<unknown>) | undefined;
}

const Sent = z.object({ data: z.unknown() });

/**
 * A form as a dialog, and what became of it. A dialog is seen by one person and leaves nothing in the
 * history of the chat, so that its outcome may be a secret that is shown once.
 */
export async function onDialog(
  surface: TeamsSurface,
  activity: Activity,
  sending: Sending,
): Promise<DialogReply> {
  const begun = await beginTurn(surface, activity);
  if (begun.state === "refused") return dialogSaid(begun.said);
  const sent = Sent.safeParse(activity.value);
  const read = sent.success ? readPress(sent.data.data) : undefined;
  if (read === undefined) return dialogSaid(OLD_CARD);
  const { press, values } = read;
  const { orgId, asker } = begun.turn;
  const from = { orgId, asker, audience: ownAudience(begun.turn), surface: "teams" as const };
  if (activity.name === "task/fetch" && press.kind === "form") {
    const form = await surface.brain.form(press.form, press.token, from);
    if ("fields" in form) return shown(form.title, formCard(form, "dialog"));
    sending.unsent = takeBack(surface.brain, form, from);
    return outcome(form);
  }
  if (activity.name === "task/submit" && press.kind === "press") {
    const { verb, token } = press;
    return outcome(await surface.brain.press({ ...from, verb, token, values }));
  }
  return dialogSaid(OLD_CARD);
}

/** Without its buttons: inside a dialog Teams runs no Action.Execute. */
function outcome(answer: Answer): DialogReply {
  const place = { origin: undefined, teamsClient: false };
  const card = renderAnswer({ ...answer, actions: [] }, place);
  const { secret } = answer;
  return shown(answer.title, secret === undefined ? card : withSecret(card, secret));
}

function shown(title: string, card: AdaptiveCard): DialogReply {
  const content = { contentType: CARD_CONTENT_TYPE, content: card };
  const value = { title: cardText(title, 60), height: "medium", width: "medium", card: content };
  return { task: { type: "continue", value } };
}

export function dialogSaid(text: string): DialogReply {
  return { task: { type: "message", value: text } };
}
