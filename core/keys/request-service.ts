import type { Pool } from "pg";
import { record } from "../audit/service.ts";
import { listCaps } from "../budgets/caps.ts";
import type { Db, Tx } from "../db/db.ts";
import { transaction } from "../db/transaction.ts";
import { AispendError } from "../errors.ts";
import { lineage, type Roster } from "../org/raci.ts";
import { loadRoster } from "../org/roster.ts";
import { daysBetween, localDay } from "../time.ts";
import { type Approvers, approversOf } from "./approval.ts";
import { freeName, type KeyAsk, nameStem, requireAsk } from "./asking.ts";
import { type Effect, loadEffect } from "./effect.ts";
import { type By, grantKey, grantRaise, termsSaid } from "./grant.ts";
import { requireStep } from "./key-state.ts";
import { selectKey } from "./key-store.ts";
import { findKeyPolicy, whyNotByPolicy } from "./policy.ts";
import { requireMore } from "./raise.ts";
import * as store from "./request-store.ts";
import type { KeyApproval, KeyPolicy, KeyRequest } from "./schema.ts";
import { rightsFor, termsOf } from "./terms.ts";

/** A person, as the audit log names them. */
export type Person = Pick<By, "actorAccount" | "surface"> & { readonly personId: number };

export function byOf({ personId, ...from }: Person): By {
  return { actor: personId, ...from };
}

export interface Asked {
  readonly request: KeyRequest;
  readonly effect: Effect;
  readonly roster: Roster;
  /** Who is asked; nobody where the policy approved it. */
  readonly approvers: Approvers | undefined;
}

export interface AskOptions {
  readonly orgId: number;
  readonly by: Person;
  readonly now: Date;
  /** Owes the messages, in the same transaction. */
  readonly onAsked?: (tx: Tx, asked: Asked) => Promise<void>;
}

/**
 * Asks for a key. The policy of aispend.yaml may approve a small one at once; otherwise it waits
 * for whoever may approve it. Throws what is wrong with it, `request_open`, and `approver_missing`
 * with how to appoint somebody.
 */
export function requestKey(pool: Pool, wanted: KeyAsk, options: AskOptions): Promise<Asked> {
  const { orgId, by, now } = options;
  return transaction(pool, async (tx) => {
    const roster = await loadRoster(tx, orgId);
    const ask = requireAsk(wanted, localDay(now, roster.timeZone));
    lineage(roster, ask.scopeId);
    const draft: store.NewRequest = {
      orgId,
      kind: "issue",
      requestedBy: by.personId,
      requestedAt: now,
      ...ask,
      service: ask.service,
      environment: ask.environment,
      ciJob: ask.ciJob,
      untilDay: ask.untilDay,
      models: [...ask.models],
      name: ask.name ?? (await freeNameOf(tx, roster, ask)),
      keyId: undefined,
      approvalsNeeded: 1,
    };
    await requireFree(tx, orgId, draft.name);
    return open(tx, roster, draft, options);
  });
}

async function freeNameOf(tx: Tx, roster: Roster, ask: KeyAsk): Promise<string> {
  const path = roster.paths.get(ask.scopeId) ?? "key";
  const stem = nameStem(ask.ciJob ?? ask.service ?? path.slice(path.lastIndexOf("/") + 1));
  return freeName(stem, await store.selectNamesLike(tx, roster.orgId, stem));
}

async function requireFree(tx: Tx, orgId: number, name: string): Promise<void> {
  const taken = await store.selectNamesLike(tx, orgId, name);
  if (!taken.includes(name)) return;
  throw new AispendError("key_name_taken", `there is a key or a request named '${name}'`, {
    kind: "conflict",
    help: "Choose another name, or leave it out. Names of keys are never used again.",
  });
}

export interface RaiseAsk {
  readonly keyId: number;
  readonly amount: bigint;
  readonly period: KeyRequest["capPeriod"];
  /** Until the end of this day; absent: for good. */
  readonly untilDay?: KeyRequest["untilDay"];
  readonly reason: string;
}

/** Asks for another cap of a key; the same approval as for the key. Throws as `requestKey` does. */
export function requestRaise(pool: Pool, ask: RaiseAsk, options: AskOptions): Promise<Asked> {
  const { orgId, by, now } = options;
  return transaction(pool, async (tx) => {
    const roster = await loadRoster(tx, orgId);
    const key = await selectKey(tx, orgId, ask.keyId);
    if (key === undefined) throw new AispendError("key_not_found", `there is no key ${ask.keyId}`);
    requireStep(key, "raise");
    const today = localDay(now, roster.timeZone);
    if (ask.untilDay !== undefined && ask.untilDay < today) {
      throw new AispendError("expiry_past", `${ask.untilDay} is over`, { help: "Write today." });
    }
    if (ask.untilDay !== undefined) {
      const caps = await listCaps(tx, orgId, { kind: "key", id: key.dimensionId });
      requireMore(caps, ask);
    }
    const { scopeId, ownerId, models, service, environment, ciJob } = key;
    const limits = { capAmount: ask.amount, capPeriod: ask.period };
    const stated = requireAsk({ scopeId, ownerId, models, useCase: ask.reason, ...limits }, today);
    const draft: store.NewRequest = {
      orgId,
      kind: "raise",
      requestedBy: by.personId,
      requestedAt: now,
      ...{ scopeId, ownerId, service, environment, ciJob, models, ...limits },
      useCase: stated.useCase,
      name: key.name,
      untilDay: ask.untilDay,
      keyId: key.id,
      approvalsNeeded: 1,
    };
    return open(tx, roster, draft, options);
  });
}

export function needsSecond(policy: KeyPolicy, capPerMonth: bigint): boolean {
  return policy.secondAbove !== undefined && capPerMonth > policy.secondAbove;
}

async function open(
  tx: Tx,
  roster: Roster,
  draft: store.NewRequest,
  options: AskOptions,
): Promise<Asked> {
  const { orgId, by, now } = options;
  const today = localDay(now, roster.timeZone);
  const terms = termsOf({ ...draft, id: 0, state: "pending" });
  const effect = await loadEffect(tx, {
    roster,
    scopeId: draft.scopeId,
    terms,
    today,
    exceptKeyId: draft.keyId,
  });
  const policy = await findKeyPolicy(tx, orgId);
  const approvalsNeeded = needsSecond(policy, effect.capPerMonth) ? 2 : 1;
  const id = await store.insertRequest(tx, { ...draft, approvalsNeeded });
  if (id === undefined) {
    throw new AispendError("request_open", `a request for ${draft.name} is open already`, {
      kind: "conflict",
      help: "Wait for its outcome, or withdraw it: key requests",
    });
  }
  const request: KeyRequest = { ...draft, id, approvalsNeeded, state: "pending" };
  await record(tx, {
    ...byOf(by),
    orgId,
    action: "key.requested",
    subject: `key_request:${id}`,
    after: {
      kind: draft.kind,
      name: draft.name,
      scope: `scope:${draft.scopeId}`,
      ...termsSaid(terms),
    },
    reason: draft.useCase,
    at: now,
  });
  const days = terms.untilDay === undefined ? undefined : daysBetween(today, terms.untilDay);
  const why = whyNotByPolicy(policy, {
    capPerMonth: effect.capPerMonth,
    days,
    inside: effect.inside,
    outside: effect.outside.length > 0,
  });
  const asked =
    why === undefined
      ? {
          request: await approveByPolicy(tx, roster, request, now),
          effect,
          roster,
          approvers: undefined,
        }
      : {
          request,
          effect,
          roster,
          approvers: approversOf(roster, request, rightsFor(draft.kind, effect), now),
        };
  await options.onAsked?.(tx, asked);
  return asked;
}

async function approveByPolicy(
  tx: Tx,
  roster: Roster,
  request: KeyRequest,
  now: Date,
): Promise<KeyRequest> {
  const by: By = { actor: "system", surface: "policy" };
  const granting = { roster, request, by, now };
  const keyId =
    request.kind === "issue" ? await grantKey(tx, granting) : (await grantRaise(tx, granting)).id;
  const reason = "approved by the policy of aispend.yaml";
  const { orgId, id } = request;
  await store.decide(tx, {
    orgId,
    id,
    from: "pending",
    to: "approved",
    by: undefined,
    reason,
    keyId,
    now,
  });
  await record(tx, {
    ...by,
    orgId,
    action: "key.approved",
    subject: `key_request:${id}`,
    after: { key: `virtual_key:${keyId}`, by: "policy", ...termsSaid(termsOf(request)) },
    reason,
    at: now,
  });
  return getRequest(tx, orgId, id);
}

/** Throws `request_not_found`. */
export async function getRequest(db: Db, orgId: number, id: number): Promise<KeyRequest> {
  const request = await store.selectRequest(db, orgId, id);
  if (request !== undefined) return request;
  throw requestNotFound(id);
}

export function requestNotFound(id: number): AispendError {
  return new AispendError("request_not_found", `there is no request ${id}`, {
    kind: "not_found",
    help: "See the open ones: key requests",
  });
}

export function listPendingRequests(db: Db, orgId: number): Promise<KeyRequest[]> {
  return store.selectPending(db, orgId);
}

/** What a person asked for, the newest first. */
export function listRequestsOf(
  db: Db,
  orgId: number,
  personId: number,
  limit = 20,
): Promise<KeyRequest[]> {
  return store.selectRequestsOf(db, orgId, personId, limit);
}

/** Ids of the requests of these scopes, whatever became of them; for the audit log. */
export function listScopeRequests(
  db: Db,
  orgId: number,
  scopeIds: readonly number[],
): Promise<number[]> {
  return store.selectIdsOfScopes(db, orgId, scopeIds);
}

/** Who approved it so far. */
export function listApprovals(db: Db, orgId: number, requestId: number): Promise<KeyApproval[]> {
  return store.selectApprovals(db, orgId, requestId);
}
