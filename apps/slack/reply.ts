import { RespondError, type RespondFn } from "@slack/bolt";
import type { WebClient } from "@slack/web-api";
import type { Answer } from "#core/answers/schema.ts";
import { answerView } from "./answer-view.ts";
import type { SlackMessage } from "./block.ts";
import type { UploadChart } from "./chart-picture.ts";
import { sendAnswer } from "./draft.ts";
import { BlocksRefused, isUnreachable, slackError } from "./slack-failure.ts";

/** Where an answer goes. */
export type Reply = (answer: Answer) => Promise<void>;

/** No picture of a linked page, and "@channel" in a name stays text. */
const QUIET = { unfurl_links: false, unfurl_media: false, link_names: false } as const;

export interface Conversation {
  client: WebClient;
  uploadChart: UploadChart;
  channelId: string;
  threadTs: string | undefined;
}

/** For everybody in the conversation. */
export function postReply(conversation: Conversation, sharedBy?: string): Reply {
  const { client, channelId, threadTs } = conversation;
  return async (answer) => {
    await sendAnswer(answer, sharedBy === undefined ? {} : { sharedBy }, conversation, (message) =>
      client.chat.postMessage({
        channel: channelId,
        ...QUIET,
        ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
        ...message,
      }),
    );
  };
}

/**
 * For one person alone, where they are: through the response URL, which works where the bot is not a
 * member but only five times in 30 minutes; then as an ephemeral message; then directly.
 */
export function privateReply(
  conversation: Conversation,
  userId: string,
  respond: RespondFn | undefined,
): Reply {
  return (answer) =>
    sendAnswer(answer, {}, conversation, async (message) => {
      const heard = respond === undefined ? false : await respondTo(respond, message);
      if (!heard) await postPrivately(conversation, userId, message);
    });
}

/** False when the response URL is used up. Throws when Slack refuses the blocks. */
async function respondTo(respond: RespondFn, message: SlackMessage): Promise<boolean> {
  try {
    const response = await respond({
      response_type: "ephemeral",
      replace_original: false,
      ...message,
    });
    const body = await response.text();
    // The URL answers "ok" as text or as JSON, and some refusals with status 200.
    if (!body.includes('"ok":false')) return true;
    if (/invalid_blocks|invalid_attachments|too_long/.test(body)) throw new BlocksRefused();
    return false;
  } catch (error) {
    // fetch throws a TypeError where the URL's host cannot be reached; slack.com may still be.
    if (error instanceof TypeError) return false;
    if (!(error instanceof RespondError)) throw error;
    if (error.statusCode === 400 && message.blocks !== undefined) throw new BlocksRefused();
    return false;
  }
}

async function postPrivately(
  { client, channelId, threadTs }: Conversation,
  userId: string,
  message: SlackMessage,
): Promise<void> {
  try {
    await client.chat.postEphemeral({
      channel: channelId,
      user: userId,
      link_names: false,
      ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
      ...message,
    });
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    await client.chat.postMessage({ channel: userId, ...QUIET, ...message });
  }
}

/** In a modal that is open already; directly when the person has closed it meanwhile. */
export function modalReply(client: WebClient, viewId: string, direct: Reply): Reply {
  return async (answer) => {
    try {
      await client.views.update({ view_id: viewId, view: answerView(answer) });
    } catch (error) {
      if (slackError(error) !== "not_found") throw error;
      await direct(answer);
    }
  };
}
