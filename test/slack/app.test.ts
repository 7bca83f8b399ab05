import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type InstalledApp, installApp } from "./installed-app.ts";
import { PERSON, weekly } from "./sample-answers.ts";

let app: InstalledApp;
let ana: string;
let channel: string;

beforeAll(async () => {
  app = await installApp();
  ana = app.slack.userIds.ana ?? "";
  channel = app.slack.channelIds.payments ?? "";
});
afterAll(() => app.close());
beforeEach(() => {
  app.slack.calls.length = 0;
  app.slack.responses.length = 0;
  app.brain.questions.length = 0;
  app.accounts.length = 0;
  app.logged.length = 0;
  app.slack.overlay.refuse = () => undefined;
  app.slack.overlay.respond = () => ({ status: 200, body: "ok" });
});

const methods = () => app.slack.calls.map((call) => call.method);
const sent = (method: string) => app.slack.calls.filter((call) => call.method === method);

describe("the slash command", () => {
  it("is acknowledged with nothing and answered alone through the response URL", async () => {
    const { status, body } = await app.command("team payments last week");
    await app.settled();
    expect({ status, body }).toEqual({ status: 200, body: "" });
    expect(app.slack.responses).toHaveLength(1);
    const [response] = app.slack.responses;
    expect(response?.message).toMatchObject({
      response_type: "ephemeral",
      replace_original: false,
      text: expect.stringMatching(/^payments spent \$2,914/),
    });
    expect(app.brain.questions).toEqual([
      {
        orgId: 1,
        text: "team payments last week",
        asker: { personId: 7, operator: false, account: `slack:${app.workspace.teamId}:${ana}` },
        audience: PERSON,
        surface: "slack",
      },
    ]);
    expect(JSON.stringify(response?.message.blocks)).toContain('"data_visualization"');
    expect(JSON.stringify(response?.message.blocks)).toContain('"table"');
    expect(methods()).not.toContain("chat.postMessage");
  });
});
void weekly;
