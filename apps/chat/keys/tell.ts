import { Answer } from "#core/answers/schema.ts";
import type { Db, Tx } from "#core/db/db.ts";
import type { Effect } from "#core/keys/effect.ts";
import type { KeyRequest } from "#core/keys/schema.ts";
import { findChannel } from "#core/org/channel.ts";
import { listAddresses } from "#core/org/reachable.ts";
import type { ChannelKind } from "#core/org/words.ts";
import { enqueue, listThreadPlaces } from "#core/outbox/service.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { cardBody, requesterBody } from "./card.ts";
import { type CardSetting, loadCard } from "./load-card.ts";

export function requestThread(id: number): string {
  return `key_request:${id}`;
}

interface Place {
  readonly surface: string;
  readonly destination: string;
}

function audienceAt({ destination }: Place): Answer["audience"] {
  const person = /^person:(\d+)$/.exec(destination)?.[1];
  return person === undefined ? { kind: "room" } : { kind: "person", personId: Number(person) };
}

export interface Owed {
  readonly at: Place;
  readonly kind: string;
  readonly body: AnswerBody;
  readonly placement: "post" | "thread" | "update";
  /** Names the fact; with the place it is told once. */
  readonly fact: string;
  readonly threadKey?: string;
  readonly urgency?: "urgent" | "report" | "asked";
}

/** One message about keys, owed in the transaction of what it tells of. */
export async function owe(
  tx: Tx,
  { org, now }: Omit<CardSetting, "roster">,
  owed: Owed,
): Promise<void> {
  const { at, body, fact, kind, placement, threadKey } = owed;
  await enqueue(
    tx,
    {
      orgId: org.id,
      dedupeKey: `${fact}:${at.surface}:${at.destination}`.slice(0, 200),
      ...at,
      kind,
      urgency: owed.urgency ?? "urgent",
      placement,
      ...(threadKey === undefined ? {} : { threadKey }),
      body: Answer.parse({ ...body, audience: audienceAt(at), demonstration: org.demonstration }),
    },
    now,
  );
}

/** The scope's channel for the kind and these people, each once; who has no chat account is left out. */
export async function placesFor(
  db: Db,
  of: { orgId: number; scopeId: number; kind: ChannelKind },
  people: readonly number[],
): Promise<Place[]> {
  const { orgId } = of;
  const channel = await findChannel(db, of);
  const addresses = await listAddresses(db, orgId, people);
  return [
    ...(channel === undefined
      ? []
      : [{ surface: channel.surface, destination: channel.destination }]),
    ...addresses.map(({ surface, destination }) => ({ surface, destination })),
  ];
}

/** The card where it is decided: in the channel of the scope, and to who is asked. */
export async function tellAsked(
  tx: Tx,
  setting: CardSetting,
  request: KeyRequest,
  effect: Effect,
  people: readonly number[],
): Promise<void> {
  const card = await loadCard(tx, setting, request, effect);
  const body = cardBody(card);
  const thread = requestThread(request.id);
  const of = { orgId: setting.org.id, scopeId: request.scopeId, kind: "approval" } as const;
  for (const at of await placesFor(tx, of, people)) {
    const message = { at, body, kind: "key_request", threadKey: thread } as const;
    await owe(tx, setting, { ...message, placement: "post", fact: `${thread}:asked` });
  }
  if (request.state !== "pending") await tellRequester(tx, setting, request, effect);
}

/** Everybody who has the card sees it turn into what became of it; the one who asked is told. */
export async function tellOutcome(
  tx: Tx,
  setting: CardSetting,
  request: KeyRequest,
  effect: Effect,
  options: { revealed?: boolean; requester?: boolean } = {},
): Promise<void> {
  const card = await loadCard(tx, setting, request, effect);
  const thread = requestThread(request.id);
  const shown = options.revealed === true ? "revealed" : request.state;
  const stamp = `${shown}:${setting.now.getTime()}`;
  for (const at of await listThreadPlaces(tx, setting.org.id, thread)) {
    const body = cardBody(card, options.revealed ?? false);
    const message = { at, body, kind: "key_request", threadKey: thread } as const;
    await owe(tx, setting, { ...message, placement: "update", fact: `${thread}:${stamp}` });
  }
  const isTold =
    options.requester ?? (request.state !== "pending" && request.state !== "withdrawn");
  if (isTold) await tellRequester(tx, setting, request, effect);
}

async function tellRequester(
  tx: Tx,
  setting: CardSetting,
  request: KeyRequest,
  effect: Effect,
): Promise<void> {
  const card = await loadCard(tx, setting, request, effect);
  const fact = `${requestThread(request.id)}:told:${request.state}`;
  for (const at of await listAddresses(tx, setting.org.id, [request.requestedBy])) {
    const body = requesterBody(card);
    const place = { surface: at.surface, destination: at.destination };
    await owe(tx, setting, { at: place, body, kind: "key_outcome", placement: "post", fact });
  }
}

/** One line under the card, wherever it is. */
export async function tellUnder(
  tx: Tx,
  setting: Omit<CardSetting, "roster">,
  request: KeyRequest,
  body: AnswerBody,
  fact: string,
): Promise<void> {
  const thread = requestThread(request.id);
  for (const at of await listThreadPlaces(tx, setting.org.id, thread)) {
    const message = { at, body, kind: "key_request", threadKey: thread } as const;
    await owe(tx, setting, { ...message, placement: "thread", fact });
  }
}
