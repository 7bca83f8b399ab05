import { WebClient } from "@slack/web-api";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createChartPictures } from "#apps/slack/chart-picture.ts";
import { webClientOptions } from "#apps/slack/web-client-options.ts";
import { monthly, ROOM } from "#test/slack/sample-answers.ts";
import { BOT_TOKEN, type SlackEmulator, startSlack } from "#test/slack/slack-emulator.ts";

let slack: SlackEmulator;
let client: WebClient;
const log = pino({ level: "silent" });
const clock = () => new Date();

beforeAll(async () => {
  slack = await startSlack();
  client = new WebClient(BOT_TOKEN, webClientOptions({ slackApiUrl: slack.apiUrl, retries: 0 }));
});
afterAll(() => slack.close());

function charts(count: number) {
  const { chart } = monthly(ROOM);
  if (chart === undefined) throw new Error("the sample has no chart");
  return Array.from({ length: count }, (_, index) => ({ ...chart, title: `Chart ${index}` }));
}

describe("pictures of charts", () => {
  it("are words for those who would wait too long, and no turn is lost by it", async () => {
    const upload = createChartPictures(clock, log, 1);
    const ids = await Promise.all(charts(12).map((chart) => upload(client, chart)));
    expect(ids.filter((id) => id !== undefined).length).toBeGreaterThanOrEqual(2);
    expect(ids).toContain(undefined);
    for (const chart of charts(3)) expect(await upload(client, chart)).toMatch(/^F/);
  });

  it("are all drawn where there is time", async () => {
    const upload = createChartPictures(clock, log, 15_000);
    const ids = await Promise.all(charts(8).map((chart) => upload(client, chart)));
    expect(new Set(ids).size).toBe(8);
    expect(ids).not.toContain(undefined);
  });

  it("are drawn once for the same chart, and uploaded for each message", async () => {
    const upload = createChartPictures(clock, log, 15_000);
    const [chart] = charts(1);
    if (chart === undefined) throw new Error("no chart");
    const ids = await Promise.all([upload(client, chart), upload(client, chart)]);
    expect(new Set(ids).size).toBe(2);
  });
});
