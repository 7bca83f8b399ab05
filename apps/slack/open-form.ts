import type { WebClient } from "@slack/web-api";
import { takeBack } from "#apps/chat/not-shown.ts";
import type { FormOpener } from "#apps/chat/surface.ts";
import type { Answer } from "#core/answers/schema.ts";
import { answerView, workingView } from "./answer-view.ts";
import { formView } from "./form-view.ts";
import { modalReply, type Reply } from "./reply.ts";
import { isSlackFailure } from "./slack-failure.ts";
import { ownAudience, type SlackSurface, type Turn } from "./surface.ts";

/**
 * Opens the modal that a form will stand in, before anything is looked up: its trigger lives for
 * three seconds. Undefined: it did not open, and the question is answered in words instead.
 */
export async function openWorking(
  surface: SlackSurface,
  client: WebClient,
  triggerId: string,
): Promise<string | undefined> {
  try {
    const view = workingView("aispend");
    const { view: shown } = await client.views.open({ trigger_id: triggerId, view });
    return shown?.id;
  } catch (error) {
    if (!isSlackFailure(error)) throw error;
    surface.log.warn({ err: error }, "slack did not open a modal");
    return undefined;
  }
}

/** The form in the open modal; or at once what it comes to, a secret among that. */
export async function showInModal(
  surface: SlackSurface,
  turn: Turn,
  { form, token }: FormOpener,
  viewId: string,
  reply: Reply,
): Promise<void> {
  const { orgId, asker, client } = turn;
  const audience = ownAudience(turn);
  const shown = await surface.brain.form(form, token, { orgId, asker, audience, surface: "slack" });
  if ("fields" in shown) {
    await client.views.update({ view_id: viewId, view: formView(shown) });
  } else if (shown.secret === undefined) {
    await reply(shown);
  } else {
    await showSecret(surface, turn, shown, viewId, reply);
  }
}

/**
 * In the modal and nowhere else: where that fails, the secret is taken back, and only that is
 * said.
 */
async function showSecret(
  surface: SlackSurface,
  turn: Turn,
  answer: Answer,
  viewId: string,
  reply: Reply,
): Promise<void> {
  try {
    await turn.client.views.update({ view_id: viewId, view: answerView(answer) });
  } catch (error) {
    // Not the error itself: it may hold what was sent.
    surface.log.warn({ isSlack: isSlackFailure(error) }, "slack did not show a secret");
    const { orgId, asker } = turn;
    const from = { orgId, asker, audience: ownAudience(turn), surface: "slack" } as const;
    const back = takeBack(surface.brain, answer, from);
    if (back !== undefined) await reply(await back());
  }
}

/** The reply of a modal that was opened for a question in words. */
export function modalOrElse(client: WebClient, viewId: string | undefined, direct: Reply): Reply {
  return viewId === undefined ? direct : modalReply(client, viewId, direct);
}
