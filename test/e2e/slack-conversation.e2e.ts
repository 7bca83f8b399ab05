import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type InstalledApp, installApp } from "#test/slack/installed-app.ts";
import { PERSON, ROOM } from "#test/slack/sample-answers.ts";

let app: InstalledApp;
let ana: string;
let payments: string;

beforeAll(async () => {
  app = await installApp();
  ana = app.slack.userIds.ana ?? "";
  payments = app.slack.channelIds.payments ?? "";
});
afterAll(() => app.close());
beforeEach(() => app.forget());

const sent = (method: string) =>
  app.slack.calls.filter((call) => call.method === method).map((call) => call.args);

describe("a mention", () => {
  const mention = async (text: string, event: object = {}, envelope = {}) => {
    const fields = { type: "app_mention", user: ana, text, ts: "1700000000.000100" };
    const answer = await app.event({ ...fields, channel: payments, ...event }, envelope);
    await app.settled();
    return answer;
  };

  it("is answered in its thread, for the room", async () => {
    expect(await mention("<@UAISPEND> team payments last week")).toMatchObject({ status: 200 });
    expect(app.brain.questions[0]).toMatchObject({
      text: "team payments last week",
      audience: ROOM,
    });
    expect(sent("chat.postMessage")).toEqual([
      expect.objectContaining({
        channel: payments,
        thread_ts: "1700000000.000100",
        unfurl_links: "false",
        text: expect.stringMatching(/^payments spent/),
      }),
    ]);
    expect(JSON.stringify(sent("chat.postMessage"))).not.toContain("share.");
  });

  it("stays in the thread that it was made in", async () => {
    await mention("<@UAISPEND> team payments", { thread_ts: "1600000000.000100" });
    expect(sent("chat.postMessage")[0]).toMatchObject({ thread_ts: "1600000000.000100" });
  });

  it("that cannot be answered is told to the one who asked alone", async () => {
    await mention("<@UAISPEND> team paymets");
    await mention("<@UAISPEND> me");
    expect(sent("chat.postMessage")).toEqual([]);
    const told = sent("chat.postEphemeral");
    expect(told.map(({ text, user }) => ({ text, user }))).toEqual([
      { text: "There is no team 'paymets'; did you mean payments?", user: ana },
      { text: "That is shown to you alone.", user: ana },
    ]);
  });

  it("in a channel shared with another company shows nothing there", async () => {
    await mention("<@UAISPEND> team payments", {}, { is_ext_shared_channel: true });
    expect(app.brain.questions).toEqual([]);
    expect(sent("chat.postMessage")).toEqual([]);
    expect(sent("chat.postEphemeral")[0]?.text).toMatch(/^This channel is shared/);
  });

  it("in a channel that another company is invited to shows nothing there", async () => {
    const partners = app.slack.channelIds.partners ?? "";
    app.slack.overlay.channel[partners] = { is_pending_ext_shared: true };
    await mention("<@UAISPEND> team payments", { channel: partners });
    expect(app.brain.questions).toEqual([]);
    expect(sent("chat.postMessage")).toEqual([]);
    expect(sent("chat.postEphemeral")[0]?.text).toMatch(/^This channel is shared/);
  });

  it("that fails is apologised for to the one who asked alone", async () => {
    await mention("<@UAISPEND> boom");
    expect(sent("chat.postMessage")).toEqual([]);
    expect(sent("chat.postEphemeral")[0]?.text).toMatch(/^Something went wrong/);
  });
});

describe("a direct message", () => {
  const write = async (fields: object) => {
    const event = { type: "message", channel_type: "im", user: ana, ts: "1.1", text: "me" };
    const channel = await app.slack.direct(ana);
    const answer = await app.event({ ...event, channel, ...fields });
    await app.settled();
    return { answer, channel };
  };

  it("is answered there, for this person", async () => {
    const { channel } = await write({});
    expect(app.brain.questions[0]).toMatchObject({ text: "me", audience: PERSON });
    expect(sent("chat.postMessage")).toEqual([
      expect.objectContaining({ channel, text: "You spent $12 this month." }),
    ]);
    expect(sent("chat.postMessage")[0]).not.toHaveProperty("thread_ts");
  });

  it("is not answered when it is an edit, a deletion or another channel's message", async () => {
    await write({ subtype: "message_changed" });
    await write({ subtype: "message_deleted" });
    await write({ channel_type: "channel" });
    expect(app.brain.questions).toEqual([]);
  });
});

describe("the Home tab", () => {
  const open = async (fields: object) => {
    await app.event({ type: "app_home_opened", channel: "D1", tab: "home", ...fields });
    await app.settled();
  };

  it("shows my team, my requests and what waits for me", async () => {
    await open({ user: ana });
    const [published] = sent("views.publish");
    expect(published).toMatchObject({ user_id: ana, view: { type: "home" } });
    const text = JSON.stringify(published);
    for (const said of ["My team", "My requests", "Waiting for me", "payments spent $2,914"]) {
      expect(text).toContain(said);
    }
    expect(text).toContain('"press.0"');
    expect(text).not.toContain("data_visualization");
  });

  it("is left alone when only the messages are looked at", async () => {
    await open({ user: ana, tab: "messages" });
    expect(sent("views.publish")).toEqual([]);
  });

  it("tells a guest why it is empty", async () => {
    const guest = app.slack.userIds.guest ?? "";
    app.slack.overlay.user[guest] = { is_restricted: true };
    await open({ user: guest });
    expect(JSON.stringify(sent("views.publish")[0])).toContain("full members of this workspace");
  });
});

describe("the removal of the app", () => {
  it.each(["app_uninstalled", "tokens_revoked"])("%s is logged with what to do", async (type) => {
    await app.event({ type, tokens: {} });
    await app.settled();
    expect(app.logged.map((line) => line.msg)).toContain(
      "Slack removed the app or its tokens: install it again and set SLACK_BOT_TOKEN",
    );
  });
});
