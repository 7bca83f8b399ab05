import type { Pool } from "pg";
import { Answer, type Audience } from "#core/answers/schema.ts";
import type { Tx } from "#core/db/db.ts";
import { transaction } from "#core/db/transaction.ts";
import type { RepositoryAccess } from "#core/estimates/access.ts";
import { type Notice, prepareNotice } from "#core/estimates/notice.ts";
import type { NoticeRequest } from "#core/estimates/record-schema.ts";
import { findChannel } from "#core/org/channel.ts";
import { ownerOf } from "#core/org/raci.ts";
import { listAddresses } from "#core/org/reachable.ts";
import { loadRoster } from "#core/org/roster.ts";
import { enqueue } from "#core/outbox/service.ts";

/** Whether there is a room, or an owner with a linked account, to tell. */
export type Told = { readonly state: "told" | "duplicate" | "nobody" };

interface Place {
  readonly surface: string;
  readonly destination: string;
  readonly audience: Audience;
}

/**
 * Owes the full figures of a pull request to the channel of its scope, else to the scope's owner. One
 * message a pull request: later commits edit it in place, and the same commit again tells nothing.
 */
export function tellChat(
  pool: Pool,
  access: RepositoryAccess,
  { request, now }: { request: NoticeRequest; now: Date },
): Promise<Told> {
  const { orgId, name } = access;
  return transaction(pool, async (tx): Promise<Told> => {
    const notice = await prepareNotice(tx, access, request, now);
    const place = await placeOf(tx, orgId, notice.scopeId, now);
    if (place === undefined) return { state: "nobody" };
    const thread = `estimate:${name}:${request.pullRequest}`;
    const message = {
      orgId,
      surface: place.surface,
      destination: place.destination,
      kind: "pull_request",
      urgency: "report",
      threadKey: thread,
      body: answerOf(notice, access, request, place.audience),
    } as const;
    // Without a first message both post; with one, the newest state stands in it.
    const { state } = await enqueue(
      tx,
      { ...message, placement: "update", dedupeKey: `${thread}:${request.headSha}` },
      now,
    );
    return { state: state === "enqueued" ? "told" : "duplicate" };
  });
}

async function placeOf(
  tx: Tx,
  orgId: number,
  scopeId: number,
  now: Date,
): Promise<Place | undefined> {
  const channel = await findChannel(tx, { orgId, scopeId, kind: "pull_request" });
  if (channel !== undefined) {
    const { surface, destination } = channel;
    return { surface, destination, audience: { kind: "room" } };
  }
  const owner = ownerOf(await loadRoster(tx, orgId), scopeId, now).actingId;
  const [address] = owner === undefined ? [] : await listAddresses(tx, orgId, [owner]);
  if (address === undefined) return undefined;
  const { surface, destination, personId } = address;
  return { surface, destination, audience: { kind: "person", personId } };
}

function answerOf(
  { command, sentence, facts }: Notice,
  { name }: RepositoryAccess,
  { pullRequest }: NoticeRequest,
  audience: Audience,
): Answer {
  return Answer.parse({
    command,
    title: `${name} #${pullRequest}`,
    sentence,
    facts,
    notes: ["The repository is not private: its comment has percentages only."],
    source: { basis: "estimated" },
    audience,
  });
}
