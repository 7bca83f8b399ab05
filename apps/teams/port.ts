import type { Pool } from "pg";
import { DeliveryError, type OutboxMessage, type OutboxPort } from "#core/outbox/port.ts";
import type { Clock } from "#core/time.ts";
import { isGone, type Place, TeamsFailure, type TeamsTransport } from "./bot-port.ts";
import { botbuilderTransport } from "./botbuilder-transport.ts";
import { refuseUnauthenticated, type TeamsCredentials } from "./credentials.ts";
import { type Directory, memberDirectory } from "./directory.ts";
import type { Conversation } from "./schema.ts";
import {
  findAnyConversation,
  findConversation,
  findPersonal,
  recordConversation,
  removeConversation,
} from "./store.ts";
import { answerMessage } from "./surface.ts";

export interface TeamsPortOptions {
  transport: TeamsTransport;
  directory: Directory;
  pool: Pool;
  clock: Clock;
  /** True everywhere but in the playground. */
  teamsClient: boolean;
  /** The linked accounts of a person, "teams:<tenant>:<object id>"; others are passed over. */
  listAccounts(orgId: number, personId: number): Promise<readonly string[]>;
}

/** The port of a process that only delivers: without the bot's route, with the same credentials. */
export function createTeamsPort(options: {
  credentials: TeamsCredentials;
  production: boolean;
  pool: Pool;
  clock: Clock;
  listAccounts: TeamsPortOptions["listAccounts"];
}): OutboxPort {
  const { credentials, production, ...rest } = options;
  refuseUnauthenticated(credentials, production);
  const transport = botbuilderTransport(credentials);
  const directory = memberDirectory(transport, options.clock);
  const teamsClient = credentials.appType !== "Playground";
  return teamsPort({ ...rest, transport, directory, teamsClient });
}

/**
 * Teams takes 7 messages in 1 s, 8 in 2 s, 60 in 30 s and 1,800 in an hour per conversation: one
 * every 2 s keeps all four.
 */
const INTERVAL_MS = 2_000;
/** Where Teams says "too many" (429) or "busy with this conversation" (412) but not for how long. */
const UNSAID_WAIT_MS = 5_000;

/**
 * Delivers to a conversation id or to "person:12". There is no `findDelivered`: a bot cannot read a
 * conversation of Teams, so a crash between post and mark can show a message twice (docs/teams.md).
 * In a personal or group chat, which have no threads, a reply is a further message.
 */
export function teamsPort(options: TeamsPortOptions): OutboxPort {
  return {
    minIntervalMs: INTERVAL_MS,
    async deliver(message) {
      const { destination } = message;
      const personId = /^person:(\d+)$/.exec(destination)?.[1];
      try {
        return personId === undefined
          ? await deliverToRoom(options, message)
          : await deliverToPerson(options, message, Number(personId));
      } catch (error) {
        throw deliveryError(error);
      }
    },
  };
}

async function deliverToRoom(
  options: TeamsPortOptions,
  message: OutboxMessage,
): Promise<{ reference: string }> {
  const { orgId, destination: conversationId } = message;
  const room = await findConversation(options.pool, { orgId, conversationId });
  if (room === undefined || room.kind === "personal") {
    throw refused("aispend is not in this Teams room (any more): add the app there and mention it");
  }
  if (message.body.audience.kind !== "room") {
    throw refused("an answer for one person is never posted to a Teams room");
  }
  if (await options.directory.hasStrangers(placeOf(room))) {
    throw refused("guests or another organisation read this Teams room: nothing is posted there");
  }
  try {
    return await place(options, room, message);
  } catch (error) {
    if (isGone(error) && message.act === "post") await forget(options, room);
    throw error;
  }
}

async function deliverToPerson(
  options: TeamsPortOptions,
  message: OutboxMessage,
  personId: number,
): Promise<{ reference: string }> {
  const { audience } = message.body;
  if (audience.kind === "person" && audience.personId !== personId) {
    throw refused(`an answer for person ${audience.personId} is never sent to person ${personId}`);
  }
  const { orgId } = message;
  const accounts = await options.listAccounts(orgId, personId);
  const aadObjectId = accounts
    .map((account) => /^teams:[^:]+:(.+)$/.exec(account)?.[1])
    .find((id) => id !== undefined);
  if (aadObjectId === undefined) {
    throw refused(`person ${personId} has no linked Teams account: they write to the bot once`);
  }
  const known = await findPersonal(options.pool, { orgId, aadObjectId });
  if (known === undefined) return place(options, await open(options, orgId, aadObjectId), message);
  try {
    return await place(options, known, message);
  } catch (error) {
    if (!isGone(error) || message.act !== "post") throw error;
    await forget(options, known);
    return place(options, await open(options, orgId, aadObjectId), message);
  }
}

async function place(
  options: TeamsPortOptions,
  conversation: Conversation,
  message: OutboxMessage,
): Promise<{ reference: string }> {
  const { transport, teamsClient } = options;
  const outgoing = answerMessage(message.body, { origin: undefined, teamsClient });
  const at = placeOf(conversation);
  const earlier = message.reference === undefined ? undefined : readReference(message.reference);
  if (message.act === "update" && earlier !== undefined) {
    const where = { ...at, conversationId: earlier.conversationId };
    await transport.update(where, earlier.activityId, outgoing);
    return { reference: reference(earlier) };
  }
  if (message.act === "post" && conversation.kind === "channel") {
    return { reference: reference(await transport.openThread(at, outgoing)) };
  }
  const conversationId = earlier?.conversationId ?? at.conversationId;
  const activityId = await transport.send({ ...at, conversationId }, outgoing);
  return { reference: reference({ conversationId, activityId }) };
}

/** A chat with somebody who never wrote: Teams allows it where the app is installed for them. */
async function open(
  options: TeamsPortOptions,
  orgId: number,
  aadObjectId: string,
): Promise<Conversation> {
  const neighbour = await findAnyConversation(options.pool, { orgId });
  if (neighbour === undefined) {
    throw refused("aispend was never added in Teams: install the app and write to it once");
  }
  const { serviceUrl, tenantId, botId } = neighbour;
  const from = { serviceUrl, tenantId, botId };
  const conversationId = await options.transport.openPersonal(from, aadObjectId);
  const opened = { ...from, orgId, conversationId, teamId: null, aadObjectId };
  const conversation: Conversation = { ...opened, kind: "personal" };
  await recordConversation(options.pool, { ...conversation, now: options.clock() });
  return conversation;
}

async function forget(options: TeamsPortOptions, conversation: Conversation): Promise<void> {
  const { orgId, conversationId } = conversation;
  await removeConversation(options.pool, { orgId, conversationId, now: options.clock() });
}

function placeOf(conversation: Conversation): Place {
  const { serviceUrl, tenantId, botId, conversationId } = conversation;
  return { serviceUrl, tenantId, botId, conversationId };
}

interface Reference {
  /** With the thread, where it is in one. */
  conversationId: string;
  activityId: string;
}

function reference({ conversationId, activityId }: Reference): string {
  return `${conversationId} ${activityId}`;
}

function readReference(text: string): Reference {
  const space = text.lastIndexOf(" ");
  return { conversationId: text.slice(0, space), activityId: text.slice(space + 1) };
}

function refused(message: string): DeliveryError {
  return new DeliveryError(message, { permanent: true });
}

/** 502, 504 and silence stay what they are: nobody knows whether the message arrived. */
function deliveryError(error: unknown): unknown {
  if (!(error instanceof TeamsFailure)) return error;
  const { status, retryAfterMs } = error;
  const said = `Teams answered ${status}`;
  if (retryAfterMs !== undefined) return new DeliveryError(said, { retryAfterMs, cause: error });
  if (status === 429 || status === 412) {
    return new DeliveryError(said, { retryAfterMs: UNSAID_WAIT_MS, cause: error });
  }
  if (status === 401) return new DeliveryError(`${said}: check TEAMS_APP_*`, { cause: error });
  const permanent = status !== undefined && status >= 400 && status < 500;
  return permanent ? new DeliveryError(said, { permanent, cause: error }) : error;
}
