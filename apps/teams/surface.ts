import type { Pool } from "pg";
import type { Logger } from "pino";
import type { Asker, Brain, Room } from "#apps/chat/surface.ts";
import type { Answer, Audience } from "#core/answers/schema.ts";
import type { Clock } from "#core/time.ts";
import type { CardPlace } from "./action.ts";
import { type Activity, withoutThread } from "./activity.ts";
import type { OutgoingMessage, Place, TeamsTransport } from "./bot-port.ts";
import { cardText } from "./card.ts";
import type { Directory } from "./directory.ts";
import { renderAnswer } from "./render.ts";
import type { ConversationKind } from "./schema.ts";

/** An account of the organisation's directory: a full member, never a guest. */
export interface TeamsAccount {
  orgId: number;
  /** "teams:<tenant>:<object id>", for linking and the audit log. */
  account: string;
  /** As the directory has it, lower case. */
  email: string | undefined;
}

export type Log = Pick<Logger, "info" | "warn" | "error">;

/** What the handlers of the Teams surface share. */
export interface TeamsSurface {
  transport: TeamsTransport;
  directory: Directory;
  brain: Brain;
  pool: Pool;
  clock: Clock;
  log: Log;
  /** The tenant of a single-tenant bot; undefined in the playground. */
  homeTenant: string | undefined;
  resolveOrg(tenantId: string): Promise<number | undefined>;
  resolveAsker(account: TeamsAccount): Promise<Asker>;
  /** Dialogs, files and wide cards are drawn by Teams alone: the playground has none of them. */
  teamsClient: boolean;
  mayUpload(url: URL): boolean;
}

/** A person of the organisation who did something in a conversation. */
export interface Turn {
  activity: Activity;
  place: Place;
  kind: ConversationKind;
  orgId: number;
  asker: Asker;
  userId: string;
  aadObjectId: string;
}

/** Who reads what only this person sees. An account that is not linked gets what any room would. */
export function ownAudience(turn: Turn): Audience {
  const { personId } = turn.asker;
  return personId === undefined ? { kind: "room" } : { kind: "person", personId };
}

/** Who reads what is drawn where this turn happens. */
export function placeAudience(turn: Turn): Audience {
  return turn.kind === "personal" ? ownAudience(turn) : { kind: "room" };
}

function roomOf(surface: TeamsSurface, turn: Turn): { room?: Room } {
  if (turn.kind === "personal") return {};
  const destination = withoutThread(turn.place.conversationId);
  const place = { ...turn.place, conversationId: destination };
  const state = async () =>
    (await surface.directory.hasStrangers(place)) ? ("shared_outside" as const) : ("ours" as const);
  return { room: { destination, state } };
}

export function ask(
  surface: TeamsSurface,
  turn: Turn,
  text: string,
  audience: Audience,
): Promise<Answer> {
  const { orgId, asker } = turn;
  const room = roomOf(surface, turn);
  return surface.brain.ask({ orgId, text, asker, audience, surface: "teams", ...room });
}

export function answerMessage(answer: Answer, place: CardPlace): OutgoingMessage {
  return { card: renderAnswer(answer, place), summary: cardText(answer.sentence, 300) };
}

export function textMessage(text: string): OutgoingMessage {
  return { text, summary: cardText(text, 300) };
}
