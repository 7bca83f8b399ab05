import type { App, KnownEventFromType } from "@slack/bolt";
import type { WebClient } from "@slack/web-api";
import type { FormOpener } from "#apps/chat/surface.ts";
import { homeAnswerView, homeView } from "./answer-view.ts";
import { SHARED_CHANNEL, UNCHECKED_CHANNEL } from "./local-answer.ts";
import { modalOrElse, openWorking, showInModal } from "./open-form.ts";
import { postReply, privateReply, type Reply } from "./reply.ts";
import { runTurn } from "./run-turn.ts";
import { askedText } from "./slack-text.ts";
import { ask, ownAudience, type SlackSurface, type Turn } from "./surface.ts";

/** Slash command, mention, direct message and Home tab: what is asked in words. */
export function listenToQuestions(app: App, surface: SlackSurface): void {
  listenToCommand(app, surface);
  listenToShortcuts(app, surface);
  listenToMentions(app, surface);
  listenToDirectMessages(app, surface);
  listenToHome(app, surface);
}

/** Acknowledged first: Slack waits three seconds, a cold database may take longer. */
function listenToCommand(app: App, surface: SlackSurface): void {
  app.command("/aispend", async ({ ack, command, respond, client }) => {
    await ack();
    const { uploadChart } = surface;
    const here = { client, uploadChart, channelId: command.channel_id, threadTs: undefined };
    const reply = privateReply(here, command.user_id, respond);
    const said = askedText(command.text ?? "", undefined);
    const opener = surface.brain.opens(said);
    if (opener !== undefined) {
      await askInModal(surface, client, { ...command, said }, opener, reply);
      return;
    }
    const happening = { client, userId: command.user_id, said, what: "command", reply };
    await runTurn(surface, happening, async (turn) => {
      await reply(await ask(surface, turn, said, ownAudience(turn), command.channel_id));
    });
  });
}

/** A shortcut of the app's menu, which is in no conversation. */
function listenToShortcuts(app: App, surface: SlackSurface): void {
  app.shortcut("request_key", async ({ ack, shortcut, client }) => {
    await ack();
    const { uploadChart } = surface;
    const userId = shortcut.user.id;
    const here = { client, uploadChart, channelId: userId, threadTs: undefined };
    const opener = { form: "key_request", token: "new" };
    const from = { user_id: userId, trigger_id: shortcut.trigger_id, said: "key request" };
    await askInModal(surface, client, from, opener, postReply(here));
  });
}

/** A question that a form answers: the modal first, then whose it is and what it holds. */
async function askInModal(
  surface: SlackSurface,
  client: WebClient,
  from: { user_id: string; trigger_id: string; said: string },
  opener: FormOpener,
  direct: Reply,
): Promise<void> {
  const viewId = await openWorking(surface, client, from.trigger_id);
  const reply = modalOrElse(client, viewId, direct);
  const happening = { client, userId: from.user_id, said: opener.form, what: "form", reply };
  await runTurn(surface, happening, async (turn) => {
    if (viewId !== undefined) await showInModal(surface, turn, opener, viewId, reply);
    else await reply(await ask(surface, turn, from.said, ownAudience(turn)));
  });
}

/** A good answer is for the room; what did not work concerns only who asked. */
function listenToMentions(app: App, surface: SlackSurface): void {
  app.event("app_mention", async ({ event, body, client }) => {
    if (event.user === undefined || event.bot_id !== undefined) return;
    const userId = event.user;
    const { botUserId } = await surface.workspace();
    const here = {
      client,
      uploadChart: surface.uploadChart,
      channelId: event.channel,
      threadTs: event.thread_ts ?? event.ts,
    };
    const reply = privateReply(here, userId, undefined);
    const said = askedText(event.text, botUserId);
    await runTurn(surface, { client, userId, said, what: "mention", reply }, async (turn) => {
      // The event knows of a company that is in; one that was invited reads the same thread tomorrow.
      const isShared = body.is_ext_shared_channel === true;
      const room = isShared ? "shared_outside" : await surface.findRoom(client, event.channel);
      if (room !== "ours") {
        await reply(room === "unknown" ? UNCHECKED_CHANNEL : SHARED_CHANNEL);
        return;
      }
      const answer = await ask(surface, turn, said, { kind: "room" }, event.channel);
      await (answer.state === "ok" ? postReply(here) : reply)(answer);
    });
  });
}

type PlainMessage = Extract<KnownEventFromType<"message">, { subtype?: undefined }>;

function isFromPerson(event: KnownEventFromType<"message">): event is PlainMessage {
  if (event.subtype !== undefined || event.channel_type !== "im") return false;
  return event.bot_id === undefined && event.user !== undefined;
}

function listenToDirectMessages(app: App, surface: SlackSurface): void {
  app.message(async ({ message, client }) => {
    if (!isFromPerson(message)) return;
    const here = {
      client,
      uploadChart: surface.uploadChart,
      channelId: message.channel,
      threadTs: message.thread_ts,
    };
    const reply = postReply(here);
    const { botUserId } = await surface.workspace();
    const said = askedText(message.text ?? "", botUserId);
    const happening = { client, userId: message.user, said, what: "direct message", reply };
    await runTurn(surface, happening, async (turn) => {
      await reply(await ask(surface, turn, said, ownAudience(turn)));
    });
  });
}

function listenToHome(app: App, surface: SlackSurface): void {
  app.event("app_home_opened", async ({ event, client }) => {
    if (event.tab !== "home") return;
    const userId = event.user;
    const reply = async (answer: Parameters<typeof homeAnswerView>[0]) => {
      await client.views.publish({ user_id: userId, view: homeAnswerView(answer) });
    };
    await runTurn(surface, { client, userId, said: "", what: "home", reply }, (turn) =>
      publishHome(surface, turn),
    );
  });
}

/** Draws the person's Home tab anew. */
export async function publishHome(surface: SlackSurface, turn: Turn): Promise<void> {
  const { orgId, asker, client, userId } = turn;
  const audience = ownAudience(turn);
  const home = await surface.brain.home({ orgId, asker, audience, surface: "slack" });
  await client.views.publish({ user_id: userId, view: homeView(home) });
}
