import express from "express";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { createSlackApp } from "#apps/slack/app.ts";
import { BOT_TOKEN, type SlackEmulator, startSlack, TEAM } from "#test/slack/slack-emulator.ts";
import { createSmallBrain } from "#test/slack/small-brain.ts";
import { startSocketServer } from "#test/slack/socket-server.ts";

function appOf(slack: SlackEmulator, tokens: { appToken?: string; signingSecret?: string }) {
  return createSlackApp({
    signingSecret: tokens.signingSecret,
    appToken: tokens.appToken,
    botToken: BOT_TOKEN,
    brain: createSmallBrain(),
    resolveOrg: async () => 1,
    resolveAsker: async ({ account }) => ({ personId: 7, operator: false, account }),
    clock: () => new Date(),
    log: pino({ level: "silent" }),
    slackApiUrl: slack.apiUrl,
    retries: 0,
  });
}

describe("starting in Slack", () => {
  it("answers by Socket Mode with an app-level token, without a route", async () => {
    const slack = await startSlack();
    const socket = await startSocketServer();
    slack.overlay.refuse = ({ method }) =>
      method === "apps.connections.open" ? { body: { ok: true, url: socket.url } } : undefined;
    const app = appOf(slack, { appToken: "xapp-test" });
    await app.start();
    const ack = await socket.send({
      envelope_id: "e1",
      type: "slash_commands",
      accepts_response_payload: true,
      payload: {
        team_id: TEAM,
        channel_id: slack.channelIds.payments,
        user_id: slack.userIds.ana,
        command: "/aispend",
        text: "me",
        trigger_id: "t1",
        response_url: slack.responseUrl("socket"),
      },
    });
    expect(ack).toEqual({ envelope_id: "e1", payload: {} });
    await app.stop();
    expect(slack.responses.map((response) => response.message.text)).toEqual([
      "You spent $12 this month.",
    ]);
    await socket.close();
    await slack.close();
  });

  it("says which workspace it is in", async () => {
    const slack = await startSlack();
    const app = appOf(slack, { signingSecret: "secret" });
    expect(await app.start()).toEqual({
      teamId: TEAM,
      enterpriseId: undefined,
      botUserId: "UAISPEND",
      botId: "BAISPEND",
    });
    await slack.close();
  });

  it("names a refused token, and finds the workspace when it is mended", async () => {
    const slack = await startSlack();
    slack.overlay.refuse = () => ({ body: { ok: false, error: "token_revoked" } });
    const app = appOf(slack, { signingSecret: "secret" });
    await expect(app.start()).rejects.toMatchObject({
      code: "slack_token_refused",
      message: "Slack refuses the bot token: token_revoked.",
    });
    slack.overlay.refuse = () => undefined;
    expect(await app.start()).toMatchObject({ teamId: TEAM });
    await slack.close();
    await expect(appOf(slack, { signingSecret: "secret" }).start()).rejects.toMatchObject({
      code: "slack_unreachable",
    });
  });

  it("refuses to start with neither signing secret nor app-level token", async () => {
    const slack = await startSlack();
    expect(() => appOf(slack, {})).toThrow("Slack needs a signing secret.");
    await slack.close();
  });

  it("leaves the other routes of the app alone", async () => {
    const slack = await startSlack();
    const expressApp = express();
    createSlackApp({
      expressApp,
      signingSecret: "secret",
      appToken: undefined,
      botToken: BOT_TOKEN,
      brain: createSmallBrain(),
      resolveOrg: async () => 1,
      resolveAsker: async ({ account }) => ({ personId: 7, operator: false, account }),
      clock: () => new Date(),
      log: pino({ level: "silent" }),
      slackApiUrl: slack.apiUrl,
    });
    expressApp.post("/other", express.json(), (request, response) => {
      response.json(request.body);
    });
    const server = expressApp.listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("not listening");
    const answer = await fetch(`http://127.0.0.1:${address.port}/other`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"a":1}',
    });
    expect(await answer.json()).toEqual({ a: 1 });
    server.close();
    server.closeAllConnections();
    await slack.close();
  });
});
