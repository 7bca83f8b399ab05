import type { Home } from "#apps/chat/surface.ts";
import { plainLine } from "#core/answers/plain-line.ts";
import type { Answer } from "#core/answers/schema.ts";
import type { AnyBlock, HomeView, ModalView, SlackBlock } from "./block.ts";
import { renderBlocks } from "./render.ts";
import { mrkdwn, plain } from "./slack-text.ts";

/** Modals and the Home tab take no charts and tables of Slack's own. */
const SIMPLE = { native: false };

/** Where somebody presses a button outside a conversation: the answer in a modal. */
export function answerView(answer: Answer): ModalView {
  return modal(answer.title, [...secretBlocks(answer), ...renderBlocks(answer, SIMPLE)]);
}

/** The one place where a secret is drawn: a modal is in nobody's history. */
function secretBlocks({ secret }: Answer): SlackBlock[] {
  if (secret === undefined) return [];
  const text = `Secret of ${plainLine(secret.label)}, shown once:`;
  return [
    { type: "section", text: mrkdwn(text) },
    {
      type: "rich_text",
      elements: [
        { type: "rich_text_preformatted", elements: [{ type: "text", text: secret.value }] },
      ],
    },
  ];
}

/** Opened before anything is looked up: a trigger lives for three seconds. */
export function workingView(title: string): ModalView {
  return modal(title, [{ type: "section", text: mrkdwn("One moment...") }]);
}

export const SHARE_VIEW = "share";
export const SHARE_BLOCK = "room";
export const SHARE_ACTION = "conversation";

/** Asks for the room where there is none to share into. Rooms of other companies are not offered. */
export function shareView(command: string): ModalView {
  return {
    type: "modal",
    callback_id: SHARE_VIEW,
    private_metadata: command.slice(0, 3000),
    title: plain("Share", 24, "Share"),
    submit: plain("Share", 24, "Share"),
    close: plain("Cancel", 24, "Cancel"),
    blocks: [
      {
        type: "input",
        block_id: SHARE_BLOCK,
        label: plain("Channel", 2000, "Channel"),
        hint: plain("It is rendered anew for everybody in that channel.", 2000, "-"),
        optional: false,
        element: {
          type: "conversations_select",
          action_id: SHARE_ACTION,
          filter: {
            include: ["public", "private"],
            exclude_external_shared_channels: true,
            exclude_bot_users: true,
          },
        },
      },
    ],
  };
}

/** My team, my requests, what waits for me. */
export function homeView(home: Home): HomeView {
  const parts: [string, Answer][] = [
    ["My team", home.team],
    ["My requests", home.requests],
    ["Waiting for me", home.waiting],
  ];
  return { type: "home", blocks: parts.flatMap(([name, answer]) => part(name, answer)) };
}

/** One heading for each part: its name and what the answer is about. */
function part(name: string, answer: Answer): SlackBlock[] {
  const heading = answer.title.startsWith(name) ? answer.title : `${name}: ${answer.title}`;
  return [
    { type: "header", text: plain(heading, 150, name) },
    ...renderBlocks({ ...answer, title: answer.sentence }, SIMPLE),
    { type: "divider" },
  ];
}

/** One answer alone on the Home tab: a refusal or an apology. */
export function homeAnswerView(answer: Answer): HomeView {
  return { type: "home", blocks: renderBlocks(answer, SIMPLE) };
}

function modal(title: string, blocks: AnyBlock[]): ModalView {
  return {
    type: "modal",
    title: plain(title, 24, "aispend"),
    close: plain("Close", 24, "Close"),
    blocks,
  };
}
