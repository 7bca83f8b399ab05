import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type InstalledApp, installApp } from "#test/slack/installed-app.ts";
import { PERSON } from "#test/slack/sample-answers.ts";

let app: InstalledApp;
let ana: string;

beforeAll(async () => {
  app = await installApp();
  ana = app.slack.userIds.ana ?? "";
});
afterAll(() => app.close());
beforeEach(() => app.forget());

const methods = () => app.slack.calls.map((call) => call.method);
const sent = (method: string) =>
  app.slack.calls.filter((call) => call.method === method).map((call) => call.args);
const responses = () => app.slack.responses.map((response) => response.message);
const types = (message: { blocks?: unknown } | undefined) =>
  (Array.isArray(message?.blocks) ? message.blocks : []).map(
    (block: { type: string }) => block.type,
  );

function deferred(): { promise: Promise<void>; resolve: () => void } {
  const resolvers: (() => void)[] = [];
  const promise = new Promise<void>((resolve) => resolvers.push(resolve));
  return { promise, resolve: () => resolvers[0]?.() };
}

describe("the slash command", () => {
  it("is acknowledged with nothing and answered alone through the response URL", async () => {
    const { status, body } = await app.command("team payments last week");
    await app.settled();
    expect({ status, body }).toEqual({ status: 200, body: "" });
    expect(responses()).toHaveLength(1);
    expect(responses()[0]).toMatchObject({
      response_type: "ephemeral",
      replace_original: false,
      text: expect.stringMatching(/^payments spent \$2,914/),
    });
    expect(types(responses()[0])).toContain("data_visualization");
    expect(types(responses()[0])).toContain("table");
    expect(methods()).not.toContain("chat.postMessage");
    expect(app.brain.questions).toEqual([
      {
        orgId: 1,
        text: "team payments last week",
        asker: { personId: 7, operator: false, account: `slack:${app.workspace.teamId}:${ana}` },
        audience: PERSON,
        surface: "slack",
        room: { destination: expect.stringMatching(/^C/), state: expect.any(Function) },
      },
    ]);
  });

  it("is acknowledged before it is answered", async () => {
    const { promise, resolve: release } = deferred();
    app.brain.hold = promise;
    const { status } = await app.command("me");
    expect(status).toBe(200);
    expect(responses()).toEqual([]);
    release();
    await app.settled();
    expect(responses()).toHaveLength(1);
  });

  it("shows thirty stacked days as a picture that was uploaded for it alone", async () => {
    await app.command("team payments 2026-11");
    await app.settled();
    expect(methods()).toContain("files.completeUploadExternal");
    const [upload] = sent("files.getUploadURLExternal");
    expect(upload).toMatchObject({
      filename: "chart.png",
      alt_text: "Cost a day by model. Between $212 and $368 a day; 12 Nov is missing.",
    });
    expect(sent("files.completeUploadExternal")[0]).not.toHaveProperty("channel_id");
    const blocks = JSON.stringify(responses()[0]?.blocks);
    const fileId = /"slack_file":\{"id":"(F\w+)"\}/.exec(blocks)?.[1] ?? "";
    expect(blocks).toContain("Between $212 and $368 a day; 12 Nov is missing.");
    const { file } = await app.slack.call("files.info", { file: fileId });
    expect(file).toMatchObject({ name: "chart.png", size: Number(upload?.length), channels: [] });
  });

  it("says the chart in words where files may not be uploaded", async () => {
    app.slack.overlay.refuse = ({ method }) =>
      method.startsWith("files.") ? { body: { ok: false, error: "missing_scope" } } : undefined;
    await app.command("team payments 2026-11");
    await app.settled();
    expect(types(responses()[0])).not.toContain("image");
    expect(JSON.stringify(responses()[0])).toContain("12 Nov is missing");
    expect(app.logged.map((line) => line.msg)).toContain("a chart is said in words");
  });

  it("asks again without Slack's new blocks when they are refused, then with none", async () => {
    app.slack.overlay.respond = (message) =>
      types(message).some((type) => type === "table" || type === "data_visualization")
        ? { status: 200, body: '{"ok":false,"error":"invalid_blocks"}' }
        : { status: 200, body: "ok" };
    await app.command("team payments last week");
    await app.settled();
    expect(responses()).toHaveLength(2);
    expect(types(responses()[1])).toContain("image");
    expect(types(responses()[1])).toContain("rich_text");

    app.forget();
    app.slack.overlay.respond = (message) =>
      message.blocks === undefined ? { status: 200, body: "ok" } : { status: 400, body: "" };
    await app.command("requests");
    await app.settled();
    expect(responses().at(-1)).not.toHaveProperty("blocks");
    expect(responses().at(-1)?.text).toMatch(/^Jo Park asks for a key/);
  });

  it("falls back to an ephemeral message when the response URL is used up", async () => {
    app.slack.overlay.respond = () => ({ status: 404, body: '{"ok":false,"error":"used_url"}' });
    await app.command("me");
    await app.settled();
    expect(sent("chat.postEphemeral")).toEqual([
      expect.objectContaining({ user: ana, text: "You spent $12 this month." }),
    ]);
  });

  it("falls back to a direct message where the bot is not in the channel", async () => {
    app.slack.overlay.respond = () => ({ status: 404, body: "" });
    await app.command("me", { channel_id: app.slack.channelIds.board ?? "" });
    await app.settled();
    expect(methods()).toContain("chat.postEphemeral");
    expect(sent("chat.postMessage")).toEqual([
      expect.objectContaining({ channel: ana, text: "You spent $12 this month." }),
    ]);
  });

  it("understands the references that Slack writes for names", async () => {
    const payments = app.slack.channelIds.payments ?? "";
    await app.command(`team <#${payments}|payments> &amp; <@${ana}|ana>`);
    await app.settled();
    expect(app.brain.questions[0]?.text).toBe("team payments & @ana");
  });

  it("gives an account that is not linked what any room would get, and says how to link", async () => {
    app.slack.overlay.user[app.slack.userIds.jo ?? ""] = { is_email_confirmed: false };
    await app.command("me", { user_id: app.slack.userIds.jo ?? "" });
    await app.settled();
    expect(app.accounts).toEqual([
      { orgId: 1, account: `slack:T000000001:${app.slack.userIds.jo}`, email: undefined },
    ]);
    expect(app.brain.questions[0]?.audience).toEqual({ kind: "room" });
    expect(responses()[0]?.text).toBe("Link your account first.");
  });

  it("answers a fault with an apology and logs it without what was asked", async () => {
    await app.command("boom canary-9f3 team payments");
    await app.settled();
    const text = String(responses()[0]?.text);
    expect(text).toMatch(/^Something went wrong on our side/);
    expect(text).not.toMatch(/cannot read|boom|\.ts/);
    const fault = app.logged.find((line) => line.msg === "slack turn failed");
    expect(text).toContain(String(fault?.reference));
    expect(fault?.err).toMatchObject({ stack: expect.stringContaining("small-brain.ts") });
    expect(JSON.stringify(app.logged)).not.toContain("canary-9f3");
  });

  it("answers fifty at once, each once", async () => {
    const asked = Array.from({ length: 50 }, (_, index) => {
      const text = index % 2 === 0 ? "team payments last week" : "team payments 2026-11";
      return app.command(text, { response_url: app.slack.responseUrl(`many-${index}`) });
    });
    const acks = await Promise.all(asked);
    expect(acks.every(({ status, body }) => status === 200 && body === "")).toBe(true);
    await app.settled();
    const urls = app.slack.responses.map((response) => response.url);
    expect(new Set(urls).size).toBe(50);
    expect(urls).toHaveLength(50);
    expect(responses().every(({ text }) => String(text).startsWith("payments spent"))).toBe(true);
    expect(methods().filter((method) => method === "users.info").length).toBeLessThanOrEqual(1);
  });
});
