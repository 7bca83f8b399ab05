import type { App, BlockAction, RespondFn } from "@slack/bolt";
import type { WebClient } from "@slack/web-api";
import { type Pressed, parsePressed } from "./action-button.ts";
import { shareView, workingView } from "./answer-view.ts";
import { sendDownload } from "./download.ts";
import { OLD_BUTTON, TOO_LATE } from "./local-answer.ts";
import { showInModal } from "./open-form.ts";
import { publishHome } from "./question-listeners.ts";
import { modalReply, postReply, privateReply, type Reply } from "./reply.ts";
import { runTurn } from "./run-turn.ts";
import { shareIntoRoom } from "./share.ts";
import { isSlackFailure } from "./slack-failure.ts";
import { ask, ownAudience, type SlackSurface, type Turn } from "./surface.ts";

/** Every button, also those that an earlier version made. */
export function listenToPresses(app: App, surface: SlackSurface): void {
  app.action<BlockAction>(/.*/, async ({ ack, action, body, client, respond }) => {
    await ack();
    const value = action.type === "button" ? action.value : undefined;
    const pressed = parsePressed(action.action_id, value);
    const where = placeOf(surface, body, client, respond);
    const opened = await tryOpenModal(surface, pressed, body, client, where);
    // A form without its modal has nowhere to be filled in.
    if (opened.state === "done") return;
    const reply = opened.viewId === undefined ? where.reply : modalOf(client, opened.viewId, where);
    const happening = {
      client,
      userId: body.user.id,
      said: value ?? "",
      what: pressed?.kind ?? "unknown button",
      reply,
    };
    await runTurn(surface, happening, async (turn) => {
      if (pressed === undefined) await reply(OLD_BUTTON);
      else await doPressed({ surface, turn, pressed, where, reply, viewId: opened.viewId });
      if (body.view?.type === "home" && pressed?.kind === "press") await publishHome(surface, turn);
    });
  });
}

interface Place {
  /** A channel in which the message stands; undefined in direct messages, modals and Home. */
  room: { channelId: string; threadTs: string | undefined } | undefined;
  /** Home or a modal: no conversation that could be answered in. */
  outside: boolean;
  reply: Reply;
}

function placeOf(
  surface: SlackSurface,
  body: BlockAction,
  client: WebClient,
  respond: RespondFn,
): Place {
  const { uploadChart } = surface;
  const userId = body.user.id;
  const channelId = body.channel?.id;
  if (channelId === undefined) {
    const direct = { client, uploadChart, channelId: userId, threadTs: undefined };
    return { room: undefined, outside: true, reply: postReply(direct) };
  }
  const given: unknown = body.message?.thread_ts ?? body.container.thread_ts;
  const threadTs = typeof given === "string" ? given : undefined;
  const here = { client, uploadChart, channelId, threadTs };
  // A direct message keeps its answers; an ephemeral one there would be gone with the next reload.
  if (channelId.startsWith("D")) {
    return { room: undefined, outside: false, reply: postReply(here) };
  }
  const room = { channelId, threadTs };
  return { room, outside: false, reply: privateReply(here, userId, respond) };
}

function modalOf(client: WebClient, viewId: string, where: Place): Reply {
  return modalReply(client, viewId, where.reply);
}

/**
 * A trigger lives three seconds, so a modal that will be needed opens before anything is looked up:
 * for a form, and for any answer where there is no conversation. In an open modal it is redrawn.
 */
async function openModal(
  pressed: Pressed | undefined,
  body: BlockAction,
  client: WebClient,
  outside: boolean,
): Promise<{ state: "done" } | { state: "open"; viewId: string | undefined }> {
  const inRoom = body.channel !== undefined && !body.channel.id.startsWith("D");
  const asksRoom = pressed?.kind === "share" && !inRoom;
  if (!outside && !asksRoom && pressed?.kind !== "form")
    return { state: "open", viewId: undefined };
  const view =
    asksRoom && pressed.kind === "share" ? shareView(pressed.command) : workingView("aispend");
  const { view: shown } =
    body.view?.type === "modal"
      ? await client.views.update({ view_id: body.view.id, view })
      : await client.views.open({ trigger_id: body.trigger_id, view });
  return asksRoom ? { state: "done" } : { state: "open", viewId: shown?.id };
}

/** A modal that did not open, most likely because the trigger had expired, is said where one can. */
async function tryOpenModal(
  surface: SlackSurface,
  pressed: Pressed | undefined,
  body: BlockAction,
  client: WebClient,
  where: Place,
): Promise<{ state: "done" } | { state: "open"; viewId: string | undefined }> {
  try {
    return await openModal(pressed, body, client, where.outside);
  } catch (error) {
    if (!isSlackFailure(error)) throw error;
    surface.log.warn({ err: error }, "slack did not open a modal");
    await where.reply(TOO_LATE);
    return { state: "done" };
  }
}

interface Doing {
  surface: SlackSurface;
  turn: Turn;
  pressed: Pressed;
  where: Place;
  reply: Reply;
  viewId: string | undefined;
}

async function doPressed(doing: Doing): Promise<void> {
  const { surface, turn, pressed, where, reply } = doing;
  switch (pressed.kind) {
    case "ask":
      await reply(
        await ask(surface, turn, pressed.command, ownAudience(turn), where.room?.channelId),
      );
      return;
    case "download":
      await reply(await sendDownload(surface, turn, pressed.command));
      return;
    case "share":
      if (where.room === undefined) return;
      await shareIntoRoom(surface, turn, { command: pressed.command, ...where.room }, reply);
      return;
    case "press": {
      const { orgId, asker } = turn;
      const { verb, token } = pressed;
      const audience = ownAudience(turn);
      const press = { orgId, verb, token, values: {}, asker, audience, surface: "slack" } as const;
      await reply(await surface.brain.press(press));
      return;
    }
    case "form":
      await showForm(doing, pressed);
  }
}

async function showForm(
  { surface, turn, viewId, reply }: Doing,
  opener: Extract<Pressed, { kind: "form" }>,
): Promise<void> {
  if (viewId !== undefined) await showInModal(surface, turn, opener, viewId, reply);
}
