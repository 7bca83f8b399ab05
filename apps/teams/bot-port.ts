import type { AdaptiveCard } from "./card.ts";

/** Where a message goes: all that the Bot Connector needs to know of a conversation. */
export interface Place {
  serviceUrl: string;
  tenantId: string;
  botId: string;
  conversationId: string;
}

export interface Attachment {
  contentType: string;
  content: unknown;
  name?: string;
  contentUrl?: string;
}

export interface OutgoingMessage {
  /** Plain text; never read as Markdown. */
  text?: string;
  card?: AdaptiveCard;
  attachments?: readonly Attachment[];
  /** What the notification says. */
  summary: string;
}

/** A member of a conversation as the directory of its tenant knows the account. */
export interface TeamsMember {
  userId: string;
  aadObjectId: string | undefined;
  email: string | undefined;
  userPrincipalName: string | undefined;
  tenantId: string | undefined;
  role: string | undefined;
}

/**
 * What the bot needs of an SDK. botbuilder-transport.ts has it from botbuilder, which is archived;
 * a successor is another file with this interface, and nothing else changes.
 */
export interface TeamsTransport {
  /** Whether the request comes from the Bot Framework and speaks for the activity's serviceUrl. */
  authenticate(activity: Record<string, unknown>, authorization: string): Promise<boolean>;
  /** Posts once, without retries, and gives the id of the message. Throws TeamsFailure. */
  send(place: Place, message: OutgoingMessage): Promise<string>;
  update(place: Place, activityId: string, message: OutgoingMessage): Promise<void>;
  /** The personal chat of the bot with a user of the tenant; made when there is none. */
  openPersonal(place: Omit<Place, "conversationId">, userId: string): Promise<string>;
  /** A new thread in a channel; gives the conversation of the thread and its first message. */
  openThread(
    channel: Place,
    message: OutgoingMessage,
  ): Promise<{ conversationId: string; activityId: string }>;
  /** Undefined for somebody who is not in the conversation. */
  findMember(place: Place, userId: string): Promise<TeamsMember | undefined>;
  listMembers(
    place: Place,
    continuation: string | undefined,
  ): Promise<{ members: TeamsMember[]; continuation: string | undefined }>;
}

/** Teams refused or could not be reached. `status` is the HTTP status; undefined without an answer. */
export class TeamsFailure extends Error {
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    options: { status?: number | undefined; retryAfterMs?: number | undefined; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.name = "TeamsFailure";
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The bot is not, or no longer, where it should write: taken out, blocked, or the room is gone. */
export function isGone(error: unknown): boolean {
  return error instanceof TeamsFailure && (error.status === 403 || error.status === 404);
}
