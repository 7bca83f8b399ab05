import type { App } from "@slack/bolt";
import { z } from "zod";
import { SHARE_ACTION, SHARE_BLOCK, SHARE_VIEW, workingView } from "./answer-view.ts";
import { FORM_VIEW, formValues, parseFormMetadata } from "./form-view.ts";
import { localAnswer, OLD_BUTTON } from "./local-answer.ts";
import { modalReply, postReply } from "./reply.ts";
import { runTurn } from "./run-turn.ts";
import { shareIntoRoom } from "./share.ts";
import { ownAudience, type SlackSurface } from "./surface.ts";

/**
 * Submitted modals. What can be judged without looking anything up is refused at its field; then the
 * modal says that it works on it, and shows what came of it.
 */
export function listenToViews(app: App, surface: SlackSurface): void {
  app.view(FORM_VIEW, async ({ ack, body, view, client }) => {
    const filled = formValues(view.state.values);
    if (!filled.ok) {
      await ack({ response_action: "errors", errors: filled.errors });
      return;
    }
    await ack({ response_action: "update", view: workingView(view.title.text) });
    const userId = body.user.id;
    const reply = modalReply(client, view.id, directly(surface, client, userId));
    const said = Object.values(filled.values).join(" ");
    await runTurn(surface, { client, userId, said, what: "form", reply }, async (turn) => {
      const form = parseFormMetadata(view.private_metadata);
      if (form === undefined) {
        await reply(OLD_BUTTON);
        return;
      }
      const { orgId, asker } = turn;
      const { values } = filled;
      const audience = ownAudience(turn);
      const press = { orgId, ...form, values, asker, audience, surface: "slack" } as const;
      await reply(await surface.brain.press(press));
    });
  });

  app.view(SHARE_VIEW, async ({ ack, body, view, client }) => {
    const chosen = Conversation.safeParse(view.state.values[SHARE_BLOCK]?.[SHARE_ACTION]);
    if (!chosen.success) {
      await ack({ response_action: "errors", errors: { [SHARE_BLOCK]: "Choose a channel." } });
      return;
    }
    await ack({ response_action: "update", view: workingView("Share") });
    const userId = body.user.id;
    const channelId = chosen.data.selected_conversation;
    const command = view.private_metadata;
    const reply = modalReply(client, view.id, directly(surface, client, userId));
    const happening = { client, userId, said: command, what: "share", reply };
    await runTurn(surface, happening, async (turn) => {
      const shared = { command, channelId, threadTs: undefined };
      if (await shareIntoRoom(surface, turn, shared, reply)) await reply(SHARED);
    });
  });
}

const Conversation = z.object({ selected_conversation: z.string().min(1) });

const SHARED = localAnswer(
  "ok",
  "Shared",
  "It stands in the channel, rendered for everybody there.",
);

function directly(surface: SlackSurface, client: Parameters<typeof modalReply>[0], userId: string) {
  const { uploadChart } = surface;
  return postReply({ client, uploadChart, channelId: userId, threadTs: undefined });
}
