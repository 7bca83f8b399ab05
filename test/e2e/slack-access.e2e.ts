import { createHmac } from "node:crypto";
import http from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { memberOf } from "#apps/slack/member.ts";
import { type InstalledApp, installApp } from "#test/slack/installed-app.ts";

let app: InstalledApp;

beforeAll(async () => {
  app = await installApp();
  const { stranger = "", guest = "", robot = "" } = app.slack.userIds;
  app.slack.overlay.user[stranger] = { team_id: "TELSE", is_stranger: true };
  app.slack.overlay.user[guest] = { is_ultra_restricted: true };
  app.slack.overlay.user[robot] = { is_bot: true };
});
afterAll(() => app.close());
beforeEach(() => app.forget());

const texts = () => app.slack.responses.map((response) => response.message.text);
const now = () => Math.floor(Date.now() / 1000);

describe("a request to the Slack route", () => {
  const fields = { team_id: "T000000001", command: "/aispend", text: "me", trigger_id: "t" };

  it.each([
    ["another secret", { secret: "wrong" }],
    ["a changed body", { body: "text=something+else" }],
    ["a stale time", { timestamp: now() - 6 * 60 }],
    ["no signature of ours", { signature: "v0=abc" }],
    ["another version", { signature: "v1=abc" }],
  ])("is refused with %s", async (_, signing) => {
    expect(await app.post(fields, signing)).toMatchObject({ status: 401 });
    await app.settled();
    expect(app.brain.questions).toEqual([]);
  });

  it("is refused without headers, and in other methods", async () => {
    const response = await fetch(app.url, { method: "POST", body: "text=me" });
    expect(response.status).toBe(401);
    expect((await fetch(app.url)).status).toBe(404);
  });

  it("is refused when it is too large, before it is believed or not", async () => {
    // On a connection of its own: what is left of the body stands in the way of the next request.
    const status = await new Promise((resolve, reject) => {
      const request = http.request(app.url, { method: "POST", agent: false }, (response) => {
        resolve(response.statusCode);
        request.destroy();
      });
      request.on("error", reject);
      request.end("x".repeat(1_200_000));
    });
    expect(status).toBe(413);
  });

  it.each([
    ["no JSON", "application/json", "{"],
    ["no payload", "application/x-www-form-urlencoded", "payload=%7B"],
  ])("with %s is refused, not thrown", async (_, type, body) => {
    const timestamp = String(now());
    const hmac = createHmac("sha256", app.secret).update(`v0:${timestamp}:${body}`).digest("hex");
    const response = await fetch(app.url, {
      method: "POST",
      headers: {
        "content-type": type,
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": `v0=${hmac}`,
      },
      body,
    });
    expect(response.status).toBe(400);
  });

  it("is answered once, however often it is sent", async () => {
    const same = { trigger_id: "replayed", response_url: app.slack.responseUrl("replay") };
    const answers = await Promise.all([app.command("me", same), app.command("me", same)]);
    answers.push(await app.command("me", same));
    await app.settled();
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
    expect(texts()).toEqual(["You spent $12 this month."]);
  });

  it("is told apart from a retry of the same event", async () => {
    const event = {
      type: "app_mention",
      user: app.slack.userIds.ana,
      text: "<@UAISPEND> team payments",
      ts: "1.1",
      channel: app.slack.channelIds.payments,
    };
    await app.event(event, { event_id: "Ev1" });
    await app.event(event, { event_id: "Ev1" });
    await app.event(event, { event_id: "Ev2" });
    await app.settled();
    expect(app.brain.questions).toHaveLength(2);
  });
});

describe("who is answered", () => {
  it("refuses people of other companies before the brain hears of them", async () => {
    await app.command("me", { user_id: app.slack.userIds.stranger ?? "" });
    await app.command("me", { user_id: "UNOBODY" });
    await app.settled();
    expect(texts()).toHaveLength(2);
    for (const text of texts()) expect(text).toMatch(/not of other companies\.$/);
    expect(app.brain.questions).toEqual([]);
    expect(app.accounts).toEqual([]);
  });

  it("refuses guests politely", async () => {
    await app.command("me", { user_id: app.slack.userIds.guest ?? "" });
    await app.settled();
    expect(texts()).toEqual([expect.stringContaining("guests can ask the person")]);
    expect(app.brain.questions).toEqual([]);
  });

  it("answers no bot, itself neither: two that answer each other never stop", async () => {
    const mention = (fields: object) =>
      app.event({
        type: "app_mention",
        text: "team payments",
        ts: "1.2",
        channel: app.slack.channelIds.payments,
        ...fields,
      });
    await mention({ user: app.slack.userIds.robot });
    await mention({ user: "UAISPEND" });
    await mention({ bot_id: "B1" });
    await app.event({
      type: "message",
      channel_type: "im",
      channel: "D1",
      user: app.slack.userIds.ana,
      bot_id: "B1",
      text: "me",
      ts: "1.3",
    });
    await app.settled();
    expect(app.brain.questions).toEqual([]);
    expect(app.slack.calls.filter((call) => call.method.startsWith("chat."))).toEqual([]);
  });

  const workspace = { teamId: "T1", enterpriseId: "E1", botUserId: "U0", botId: undefined };

  it("takes every workspace of the same enterprise for the same company", () => {
    const user = { id: "U1", team_id: "T2", is_email_confirmed: true, profile: { email: "A@b.c" } };
    expect(memberOf(user, workspace)).toEqual({ kind: "stranger" });
    const colleague = { ...user, enterprise_user: { enterprise_id: "E1" } };
    expect(memberOf(colleague, workspace)).toEqual({ kind: "member", email: "a@b.c" });
    const other = { ...user, enterprise_user: { enterprise_id: "E2" } };
    expect(memberOf(other, { ...workspace, enterpriseId: undefined })).toEqual({
      kind: "stranger",
    });
  });

  it.each([
    [{ deleted: true }, { kind: "stranger" }],
    [{ is_stranger: true }, { kind: "stranger" }],
    [{ is_restricted: true }, { kind: "guest" }],
    [{ is_ultra_restricted: true }, { kind: "guest" }],
    [{ is_workflow_bot: true }, { kind: "bot" }],
    [{ is_email_confirmed: false }, { kind: "member", email: undefined }],
    [{}, { kind: "member", email: undefined }],
    [{ is_email_confirmed: true }, { kind: "member", email: "a@b.c" }],
  ])("judges an account by its profile: %o", (facts, member) => {
    const user = { id: "U1", team_id: "T1", profile: { email: "a@b.c" }, ...facts };
    expect(memberOf(user, workspace)).toEqual(member);
  });

  it("says to a workspace of no organisation that it is not connected", async () => {
    const lonely = await installApp({ resolveOrg: async () => undefined });
    await lonely.command("me");
    await lonely.settled();
    expect(lonely.slack.responses[0]?.message.text).toMatch(/belongs to no organisation/);
    await lonely.close();
  });
});
