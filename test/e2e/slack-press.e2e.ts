import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { type InstalledApp, installApp } from "#test/slack/installed-app.ts";
import { PERSON, ROOM } from "#test/slack/sample-answers.ts";
import type { Json } from "#test/slack/slack-emulator.ts";

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
const responses = () => app.slack.responses.map((response) => response.message);
const Shown = z.object({ view: z.record(z.string(), z.unknown()), view_id: z.string().optional() });
const views = (method: string) => sent(method).map((args) => Shown.parse(args));

/** A click on a button of a message in a channel; `place` says otherwise. */
async function press(actionId: string, value: string, place: Json = {}): Promise<void> {
  const { status } = await app.interaction({
    type: "block_actions",
    user: { id: ana, team_id: "T000000001", name: "ana" },
    api_app_id: "A1",
    token: "unused",
    team: { id: "T000000001", domain: "acme" },
    trigger_id: await app.trigger(ana),
    container: { type: "message", message_ts: "1.1", channel_id: payments, is_ephemeral: true },
    channel: { id: payments, name: "payments" },
    response_url: app.slack.responseUrl("press"),
    actions: [
      { type: "button", action_id: actionId, block_id: "b", value, action_ts: randomUUID() },
    ],
    ...place,
  });
  expect(status).toBe(200);
  await app.settled();
}

const HOME = {
  container: { type: "view", view_id: "V1" },
  view: { id: "V1", type: "home" },
  channel: undefined,
  response_url: undefined,
};
const DIRECT = { channel: { id: "D123", name: "directmessage" } };

describe("a button on an answer", () => {
  it("asks its command for the one who presses", async () => {
    await press("ask.0", "team payments last week");
    expect(app.brain.questions[0]).toMatchObject({
      text: "team payments last week",
      audience: PERSON,
    });
    expect(responses()[0]).toMatchObject({ response_type: "ephemeral", replace_original: false });
  });

  it("decides, as often as it is pressed, with the brain", async () => {
    await press("press.0", '["key.approve","req_1"]');
    await press("press.0", '["key.approve","req_1"]');
    expect(app.brain.presses).toHaveLength(2);
    expect(app.brain.presses[0]).toMatchObject({
      orgId: 1,
      verb: "key.approve",
      token: "req_1",
      values: {},
      audience: PERSON,
      surface: "slack",
    });
    expect(JSON.stringify(responses()[1])).toContain("Already done");
  });

  it("decides once when the same click is delivered twice", async () => {
    const trigger_id = await app.trigger(ana);
    await press("press.0", '["key.deny","req_2"]', { trigger_id });
    await press("press.0", '["key.deny","req_2"]', { trigger_id });
    expect(app.brain.presses).toHaveLength(1);
  });

  it("answers in a direct message so that it stays", async () => {
    const id = await app.slack.direct(ana);
    await press("ask.0", "me", { channel: { id, name: "directmessage" } });
    expect(sent("chat.postMessage")[0]).toMatchObject({ channel: id });
    expect(responses()).toEqual([]);
  });

  it.each([
    ["press.0", "no json"],
    ["an-older-button", "x"],
    ["form.0", "[1]"],
  ])("of another version says so: %s", async (actionId, value) => {
    await press(actionId, value);
    expect(responses()[0]?.text).toMatch(/^The message is from an earlier version/);
    expect(app.brain.presses).toEqual([]);
  });

  it("that fails apologises, and the log repeats nothing of it", async () => {
    await press("press.0", '["boom","secret-token-1"]');
    expect(responses()[0]?.text).toMatch(/^Something went wrong/);
    expect(JSON.stringify(app.logged)).not.toContain("secret-token-1");
  });

  it("is refused to a stranger", async () => {
    const stranger = app.slack.userIds.stranger ?? "";
    app.slack.overlay.user[stranger] = { team_id: "TELSE" };
    await press("press.0", '["key.approve","req_3"]', { user: { id: stranger, team_id: "TELSE" } });
    expect(app.brain.presses).toEqual([]);
    expect(responses()[0]?.text).toMatch(/not of other companies/);
  });
});

describe("Share", () => {
  it("asks anew for the room and says who shared it", async () => {
    await press("share.2", "team payments last week");
    expect(app.brain.questions.map(({ audience }) => audience)).toEqual([ROOM]);
    const [posted] = sent("chat.postMessage");
    expect(posted).toMatchObject({ channel: payments });
    expect(JSON.stringify(posted)).toContain(`Shared by <@${ana}>`);
    expect(JSON.stringify(posted)).not.toContain("share.");
  });

  it("shows a room nothing that is for one person", async () => {
    await press("share.2", "me");
    expect(sent("chat.postMessage")).toEqual([]);
    expect(responses()[0]?.text).toBe("That is shown to you alone.");
  });

  it.each([
    ["partners", { is_ext_shared: true }],
    ["suppliers", { is_pending_ext_shared: true }],
  ])("never goes into a channel of two companies: %s %o", async (name, facts) => {
    const id = app.slack.channelIds[name] ?? "";
    app.slack.overlay.channel[id] = facts;
    await press("share.2", "team payments", { channel: { id, name } });
    expect(app.brain.questions).toEqual([]);
    expect(sent("chat.postMessage")).toEqual([]);
    expect(responses()[0]?.text).toMatch(/^This channel is shared with another company/);
  });

  it("asks to be invited where it may not look or post", async () => {
    await press("share.2", "team payments", { channel: { id: "CHIDDEN", name: "x" } });
    expect(responses()[0]?.text).toMatch(/Invite me there first/);
    app.slack.overlay.refuse = ({ method }) =>
      method === "chat.postMessage" ? { body: { ok: false, error: "not_in_channel" } } : undefined;
    await press("share.2", "team payments");
    expect(responses()[1]?.text).toMatch(/Invite me first/);
  });

  it("asks for the channel where there is none, and offers none of other companies", async () => {
    await press("share.2", "team payments last week", DIRECT);
    const [opened] = views("views.open");
    expect(JSON.stringify(opened?.view)).toContain('"exclude_external_shared_channels":true');
    const { status, body } = await app.interaction({
      type: "view_submission",
      user: { id: ana, team_id: "T000000001" },
      team: { id: "T000000001" },
      trigger_id: randomUUID(),
      view: {
        ...opened?.view,
        id: await openView(),
        state: {
          values: {
            room: {
              conversation: { type: "conversations_select", selected_conversation: payments },
            },
          },
        },
      },
    });
    await app.settled();
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ response_action: "update" });
    expect(sent("chat.postMessage")[0]).toMatchObject({ channel: payments });
    expect(JSON.stringify(views("views.update").at(-1)?.view)).toContain("Shared");
  });
});

describe("CSV", () => {
  it("comes as a file into the direct message, to the last decimal", async () => {
    await press("download.3", "team payments last week");
    const [upload] = sent("files.completeUploadExternal");
    const files = z.array(z.object({ id: z.string() })).parse(upload?.files);
    const file = z
      .object({ name: z.string(), url_private: z.string(), ims: z.array(z.string()) })
      .parse((await app.slack.call("files.info", { file: files[0]?.id })).file);
    expect(file.name).toBe("payments-last-week.csv");
    expect(file.ims).toEqual([upload?.channel_id]);
    expect(String(upload?.channel_id)).toMatch(/^D/);
    expect(await app.slack.download(file.url_private)).toContain("2026-11-16,402.113000001\n");
    expect(responses()[0]?.text).toBe("I sent you payments-last-week.csv in a direct message.");
    expect(app.brain.questions[0]?.audience).toEqual(PERSON);
  });

  it("says when there is nothing to download", async () => {
    await press("download.0", "me");
    expect(responses()[0]?.text).toBe("That answer has no rows to download.");
  });
});

describe("a form", () => {
  it("opens before anything is looked up, is filled in and decided by the brain", async () => {
    await press("form.2", '["key.change","req_1"]');
    const order = app.slack.calls.map((call) => call.method);
    expect(order[0]).toBe("views.open");
    expect(JSON.stringify(views("views.open")[0])).toContain("One moment");
    const [form] = views("views.update");
    expect(form?.view).toMatchObject({
      callback_id: "form",
      private_metadata: '{"verb":"key.change","token":"req_1"}',
    });

    const { body } = await submit({ "0.cap": { money: { value: "$1,200" } } }, form?.view_id);
    expect(JSON.parse(body)).toMatchObject({ response_action: "update" });
    expect(app.brain.presses[0]).toMatchObject({
      verb: "key.change",
      token: "req_1",
      values: { cap: "1200" },
      audience: PERSON,
    });
    expect(JSON.stringify(views("views.update").at(-1))).toContain("cap=1200");
  });

  it("says at the field what it does not take, and decides nothing", async () => {
    const { body } = await submit({ "0.cap": { money: { value: "a lot" } } }, "V1");
    expect(JSON.parse(body)).toEqual({
      response_action: "errors",
      errors: { "0.cap": "Write an amount in dollars such as 12.50." },
    });
    expect(app.brain.presses).toEqual([]);
  });

  it("is answered directly when its modal was closed meanwhile", async () => {
    await submit({ "0.cap": { money: { value: "5" } } }, "VGONE");
    expect(sent("chat.postMessage")[0]).toMatchObject({ channel: ana });
  });

  it("shows a refusal in the modal that was opened for it", async () => {
    await press("form.2", '["refused","req_1"]');
    expect(JSON.stringify(views("views.update")[0]?.view)).toContain("Only Ana Ruiz may change it");
  });

  it("says when Slack did not open it in time", async () => {
    await press("form.2", '["key.change","req_1"]', { trigger_id: "expired" });
    expect(responses()[0]?.text).toMatch(/Press the button again\.$/);
    expect(app.brain.questions).toEqual([]);
  });
});

describe("a button on the Home tab", () => {
  it("shows its answer in a modal", async () => {
    await press("ask.0", "team payments last week", HOME);
    expect(views("views.open")).toHaveLength(1);
    const shown = JSON.stringify(views("views.update")[0]?.view);
    expect(shown).toContain("payments spent $2,914");
    expect(shown).not.toContain("data_visualization");
  });

  it("decides, and draws the tab anew", async () => {
    await press("press.0", '["key.approve","req_home"]', HOME);
    expect(app.brain.presses).toHaveLength(1);
    expect(views("views.update")).toHaveLength(1);
    expect(sent("views.publish")).toHaveLength(1);
  });

  it("in a modal redraws that modal", async () => {
    const id = await openView();
    await press("ask.0", "me", { ...HOME, view: { id, type: "modal" } });
    expect(views("views.open")).toEqual([]);
    expect(views("views.update").map(({ view_id }) => view_id)).toEqual([id, id]);
  });
});

/** A modal that is open in the emulator. */
async function openView(): Promise<string> {
  const view = { type: "modal", title: { type: "plain_text", text: "x" }, blocks: [] };
  const opened = await app.slack.call("views.open", { trigger_id: await app.trigger(ana), view });
  return z.object({ id: z.string() }).parse(opened.view).id;
}

async function submit(values: Json, viewId: string | undefined) {
  const answer = await app.interaction({
    type: "view_submission",
    user: { id: ana, team_id: "T000000001" },
    team: { id: "T000000001" },
    trigger_id: randomUUID(),
    view: {
      id: viewId,
      type: "modal",
      callback_id: "form",
      private_metadata: '{"verb":"key.change","token":"req_1"}',
      title: { type: "plain_text", text: "Change the key" },
      state: { values },
    },
  });
  await app.settled();
  return answer;
}
