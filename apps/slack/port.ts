import { WebClient } from "@slack/web-api";
import type { Answer } from "#core/answers/schema.ts";
import { DeliveryError, type OutboxMessage, type OutboxPort } from "#core/outbox/port.ts";
import type { Clock } from "#core/time.ts";
import { boltLog, type Log } from "./bolt-log.ts";
import { createChartPictures } from "./chart-picture.ts";
import { directChannel } from "./download.ts";
import { sendAnswer } from "./draft.ts";
import type { RenderOptions } from "./render.ts";
import { createRooms } from "./room.ts";
import { isUnreachable, retryAfterMs, slackError } from "./slack-failure.ts";
import { webClientOptions } from "./web-client-options.ts";

export interface SlackPortOptions {
  botToken: string;
  slackApiUrl?: string | undefined;
  clock: Clock;
  log: Log;
  /** The Slack account of a person ("slack:T1:U2"); undefined for one without. */
  accountOf(orgId: number, personId: number): Promise<string | undefined>;
}

/** Slack takes about one message a second per channel. */
const MIN_INTERVAL_MS = 1100;

/** Nobody waits for an unasked message. */
const CHART_PATIENCE_MS = 15_000;

/**
 * Delivers the outbox to Slack. Destinations are a channel (C..., G...), an account (U..., W...), a
 * direct message (D...) or "person:12". The dedupe key travels in the message's metadata, where it is
 * looked for after a crash between posting and marking.
 */
export function createSlackPort(options: SlackPortOptions): OutboxPort {
  // The outbox has its own patience: a wait that Slack asks for is handed to it at once.
  const client = new WebClient(options.botToken, {
    ...webClientOptions({ slackApiUrl: options.slackApiUrl, retries: 0 }),
    rejectRateLimitedCalls: true,
    logger: boltLog(options.log),
  });
  const mail: Mail = {
    client,
    uploadChart: createChartPictures(options.clock, options.log, CHART_PATIENCE_MS),
    findRoom: createRooms(options.clock),
    accountOf: options.accountOf,
  };
  return {
    minIntervalMs: MIN_INTERVAL_MS,
    deliver: (message, signal) => translated(() => deliver(mail, message, signal)),
    findDelivered: (message, signal) => translated(() => findDelivered(mail, message, signal)),
  };
}

interface Mail extends Pick<SlackPortOptions, "accountOf"> {
  client: WebClient;
  uploadChart: ReturnType<typeof createChartPictures>;
  findRoom: ReturnType<typeof createRooms>;
}

/** What names a message in Slack, as the outbox keeps it. */
interface Reference {
  channel: string;
  ts: string;
}

function parseReference(text: string | undefined): Reference {
  const [channel = "", ts = ""] = (text ?? "").split(":");
  if (channel === "" || ts === "") throw refused(`'${text}' names no Slack message`);
  return { channel, ts };
}

async function deliver(
  mail: Mail,
  message: OutboxMessage,
  signal: AbortSignal,
): Promise<{ reference: string }> {
  if (message.act === "update") return update(mail, message, signal);
  const under = message.act === "thread" ? parseReference(message.reference) : undefined;
  const channel = under?.channel ?? (await channelOf(mail, message));
  await refuseForeignRoom(mail, channel);
  const details = under === undefined && message.body.details.length > 0;
  const posted = await post(mail, signal, {
    body: message.body,
    channel,
    threadTs: under?.ts,
    dedupeKey: message.dedupeKey,
    options: details ? { withoutDetails: true } : {},
  });
  if (details) await postDetails(mail, signal, message, posted);
  return { reference: `${posted.channel}:${posted.ts}` };
}

/** Details stand in the thread: the channel sees a few lines, not a wall. */
async function postDetails(
  mail: Mail,
  signal: AbortSignal,
  { body, dedupeKey }: OutboxMessage,
  { channel, ts }: Reference,
): Promise<void> {
  const { details, title, audience, demonstration, command } = body;
  const [sentence = "", ...notes] = details;
  const thread: Answer = {
    command,
    state: "ok",
    title: sentence === "" ? title : sentence,
    sentence,
    facts: [],
    notes,
    details: [],
    actions: [],
    audience,
    demonstration,
    figures: {},
  };
  const at = { channel, threadTs: ts, dedupeKey: detailsKey(dedupeKey), options: {} };
  try {
    await post(mail, signal, { ...at, body: thread });
  } catch (error) {
    // The message itself stands there already, so this is no "not delivered": the next attempt
    // finds it and adds what is missing.
    throw new Error("the details did not follow the message", { cause: error });
  }
}

function detailsKey(dedupeKey: string): string {
  return `${dedupeKey}#details`;
}

interface Posting {
  body: Answer;
  channel: string;
  threadTs: string | undefined;
  dedupeKey: string;
  options: Omit<RenderOptions, "native" | "imageFileId">;
}

async function post(mail: Mail, signal: AbortSignal, posting: Posting): Promise<Reference> {
  const { channel, threadTs, dedupeKey } = posting;
  const { ts } = await sendAnswer(posting.body, posting.options, mail, (message) => {
    signal.throwIfAborted();
    return mail.client.chat.postMessage({
      channel,
      unfurl_links: false,
      unfurl_media: false,
      link_names: false,
      metadata: metadataOf(dedupeKey),
      ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
      ...message,
    });
  });
  if (ts === undefined) throw new Error("Slack posted a message without a ts");
  return { channel, ts };
}

async function update(
  mail: Mail,
  message: OutboxMessage,
  signal: AbortSignal,
): Promise<{ reference: string }> {
  const { channel, ts } = parseReference(message.reference);
  await sendAnswer(message.body, {}, mail, (edited) => {
    signal.throwIfAborted();
    const metadata = metadataOf(message.dedupeKey);
    return mail.client.chat.update({ channel, ts, link_names: false, metadata, ...edited });
  });
  return { reference: `${channel}:${ts}` };
}

const EVENT_TYPE = "aispend";

function metadataOf(dedupeKey: string) {
  return { event_type: EVENT_TYPE, event_payload: { dedupe_key: dedupeKey } };
}

async function channelOf(mail: Mail, { orgId, destination }: OutboxMessage): Promise<string> {
  if (/^[CGD][A-Z0-9]+$/.test(destination)) return destination;
  if (/^[UW][A-Z0-9]+$/.test(destination)) return directChannel(mail.client, destination);
  const person = /^person:(\d+)$/.exec(destination)?.[1];
  if (person === undefined) throw refused(`'${destination}' names no place in Slack`);
  const account = await mail.accountOf(orgId, Number(person));
  const userId = account?.split(":").at(-1);
  if (userId === undefined) throw refused(`person ${person} has no linked Slack account`);
  return directChannel(mail.client, userId);
}

/** Nothing is pushed where another company reads along, or where nobody can tell. */
async function refuseForeignRoom(mail: Mail, channel: string): Promise<void> {
  if (channel.startsWith("D")) return;
  const state = await mail.findRoom(mail.client, channel);
  if (state === "shared_outside") throw refused(`${channel} is shared with another company`);
  if (state === "unknown") throw refused(`aispend is not in ${channel}: /invite @aispend`);
}

const PAGES_MAX = 3;

/** Looks through the newest messages of the channel, or of the thread, for the key. */
async function findDelivered(
  mail: Mail,
  message: OutboxMessage,
  signal: AbortSignal,
): Promise<{ reference: string } | undefined> {
  const under = message.act === "thread" ? parseReference(message.reference) : undefined;
  const channel = under?.channel ?? (await channelOf(mail, message));
  const ts = await findKey(mail, { channel, threadTs: under?.ts }, message.dedupeKey, signal);
  if (ts === undefined) return undefined;
  if (under === undefined && message.body.details.length > 0) {
    const key = detailsKey(message.dedupeKey);
    const there = await findKey(mail, { channel, threadTs: ts }, key, signal);
    if (there === undefined) await postDetails(mail, signal, message, { channel, ts });
  }
  return { reference: `${channel}:${ts}` };
}

async function findKey(
  mail: Mail,
  { channel, threadTs }: { channel: string; threadTs: string | undefined },
  dedupeKey: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    signal.throwIfAborted();
    const { conversations } = mail.client;
    const where = { channel, limit: 100, include_all_metadata: true, ...(cursor && { cursor }) };
    const { messages = [], response_metadata } =
      threadTs === undefined
        ? await conversations.history(where)
        : await conversations.replies({ ...where, ts: threadTs });
    for (const { metadata, ts } of messages) {
      if (metadata?.event_type !== EVENT_TYPE) continue;
      const payload: Record<string, unknown> = { ...metadata.event_payload };
      if (payload.dedupe_key === dedupeKey && ts !== undefined) return ts;
    }
    cursor = response_metadata?.next_cursor;
    if (cursor === undefined || cursor === "") return undefined;
  }
  return undefined;
}

/** Slack may have posted it before it failed: only a look-up tells. */
const UNCERTAIN = new Set([
  "fatal_error",
  "internal_error",
  "request_timeout",
  "service_unavailable",
]);

/** Slack's refusals as the outbox understands them; other failures leave open what happened. */
async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const wait = retryAfterMs(error);
    if (wait !== undefined) {
      throw new DeliveryError("Slack asks to wait", { retryAfterMs: wait, cause: error });
    }
    const said = slackError(error);
    if (said === undefined || UNCERTAIN.has(said)) throw error;
    const permanent = isUnreachable(error);
    throw new DeliveryError(`Slack refused it: ${said}`, { permanent, cause: error });
  }
}

function refused(message: string): DeliveryError {
  return new DeliveryError(message, { permanent: true });
}
