import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { createSlackPort } from "#apps/slack/port.ts";
import { transaction } from "#core/db/transaction.ts";
import { deliverNext } from "#core/outbox/delivery.ts";
import type { OutboxPort } from "#core/outbox/port.ts";
import type { NewMessageInput } from "#core/outbox/schema.ts";
import * as outbox from "#core/outbox/service.ts";
import { useDatabase } from "#test/database/clone.ts";
import { clearQueues, insertOrganizations } from "#test/outbox/organization.ts";
import { keyRequest, ROOM, weekly } from "#test/slack/sample-answers.ts";
import { BOT_TOKEN, type SlackEmulator, startSlack } from "#test/slack/slack-emulator.ts";

const database = useDatabase();
const NOON = new Date("2026-11-18T12:00:00Z");
let slack: SlackEmulator;
let port: OutboxPort;
let org: number;

beforeAll(async () => {
  slack = await startSlack();
  port = createSlackPort({
    botToken: BOT_TOKEN,
    slackApiUrl: slack.apiUrl,
    clock: () => NOON,
    log: pino({ level: "silent" }),
    accountOf: async () => undefined,
  });
});
afterAll(() => slack.close());
beforeEach(async () => {
  slack.overlay.refuse = () => undefined;
  await clearQueues(database.owner);
  [org = 0] = await insertOrganizations(database.owner, ["acme"]);
});

const owe = (dedupeKey: string, more: Partial<NewMessageInput> = {}) =>
  transaction(database.pool, (tx) =>
    outbox.enqueue(
      tx,
      {
        orgId: org,
        dedupeKey,
        surface: "slack",
        destination: slack.channelIds.payments ?? "",
        kind: "key_request",
        urgency: "urgent",
        body: keyRequest(ROOM),
        ...more,
      },
      NOON,
    ),
  );

const deliver = (minutes: number, through: OutboxPort = port) => {
  const at = new Date(NOON.getTime() + minutes * 60_000);
  return deliverNext({ pool: database.pool, clock: () => at, ports: { slack: through } });
};

const Messages = z.array(z.object({ text: z.string(), reply_count: z.number().optional() }));

async function shown() {
  const channel = slack.channelIds.payments ?? "";
  return Messages.parse((await slack.call("conversations.history", { channel })).messages);
}

describe("the outbox in Slack", () => {
  it("posts a request, follows in its thread and edits it in place", async () => {
    const before = (await shown()).length;
    await owe("request:1", { threadKey: "request:1" });
    await owe("request:1:asked", { threadKey: "request:1", placement: "thread" });
    await owe("request:1:done", {
      threadKey: "request:1",
      placement: "update",
      body: { ...weekly(ROOM), details: [] },
    });
    for (const minute of [0, 1, 2]) expect((await deliver(minute)).state).toBe("sent");
    const [request, ...older] = await shown();
    expect(older).toHaveLength(before);
    expect(request?.text).toMatch(/^payments spent \$2,914/);
    expect(request?.reply_count).toBe(1);
  });

  it("shows a message once when the process dies between posting and marking it", async () => {
    await owe("request:2");
    const before = (await shown()).length;
    const dying: OutboxPort = {
      ...port,
      async deliver(message, signal) {
        await port.deliver(message, signal);
        throw new Error("killed");
      },
    };
    expect((await deliver(0, dying)).state).toBe("postponed");
    expect(await shown()).toHaveLength(before + 1);
    expect((await deliver(10)).state).toBe("sent");
    expect((await deliver(20)).state).toBe("idle");
    expect(await shown()).toHaveLength(before + 1);
  });

  it("waits as long as Slack asks, without losing a try", async () => {
    await owe("request:3");
    slack.overlay.refuse = ({ method }) =>
      method === "chat.postMessage"
        ? { status: 429, headers: { "retry-after": "120" }, body: { ok: false } }
        : undefined;
    expect((await deliver(0)).state).toBe("postponed");
    slack.overlay.refuse = () => undefined;
    expect((await deliver(1)).state).toBe("idle");
    expect((await deliver(3)).state).toBe("sent");
    const [row] = await outbox.listMessages(database.pool, org, { states: ["sent"] });
    expect(row).toMatchObject({ dedupeKey: "request:3", attempts: 1 });
  });

  it("parks what no try can help, and says why", async () => {
    await owe("request:4", { destination: "person:99" });
    expect(await deliver(0)).toMatchObject({
      state: "parked",
      reason: expect.stringContaining("person 99 has no linked Slack account"),
    });
  });
});
