import type { Action } from "#core/answers/schema.ts";
import { listAudit } from "#core/audit/service.ts";
import { AispendError } from "#core/errors.ts";
import { loadEffect } from "#core/keys/effect.ts";
import { findKey } from "#core/keys/lookup.ts";
import { getRequest } from "#core/keys/request-service.ts";
import type { KeyRequest } from "#core/keys/schema.ts";
import { termsOf } from "#core/keys/terms.ts";
import { loadRoster } from "#core/org/roster.ts";
import type { Asking } from "../asking.ts";
import { askButton, Refusal } from "../refusal.ts";
import { anyOf } from "../said/said-names.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { type Card, cardBody } from "./card.ts";
import { loadCard } from "./load-card.ts";

async function cardOf(asking: Asking, id: number): Promise<Card> {
  const { org, pool, now, today } = asking;
  const request = await getRequest(pool, org.id, id);
  const roster = await loadRoster(pool, org.id);
  const place = { roster, scopeId: request.scopeId, today, exceptKeyId: request.keyId };
  const effect = await loadEffect(pool, { ...place, terms: termsOf(request) });
  return loadCard(pool, { org, roster, now }, request, effect);
}

const SHOWN = 5;
const ENTRIES = 100;

/** What was asked and answered about it, the newest last; it stands under the card in chat. */
async function talk({ org, pool }: Asking, request: KeyRequest): Promise<string[]> {
  const subjects = [`key_request:${request.id}`];
  const entries = await listAudit(pool, { orgId: org.id, subjects, limit: ENTRIES });
  return entries
    .filter(({ action }) => action === "key.question")
    .slice(0, SHOWN)
    .reverse()
    .map(({ actor, reason }) => {
      const who = Number(/^person:(\d+)$/.exec(actor)?.[1] ?? 0);
      const verb = who === request.requestedBy ? "answers" : "asks";
      return `${org.personName(who)} ${verb}: ${reason ?? ""}`;
    });
}

/** Whoever asked for it decides nothing about it: they answer, or take it back. */
function ownActions({ id }: KeyRequest, isAsked: boolean): Action[] {
  const token = String(id);
  return [
    ...(isAsked ? [{ kind: "form", label: "Answer...", form: "key_ask", token } as const] : []),
    { kind: "press", label: "Withdraw", verb: "key_withdraw", token, style: "default" },
    askButton("key requests", "My requests"),
  ];
}

/** A request as its card, for whoever has no message of it: the console and the command line. */
export async function requestAnswer(asking: Asking, id: number): Promise<AnswerBody> {
  const { org, pool, asker } = asking;
  const card = await cardOf(asking, id);
  const { request } = card;
  const key = request.keyId === undefined ? undefined : await findKey(pool, org.id, request.keyId);
  const body = cardBody(card, key?.revealedAt !== undefined);
  const said = await talk(asking, request);
  const isOwn = request.state === "pending" && request.requestedBy === asker.personId;
  return {
    ...body,
    notes: [...said, ...(body.notes ?? [])],
    ...(isOwn ? { actions: ownActions(request, said.length > 0) } : {}),
  };
}

/** A press on a request that is refused says who could do it, or what of the form does not fit. */
export async function explained(asking: Asking, id: number, error: unknown): Promise<unknown> {
  if (!(error instanceof AispendError) || error instanceof Refusal) return error;
  const see = askButton(`key request ${id}`, "Request");
  const said = `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`;
  if (error.kind === "invalid") {
    const options = { actions: [see], ...(error.help === undefined ? {} : { help: error.help }) };
    return new Refusal(error.code, "That does not fit", said, options);
  }
  if (error.code !== "not_permitted") return error;
  const { request, waitingFor } = await cardOf(asking, id);
  const names = waitingFor.slice(0, 3).map((one) => asking.org.personName(one));
  if (request.state !== "pending" || names.length === 0) return error;
  const help = `${error.help ?? ""} ${anyOf(names)} can decide it.`.trim();
  return new Refusal("not_permitted", "Not yours to decide", said, {
    kind: "forbidden",
    help,
    actions: [see],
  });
}
