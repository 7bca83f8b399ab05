import type { WebClient } from "@slack/web-api";
import { cutLine, plainLine } from "#core/answers/plain-line.ts";
import type { Answer } from "#core/answers/schema.ts";
import { localAnswer, NO_DOWNLOAD } from "./local-answer.ts";
import { escaped } from "./slack-text.ts";
import { ask, ownAudience, type SlackSurface, type Turn } from "./surface.ts";

/** Sends the rows of a command's answer as a file to the person, and says where it went. */
export async function sendDownload(
  surface: SlackSurface,
  turn: Turn,
  command: string,
): Promise<Answer> {
  const answer = await ask(surface, turn, command, ownAudience(turn));
  if (answer.state !== "ok") return answer;
  if (answer.download === undefined) return NO_DOWNLOAD;
  const { csv } = answer.download;
  const filename = plainLine(answer.download.filename).replace(/[^\w.-]+/g, "-") || "aispend.csv";
  await turn.client.filesUploadV2({
    channel_id: await directChannel(turn.client, turn.userId),
    filename: cutLine(filename, 100),
    content: csv,
    title: cutLine(plainLine(answer.title), 100) || filename,
    initial_comment: escaped(answer.sentence, 1000),
  });
  return localAnswer("ok", "Sent", `I sent you ${filename} in a direct message.`);
}

/** The conversation of the bot with one person. */
export async function directChannel(client: WebClient, userId: string): Promise<string> {
  const { channel } = await client.conversations.open({ users: userId });
  if (channel?.id === undefined) throw new Error("Slack opened a conversation without an id");
  return channel.id;
}
