import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { z } from "zod";
import { homeHtml, messagesHtml, modalHtml, pageHtml, type Shown, View } from "./client-page.ts";
import { signedPost } from "./installed-app.ts";
import { BOT_USER, type Json, type SlackEmulator, TEAM } from "./slack-emulator.ts";

/**
 * What the emulator lacks: Slack's client. A page for one account and one conversation
 * (`/ana/C1`, `/ana/home`) that draws what the emulator's Slack holds, and sends presses, forms and
 * commands to the app as Slack signs and sends them.
 */
export interface SlackClient {
  readonly url: string;
  close(): Promise<void>;
}

export interface AppUnderTest {
  /** Where it takes commands, events and interactions. */
  readonly url: string;
  readonly secret: string;
}

const Message = z.looseObject({
  ts: z.string(),
  text: z.string().default(""),
  thread_ts: z.string().optional(),
  blocks: z.array(z.unknown()).optional(),
});
const Messages = z.array(Message);
const Press = z.object({
  ts: z.string().optional(),
  modal: z.string().optional(),
  home: z.string().optional(),
  action_id: z.string(),
  block_id: z.string(),
  value: z.string(),
});
const Opened = z.looseObject({ view: View, view_id: z.string().optional() });

/** What one account has before it: the modal that was opened since it last did something. */
interface Seat {
  /** The calls that answer what was done last, up to what another account did next. */
  from: number;
  until: number | undefined;
  closed: boolean;
  /** Put in place by the acknowledgement of a form; what is drawn later replaces it. */
  acknowledged: { at: number; view: View } | undefined;
}

interface Parts {
  readonly slack: SlackEmulator;
  readonly app: AppUnderTest;
  readonly seats: Map<string, Seat>;
}

export async function startSlackClient(
  slack: SlackEmulator,
  app: AppUnderTest,
): Promise<SlackClient> {
  const parts: Parts = { slack, app, seats: new Map() };
  const server = createServer(routes(parts));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function routes(parts: Parts) {
  const page = express();
  const at = "/:user/:place";
  const where = (params: unknown) =>
    z.object({ user: z.string(), place: z.string() }).parse(params);
  page.use(express.json());
  page.get(at, async (request, response) => {
    const { user, place } = where(request.params);
    if (place === "home") await openHome(parts, user);
    response.send(pageHtml(`${user} in ${place === "home" ? "aispend" : nameOf(parts, place)}`));
  });
  page.get(`${at}/parts`, async (request, response) => {
    const { user, place } = where(request.params);
    const messages =
      place === "home"
        ? homeHtml(homeOf(parts, user))
        : messagesHtml(await shown(parts, place, user));
    response.json({ messages, modal: modalHtml(modalOf(parts, user)?.view) });
  });
  page.post(`${at}/command`, async (request, response) => {
    const { user, place } = where(request.params);
    await command(parts, user, place, z.object({ text: z.string() }).parse(request.body).text);
    response.end();
  });
  page.post(`${at}/press`, async (request, response) => {
    const { user, place } = where(request.params);
    await press(parts, user, place, Press.parse(request.body));
    response.end();
  });
  page.post(`${at}/submit`, async (request, response) => {
    await submit(parts, where(request.params).user, request.body);
    response.end();
  });
  page.post(`${at}/close`, (request, response) => {
    seatOf(parts, where(request.params).user).closed = true;
    response.end();
  });
  return page;
}

function nameOf({ slack }: Parts, channelId: string): string {
  const name = Object.entries(slack.channelIds).find(([, id]) => id === channelId)?.[0];
  return name === undefined ? "the conversation with aispend" : `#${name}`;
}

function idOf({ slack }: Parts, user: string): string {
  const id = slack.userIds[user];
  if (id === undefined) throw new Error(`nobody is called ${user}`);
  return id;
}

function seatOf({ seats, slack }: Parts, user: string): Seat {
  const seat = seats.get(user) ?? {
    from: slack.calls.length,
    until: undefined,
    closed: true,
    acknowledged: undefined,
  };
  seats.set(user, seat);
  return seat;
}

function acts(parts: Parts, user: string): void {
  const at = parts.slack.calls.length;
  for (const seat of parts.seats.values()) seat.until ??= at;
  const fresh: Seat = { from: at, until: undefined, closed: false, acknowledged: undefined };
  parts.seats.set(user, fresh);
}

function modalOf(parts: Parts, user: string): { view: View; viewId: string } | undefined {
  const { from, until, closed, acknowledged } = seatOf(parts, user);
  if (closed) return undefined;
  const calls = parts.slack.calls.slice(0, until);
  const isModal = (method: string) => method === "views.open" || method === "views.update";
  const at = calls.findLastIndex(({ method }, index) => index >= from && isModal(method));
  const last = at < 0 ? undefined : Opened.parse(calls[at]?.args);
  if (acknowledged !== undefined && acknowledged.at > at) {
    return { view: acknowledged.view, viewId: last?.view_id ?? "" };
  }
  return last && { view: last.view, viewId: last.view_id ?? "" };
}

function homeOf({ slack }: Parts, user: string): View | undefined {
  const own = slack.userIds[user];
  const call = slack.calls.findLast(
    ({ method, args }) => method === "views.publish" && args.user_id === own,
  );
  return call && View.parse(call.args.view);
}

/** What everybody in the conversation sees, oldest first, and below it what only this account does. */
async function shown({ slack }: Parts, channel: string, user: string): Promise<Shown[]> {
  const { messages } = await slack.call("conversations.history", { channel, limit: 100 });
  const all: Shown[] = [];
  for (const message of Messages.parse(messages).reverse()) {
    all.push(toShown(message, ""));
    const { ts } = message;
    const replies = await slack.call("conversations.replies", { channel, ts });
    for (const reply of Messages.parse(replies.messages ?? [])) {
      if (reply.ts !== ts) all.push(toShown(reply, "in the thread"));
    }
  }
  const own = slack.responses.filter(({ url }) => url.startsWith(`${user}.${channel}.`));
  const quiet = own.map(({ message }) =>
    toShown(Message.parse({ ts: "0", ...message }), "Only visible to you"),
  );
  return [...all, ...quiet];
}

function toShown({ ts, text, blocks = [] }: z.infer<typeof Message>, note: string): Shown {
  return { ts, note, blocks, text };
}

const TEAM_FACTS = { id: TEAM, domain: "acme" };

function send({ app }: Parts, fields: Record<string, string>) {
  const body = new URLSearchParams(fields).toString();
  return signedPost(app.url, body, "application/x-www-form-urlencoded", { secret: app.secret });
}

async function trigger({ slack }: Parts, userId: string): Promise<string> {
  const made = await slack.call("views.generateTriggerId", { user_id: userId });
  return String(made.trigger_id);
}

function responseUrl({ slack }: Parts, user: string, channel: string): string {
  return slack.responseUrl(`${user}.${channel}.${randomUUID()}`);
}

async function command(parts: Parts, user: string, channel: string, said: string): Promise<void> {
  acts(parts, user);
  const userId = idOf(parts, user);
  await send(parts, {
    token: "unused",
    team_id: TEAM,
    channel_id: channel,
    user_id: userId,
    command: "/aispend",
    text: said.replace(/^\/aispend\s*/, ""),
    api_app_id: "A1",
    trigger_id: await trigger(parts, userId),
    response_url: responseUrl(parts, user, channel),
  });
}

async function press(
  parts: Parts,
  user: string,
  place: string,
  pressed: z.infer<typeof Press>,
): Promise<void> {
  const modal = modalOf(parts, user);
  acts(parts, user);
  const userId = idOf(parts, user);
  const { ts, action_id, block_id, value } = pressed;
  const inView: Json =
    pressed.home === undefined
      ? { view: { ...modal?.view, id: modal?.viewId } }
      : { view: { ...homeOf(parts, user), id: "VHOME" } };
  const inMessage: Json = {
    channel: { id: place, name: "x" },
    message: { type: "message", ts, text: "" },
    container: { type: "message", message_ts: ts, channel_id: place },
    response_url: responseUrl(parts, user, place),
  };
  await send(parts, {
    payload: JSON.stringify({
      type: "block_actions",
      user: { id: userId, team_id: TEAM, name: user },
      api_app_id: "A1",
      token: "unused",
      team: TEAM_FACTS,
      trigger_id: await trigger(parts, userId),
      container: { type: "view", view_id: modal?.viewId },
      ...(ts === undefined ? inView : inMessage),
      actions: [{ type: "button", action_id, block_id, value, action_ts: randomUUID() }],
    }),
  });
}

const Acknowledged = z.object({ response_action: z.literal("update"), view: View });

async function submit(parts: Parts, user: string, values: unknown): Promise<void> {
  const modal = modalOf(parts, user);
  const userId = idOf(parts, user);
  const before = parts.slack.calls.length;
  const { body } = await send(parts, {
    payload: JSON.stringify({
      type: "view_submission",
      user: { id: userId, team_id: TEAM },
      team: TEAM_FACTS,
      trigger_id: randomUUID(),
      view: { ...modal?.view, id: modal?.viewId, state: { values } },
    }),
  });
  const read = Acknowledged.safeParse(body === "" ? {} : JSON.parse(body));
  if (read.success) {
    seatOf(parts, user).acknowledged = { at: before, view: read.data.view };
    return;
  }
  throw new Error(`the form was refused: ${body}`);
}

async function openHome(parts: Parts, user: string): Promise<void> {
  const event = { type: "app_home_opened", user: idOf(parts, user), channel: "D0", tab: "home" };
  const body = {
    type: "event_callback",
    team_id: TEAM,
    api_app_id: "A1",
    event_id: randomUUID(),
    event_time: 1,
    authorizations: [{ team_id: TEAM, user_id: BOT_USER, is_bot: true }],
    event,
  };
  const { url, secret } = parts.app;
  await signedPost(url, JSON.stringify(body), "application/json", { secret });
}
