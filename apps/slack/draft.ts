import { setTimeout as pause } from "node:timers/promises";
import type { WebClient } from "@slack/web-api";
import type { Answer } from "#core/answers/schema.ts";
import type { SlackMessage } from "./block.ts";
import { nativeChart } from "./chart-block.ts";
import type { UploadChart } from "./chart-picture.ts";
import { type RenderOptions, renderMessage, renderText } from "./render.ts";
import { refusesBlocks } from "./slack-failure.ts";

/** Posts one message, or throws what Slack answered. */
export type Post<T> = (message: SlackMessage) => Promise<T>;

export interface DraftDependencies {
  client: WebClient;
  uploadChart: UploadChart;
}

/** Slack takes a moment to make a picture of an upload and refuses the message until then. */
const PICTURE_WAITS_MS = [300, 700, 1500];

/**
 * Sends an answer as rich as the workspace takes it: with Slack's own charts and tables; when that
 * is refused without them, the chart as a picture; when that is refused too as text.
 */
export async function sendAnswer<T>(
  answer: Answer,
  options: Omit<RenderOptions, "native" | "imageFileId">,
  { client, uploadChart }: DraftDependencies,
  post: Post<T>,
): Promise<T> {
  const { chart } = answer;
  const drawnBySlack = chart !== undefined && nativeChart(chart) !== undefined;
  const picture = async () => {
    const id = chart === undefined ? undefined : await uploadChart(client, chart);
    return id === undefined ? {} : { imageFileId: id };
  };
  const rich = { ...options, native: true, ...(drawnBySlack ? {} : await picture()) };
  try {
    return await postWithPicture(renderMessage(answer, rich), post);
  } catch (error) {
    if (!refusesBlocks(error)) throw error;
  }
  // A picture that Slack still refuses is not tried again.
  const simple = { ...options, native: false, ...(drawnBySlack ? await picture() : {}) };
  try {
    return await postWithPicture(renderMessage(answer, simple), post);
  } catch (error) {
    if (!refusesBlocks(error)) throw error;
  }
  return post(renderText(answer));
}

async function postWithPicture<T>(message: SlackMessage, post: Post<T>): Promise<T> {
  const pictured = message.blocks?.some((block) => block.type === "image") ?? false;
  for (const waitMs of pictured ? PICTURE_WAITS_MS : []) {
    try {
      return await post(message);
    } catch (error) {
      if (!refusesBlocks(error)) throw error;
      await pause(waitMs);
    }
  }
  return post(message);
}
