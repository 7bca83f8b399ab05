import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Acme, brainOf, fillAcme, makeAcme } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { type InstalledApp, installApp } from "#test/slack/installed-app.ts";

const database = useDatabase();
let acme: Acme;
let app: InstalledApp;
let ana: string;

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme-slack", demonstration: true });
  await fillAcme(database.pool, acme);
  app = await installApp({
    brain: brainOf(database.pool),
    resolveOrg: async () => acme.orgId,
    // Ana's account is Ada's, who answers for payments; Jo's is linked to nobody.
    async resolveAsker({ account }) {
      const personId = account.endsWith(ana) ? acme.people.get("ada") : undefined;
      return { personId, operator: false, account };
    },
  });
  ana = app.slack.userIds.ana ?? "";
});
afterAll(() => app.close());
beforeEach(() => app.forget());

const responses = () => app.slack.responses.map((response) => response.message);
const sent = (method: string) =>
  app.slack.calls.filter((call) => call.method === method).map((call) => call.args);

describe("the ledger in Slack", () => {
  it.each([
    "team payments",
    "team payments last week",
    "project disputes 2026-10 by agent",
    "org this quarter",
    "top model last 14 days",
    "why payments last week",
    "owners payments",
    "price gpt-4o",
    "model claude-sonnet-4-5 vs last month",
    "unattributed",
    "me",
    "whoami",
    "help",
    "help all",
    "help team",
    "",
    "how much did payments spend on claude last week?",
    "team paymets",
    "team payments 2026-13",
    "<!channel> & 支払い \u202e",
  ])("answers '%s' within Slack's limits", async (text) => {
    await app.command(text);
    await app.settled();
    expect(app.logged).toEqual([]);
    expect(responses()).toHaveLength(1);
    expect(responses()[0]?.blocks).toBeDefined();
    expect(String(responses()[0]?.text)).not.toMatch(/Something went wrong/);
  });

  it("says the same to the person and to the room", async () => {
    await app.command("team payments last week");
    await app.settled();
    const sentence = String(responses()[0]?.text).split("\n")[0];
    expect(sentence).toMatch(/\$[\d,]+/);
    expect(JSON.stringify(responses()[0])).toContain("demonstration data");
    await app.event({
      type: "app_mention",
      user: ana,
      text: "<@UAISPEND> team payments last week",
      ts: "1.1",
      channel: app.slack.channelIds.payments,
    });
    await app.settled();
    expect(String(sent("chat.postMessage")[0]?.text).split("\n")[0]).toBe(sentence);
  });

  it("draws a month of days as a picture and fourteen days by Slack itself", async () => {
    await app.command("team payments 2026-10");
    await app.settled();
    expect(JSON.stringify(responses()[0])).toContain('"slack_file"');
    app.forget();
    await app.command("team payments last 14 days");
    await app.settled();
    expect(JSON.stringify(responses()[0])).toContain('"data_visualization"');
  });

  it("tells an account that nobody is linked to how to link, and nothing else", async () => {
    await app.command("team payments", { user_id: app.slack.userIds.jo ?? "" });
    await app.settled();
    expect(JSON.stringify(responses()[0])).toMatch(/link/i);
    expect(JSON.stringify(responses()[0])).not.toContain("$");
  });

  it("makes a channel that of a team, and no channel that others read", async () => {
    const channels = async () => {
      const { rows } = await database.owner.query<{ surface: string; destination: string }>(
        "select surface, destination from scope_channel where org_id = $1",
        [acme.orgId],
      );
      return rows;
    };
    await app.command("channel here payments");
    await app.settled();
    expect(String(responses()[0]?.text)).toMatch(/comes to this room from now on/);
    const room = { surface: "slack", destination: app.slack.channelIds.payments };
    expect(await channels()).toEqual([room]);
    await app.command("channel off payments", { channel_id: "D0PRIVATE" });
    await app.settled();
    expect(await channels()).toEqual([]);
    await app.command("channel here payments", { channel_id: "D0PRIVATE" });
    await app.settled();
    expect(await channels()).toEqual([]);
  });

  it("fills the Home tab", async () => {
    await app.event({ type: "app_home_opened", user: ana, channel: "D1", tab: "home" });
    await app.settled();
    const home = JSON.stringify(sent("views.publish")[0]);
    for (const part of ["My team", "My requests", "Waiting for me", "payments spent $"]) {
      expect(home).toContain(part);
    }
  });

  it("lets every button of an answer be pressed", async () => {
    await app.command("team payments last week");
    await app.settled();
    const blocks = JSON.stringify(responses()[0]?.blocks);
    const buttons = [
      ...blocks.matchAll(/"action_id":"([^"]+)","text":\{[^}]*\},"value":"([^"]*)"/g),
    ];
    expect(buttons.length).toBeGreaterThan(1);
    for (const [, action_id, value] of buttons) {
      app.forget();
      await app.interaction({
        type: "block_actions",
        user: { id: ana, team_id: "T000000001" },
        team: { id: "T000000001" },
        trigger_id: randomUUID(),
        container: { type: "message", channel_id: app.slack.channelIds.payments },
        channel: { id: app.slack.channelIds.payments, name: "payments" },
        response_url: app.slack.responseUrl("press"),
        actions: [{ type: "button", action_id, block_id: "b", value, action_ts: "1" }],
      });
      await app.settled();
      expect(app.logged).toEqual([]);
      expect(responses().length + sent("chat.postMessage").length).toBeGreaterThan(0);
    }
  });
});
