import { createHmac, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { Writable } from "node:stream";
import express from "express";
import { pino } from "pino";
import { createSlackApp, type SlackAppOptions } from "#apps/slack/app.ts";
import type { SlackAccount } from "#apps/slack/member.ts";
import type { Workspace } from "#apps/slack/workspace.ts";
import {
  BOT_TOKEN,
  BOT_USER,
  type Json,
  type SlackEmulator,
  startSlack,
  TEAM,
} from "./slack-emulator.ts";
import { createSmallBrain, type SmallBrain } from "./small-brain.ts";

const SECRET = "8f742231b10e8888abcd99yyyzzz85a5";

export interface Sent {
  status: number;
  body: string;
}

export interface InstalledApp {
  slack: SlackEmulator;
  brain: SmallBrain;
  url: string;
  secret: string;
  workspace: Workspace;
  /** Accounts as the surface resolved them. */
  accounts: SlackAccount[];
  /** Accounts that are linked to a person. */
  linked: Map<string, number>;
  logged: Json[];
  /** Signs and posts a form, as commands and interactions come. */
  post(fields: Record<string, string>, signed?: Partial<Signing>): Promise<Sent>;
  /** The same for an event of the Events API. */
  event(event: Json, envelope?: Json): Promise<Sent>;
  command(text: string, fields?: Record<string, string>): Promise<Sent>;
  interaction(payload: Json): Promise<Sent>;
  trigger(userId: string): Promise<string>;
  /** Forgets what was recorded, and lets Slack answer as it does. */
  forget(): void;
  /** Until the work that goes on after the acknowledgement is done. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export interface Signing {
  secret: string;
  /** Seconds; the default is now. */
  timestamp: number;
  /** What is signed, where that differs from what is sent. */
  body: string;
  signature: string;
}

/** The real app on Express, in the emulator's workspace, with a small brain. */
export async function installApp(given: Partial<SlackAppOptions> = {}): Promise<InstalledApp> {
  const slack = await startSlack();
  const brain = createSmallBrain();
  const accounts: SlackAccount[] = [];
  const linked = new Map<string, number>();
  const logged: Json[] = [];
  const expressApp = express();
  const server = createServer(expressApp);
  const app = createSlackApp({
    expressApp,
    signingSecret: SECRET,
    botToken: BOT_TOKEN,
    appToken: undefined,
    brain,
    resolveOrg: async (workspace) => (workspace.teamId === TEAM ? 1 : undefined),
    async resolveAsker(account) {
      accounts.push(account);
      const personId = linked.get(account.account) ?? PEOPLE[account.email ?? ""];
      return { personId, operator: false, account: account.account };
    },
    clock: () => new Date(),
    log: pino({ level: "debug", base: null }, lines(logged)),
    slackApiUrl: slack.apiUrl,
    retries: 0,
    ...given,
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening");
  const url = `http://127.0.0.1:${address.port}/slack/events`;
  const workspace = await app.start();
  return {
    slack,
    brain,
    url,
    secret: SECRET,
    workspace,
    accounts,
    linked,
    logged,
    ...senders(slack, url),
    async trigger(userId) {
      return String((await slack.call("views.generateTriggerId", { user_id: userId })).trigger_id);
    },
    forget() {
      for (const list of [slack.calls, slack.responses, accounts, logged]) list.length = 0;
      brain.questions.length = 0;
      brain.presses.length = 0;
      brain.hold = undefined;
      slack.overlay.refuse = () => undefined;
      slack.overlay.respond = () => ({ status: 200, body: "ok" });
    },
    settled: () => app.stop(),
    async close() {
      await app.stop();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await slack.close();
    },
  };
}

function senders(
  slack: SlackEmulator,
  url: string,
): Pick<InstalledApp, "post" | "event" | "command" | "interaction"> {
  const post: InstalledApp["post"] = (fields, signing = {}) => {
    const body = new URLSearchParams(fields).toString();
    return signedPost(url, body, "application/x-www-form-urlencoded", signing);
  };
  return {
    post,
    command: (text, fields = {}) =>
      post({
        token: "unused",
        team_id: TEAM,
        channel_id: slack.channelIds.payments ?? "",
        user_id: slack.userIds.ana ?? "",
        command: "/aispend",
        text,
        api_app_id: "A1",
        trigger_id: randomUUID(),
        response_url: slack.responseUrl("command"),
        ...fields,
      }),
    event: (event, envelope = {}) => {
      const body = {
        type: "event_callback",
        team_id: TEAM,
        api_app_id: "A1",
        event_id: randomUUID(),
        event_time: 1,
        authorizations: [{ team_id: TEAM, user_id: BOT_USER, is_bot: true }],
        ...envelope,
        event,
      };
      return signedPost(url, JSON.stringify(body), "application/json", {});
    },
    interaction: (payload) => post({ payload: JSON.stringify(payload) }),
  };
}

/** By the e-mail that Slack vouches for. */
const PEOPLE: Record<string, number> = { "ana@acme.example": 7, "jo@acme.example": 8 };

/** The algorithm of Slack: HMAC-SHA256 over version, time and the raw body. */
export async function signedPost(
  url: string,
  body: string,
  contentType: string,
  signing: Partial<Signing>,
): Promise<Sent> {
  const timestamp = String(signing.timestamp ?? Math.floor(Date.now() / 1000));
  const signature =
    signing.signature ??
    `v0=${createHmac("sha256", signing.secret ?? SECRET)
      .update(`v0:${timestamp}:${signing.body ?? body}`)
      .digest("hex")}`;
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": contentType,
      "x-slack-request-timestamp": timestamp,
      "x-slack-signature": signature,
    },
    body,
  });
  return { status: response.status, body: await response.text() };
}

function lines(logged: Json[]): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      for (const line of String(chunk).trim().split("\n")) logged.push(JSON.parse(line));
      done();
    },
  });
}
