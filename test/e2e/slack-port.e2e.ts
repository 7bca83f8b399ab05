import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { createSlackPort } from "#apps/slack/port.ts";
import { DeliveryError, type OutboxMessage, type OutboxPort } from "#core/outbox/port.ts";
import { hostile, keyRequest, monthly, ROOM, weekly } from "#test/slack/sample-answers.ts";
import { BOT_TOKEN, type SlackEmulator, startSlack } from "#test/slack/slack-emulator.ts";

let slack: SlackEmulator;
let port: OutboxPort;
let payments: string;
const signal = new AbortController().signal;

beforeAll(async () => {
  slack = await startSlack();
  payments = slack.channelIds.payments ?? "";
  port = createSlackPort({
    botToken: BOT_TOKEN,
    slackApiUrl: slack.apiUrl,
    clock: () => new Date(),
    log: pino({ level: "silent" }),
    accountOf: async (orgId, personId) =>
      orgId === 1 && personId === 7 ? `slack:T000000001:${slack.userIds.ana}` : undefined,
  });
});
afterAll(() => slack.close());
beforeEach(() => {
  slack.calls.length = 0;
  slack.overlay.refuse = () => undefined;
});

let made = 0;
function message(fields: Partial<OutboxMessage> = {}): OutboxMessage {
  made += 1;
  return {
    orgId: 1,
    id: BigInt(made),
    dedupeKey: `key-${made}`,
    surface: "slack",
    destination: payments,
    kind: "key_request",
    body: keyRequest(ROOM),
    act: "post",
    reference: undefined,
    ...fields,
  };
}

const Posted = z.object({
  ts: z.string(),
  text: z.string(),
  thread_ts: z.string().optional(),
  metadata: z.object({ event_payload: z.object({ dedupe_key: z.string() }) }).optional(),
});

async function read(reference: string) {
  const [channel = "", ts = ""] = reference.split(":");
  const { messages } = await slack.call("conversations.replies", { channel, ts });
  return z.array(Posted).parse(messages);
}

const failure = (body: object, status = 200, headers = {}) => {
  slack.overlay.refuse = ({ method }) =>
    method === "chat.postMessage" ? { status, headers, body: { ...body } } : undefined;
};

describe("a message owed to Slack", () => {
  it("is posted with its key in the metadata and named by channel and ts", async () => {
    const owed = message();
    const { reference } = await port.deliver(owed, signal);
    expect(reference).toMatch(new RegExp(`^${payments}:\\d+\\.\\d+$`));
    const [posted] = await read(reference);
    expect(posted?.text).toMatch(/^Jo Park asks for a key/);
    expect(posted?.metadata?.event_payload.dedupe_key).toBe(owed.dedupeKey);
  });

  it("has its details in the thread", async () => {
    const { reference } = await port.deliver(message({ body: weekly(ROOM) }), signal);
    const [first, second] = await read(reference);
    expect(JSON.stringify(first)).not.toContain("promised $95");
    expect(second?.text).toMatch(/^Last lever: promised \$95/);
    expect(second?.thread_ts).toBe(first?.ts);
  });

  it("follows in the thread of what it belongs to", async () => {
    const lead = await port.deliver(message(), signal);
    const under = await port.deliver(message({ act: "thread", reference: lead.reference }), signal);
    expect(under.reference).not.toBe(lead.reference);
    expect(await read(lead.reference)).toHaveLength(2);
  });

  it("replaces what it updates and keeps its name", async () => {
    const lead = await port.deliver(message(), signal);
    const edit = message({ act: "update", reference: lead.reference, body: weekly(ROOM) });
    expect(await port.deliver(edit, signal)).toEqual(lead);
    const [edited] = await read(lead.reference);
    expect(edited?.text).toMatch(/^payments spent/);
  });

  it("shows a forecast as a picture", async () => {
    await port.deliver(message({ body: monthly(ROOM) }), signal);
    const blocks = slack.calls.find((call) => call.method === "chat.postMessage")?.args.blocks;
    expect(JSON.stringify(blocks)).toContain('"slack_file"');
  });

  it("goes to a person's direct messages, by account or by person", async () => {
    const ana = slack.userIds.ana ?? "";
    const byAccount = await port.deliver(message({ destination: ana }), signal);
    const byPerson = await port.deliver(message({ destination: "person:7" }), signal);
    const channel = await slack.direct(ana);
    expect(byAccount.reference.split(":")[0]).toBe(channel);
    expect(byPerson.reference.split(":")[0]).toBe(channel);
  });

  it("carries hostile names without notifying anybody", async () => {
    const { reference } = await port.deliver(message({ body: hostile(ROOM) }), signal);
    const [posted] = await read(reference);
    expect(posted?.text).not.toMatch(/<!|<@/);
  });
});

describe("a message that may have arrived before a crash", () => {
  it("is found by its key, as a post and in a thread", async () => {
    const owed = message();
    const lead = await port.deliver(owed, signal);
    for (let index = 0; index < 3; index += 1) await port.deliver(message(), signal);
    expect(await port.findDelivered?.(owed, signal)).toEqual(lead);
    const follow = message({ act: "thread", reference: lead.reference });
    expect(await port.findDelivered?.(follow, signal)).toBeUndefined();
    const sent = await port.deliver(follow, signal);
    expect(await port.findDelivered?.(follow, signal)).toEqual(sent);
  });

  it("is not found when it never arrived", async () => {
    expect(await port.findDelivered?.(message(), signal)).toBeUndefined();
  });

  it("gets the details that did not follow any more, once", async () => {
    const owed = message({ body: weekly(ROOM) });
    let posts = 0;
    slack.overlay.refuse = ({ method }) => {
      if (method !== "chat.postMessage") return undefined;
      posts += 1;
      return posts === 2 ? { status: 500, body: {} } : undefined;
    };
    const delivered = port.deliver(owed, signal);
    await expect(delivered).rejects.toThrow("the details did not follow");
    await expect(delivered).rejects.not.toBeInstanceOf(DeliveryError);
    const found = await port.findDelivered?.(owed, signal);
    expect(await read(found?.reference ?? "")).toHaveLength(2);
    expect(await port.findDelivered?.(owed, signal)).toEqual(found);
    expect(await read(found?.reference ?? "")).toHaveLength(2);
  });
});

describe("a message that Slack does not take", () => {
  it("waits as long as Slack asks", async () => {
    failure({ ok: false }, 429, { "retry-after": "17" });
    await expect(port.deliver(message(), signal)).rejects.toMatchObject({
      name: "DeliveryError",
      retryAfterMs: 17_000,
      permanent: false,
    });
  });

  it.each([
    ["not_in_channel", true],
    ["is_archived", true],
    ["invalid_auth", false],
    ["missing_scope", false],
  ])("with %s is tried again or parked: permanent %s", async (error, permanent) => {
    failure({ ok: false, error });
    await expect(port.deliver(message(), signal)).rejects.toMatchObject({
      name: "DeliveryError",
      permanent,
      message: `Slack refused it: ${error}`,
    });
  });

  it.each([
    ["a failing server", { ok: false }, 503],
    ["an internal error", { ok: false, error: "internal_error" }, 200],
  ])("for %s leaves open whether it arrived", async (_, body, status) => {
    failure(body, status);
    const delivered = port.deliver(message(), signal);
    await expect(delivered).rejects.toThrow();
    await expect(delivered).rejects.not.toBeInstanceOf(DeliveryError);
  });

  it.each([
    ["person:8", "person 8 has no linked Slack account"],
    ["#payments", "'#payments' names no place in Slack"],
    ["CUNKNOWN", "aispend is not in CUNKNOWN: /invite @aispend"],
  ])("has no destination %s", async (destination, said) => {
    await expect(port.deliver(message({ destination }), signal)).rejects.toMatchObject({
      message: said,
      permanent: true,
    });
  });

  it("never goes into a channel that is shared with another company", async () => {
    const partners = slack.channelIds.partners ?? "";
    slack.overlay.channel[partners] = { is_ext_shared: true };
    await expect(port.deliver(message({ destination: partners }), signal)).rejects.toMatchObject({
      permanent: true,
      message: `${partners} is shared with another company`,
    });
    expect(slack.calls.map((call) => call.method)).not.toContain("chat.postMessage");
  });

  it("is not posted any more when its time is over", async () => {
    await expect(port.deliver(message(), AbortSignal.abort())).rejects.toThrow();
    expect(slack.calls.map((call) => call.method)).not.toContain("chat.postMessage");
  });

  it("needs the name of what it follows", async () => {
    const owed = message({ act: "update", reference: "nonsense" });
    await expect(port.deliver(owed, signal)).rejects.toMatchObject({ permanent: true });
  });
});
