import type { Pool } from "pg";
import { scrub } from "../audit/opaque.ts";
import { record } from "../audit/service.ts";
import { endCaps } from "../budgets/caps.ts";
import type { Tx } from "../db/db.ts";
import { transaction } from "../db/transaction.ts";
import { AispendError } from "../errors.ts";
import type { Roster } from "../org/raci.ts";
import { loadRoster } from "../org/roster.ts";
import { localDay } from "../time.ts";
import { voteOf } from "./approval.ts";
import { type Effect, loadEffect } from "./effect.ts";
import { grantKey, grantRaise, termsSaid } from "./grant.ts";
import { nextState } from "./key-state.ts";
import { lockKey, notifyGateways, updateState } from "./key-store.ts";
import { findKeyPolicy } from "./policy.ts";
import { byOf, getRequest, needsSecond, type Person, requestNotFound } from "./request-service.ts";
import * as store from "./request-store.ts";
import type { KeyApproval, KeyRequest } from "./schema.ts";
import { narrowed, rightsFor, type TermsChange, termsOf } from "./terms.ts";

export type Decision =
  | { readonly kind: "approve"; readonly change?: TermsChange | undefined }
  | { readonly kind: "deny"; readonly reason: string }
  /** By the one who asked. */
  | { readonly kind: "withdraw" }
  /** Until the secret is revealed. */
  | { readonly kind: "undo" };

export type DecisionState =
  /** As it was decided now. */
  | "decided"
  /** The first of two approved: it waits for the second. */
  | "half"
  /** Somebody, or time, was first: nothing was changed. */
  | "already";

export interface Decided {
  readonly state: DecisionState;
  readonly request: KeyRequest;
  readonly approvals: readonly KeyApproval[];
  readonly effect: Effect;
  readonly roster: Roster;
}

export interface DecideRequest {
  readonly orgId: number;
  readonly id: number;
  readonly decision: Decision;
  readonly by: Person;
  readonly now: Date;
  /** Turns the cards into their outcome, in the same transaction; not called for `already`. */
  readonly onDecided?: (tx: Tx, decided: Decided) => Promise<void>;
}

/**
 * One press on a request: authorised now, and done once. Whoever presses later is told how it went.
 * Throws `not_permitted`, `terms_wider`, `request_not_found`.
 */
export function decideRequest(pool: Pool, args: DecideRequest): Promise<Decided> {
  const { orgId, id, decision, now } = args;
  return transaction(pool, async (tx) => {
    const request = await store.lockRequest(tx, orgId, id);
    if (request === undefined) throw requestNotFound(id);
    const roster = await loadRoster(tx, orgId);
    const change = decision.kind === "approve" ? (decision.change ?? {}) : {};
    const terms = request.state === "pending" ? narrowed(request, change) : termsOf(request);
    const effect = await loadEffect(tx, {
      roster,
      scopeId: request.scopeId,
      terms,
      today: localDay(now, roster.timeZone),
      exceptKeyId: request.keyId,
    });
    const wanted: Deciding = { ...args, tx, roster, request, effect, terms };
    const state = await decideLocked(wanted);
    const decided: Decided = {
      state,
      request: await getRequest(tx, orgId, id),
      approvals: await store.selectApprovals(tx, orgId, id),
      effect,
      roster,
    };
    if (state !== "already") await args.onDecided?.(tx, decided);
    return decided;
  });
}

interface Deciding extends DecideRequest {
  readonly tx: Tx;
  readonly roster: Roster;
  readonly request: KeyRequest;
  readonly effect: Effect;
  readonly terms: ReturnType<typeof termsOf>;
}

function decideLocked(deciding: Deciding): Promise<DecisionState> {
  const { decision } = deciding;
  switch (decision.kind) {
    case "approve":
      return approve(deciding);
    case "deny":
      return deny(deciding, decision.reason);
    case "withdraw":
      return withdraw(deciding);
    case "undo":
      return undo(deciding);
  }
}

async function approve(deciding: Deciding): Promise<DecisionState> {
  const { tx, orgId, by, now, roster, request, effect, terms } = deciding;
  const rights = rightsFor(request.kind, effect);
  const given = await store.selectApprovals(tx, orgId, request.id);
  if (request.state !== "pending") {
    requireAnyRight(deciding, given);
    return "already";
  }
  const policy = await findKeyPolicy(tx, orgId);
  const approvalsNeeded = needsSecond(policy, effect.capPerMonth) ? 2 : 1;
  const granted: KeyRequest = {
    ...request,
    approvalsNeeded,
    grantedCap: terms.capAmount,
    grantedModels: [...terms.models],
    grantedUntil: terms.untilDay,
  };
  const vote = voteOf(roster, by.personId, granted, rights, given, now);
  await store.updateGranted(tx, granted);
  await store.insertApproval(tx, {
    orgId,
    requestId: request.id,
    personId: by.personId,
    part: vote.part,
    role: vote.as.role,
    heldAt: vote.as.scopeId,
    selfApproval: vote.selfApproval,
    approvedAt: now,
  });
  const parts = new Set([...given.map(({ part }) => part), vote.part]);
  const complete = parts.has("first") && (approvalsNeeded === 1 || parts.has("second"));
  const actor = byOf(by);
  let keyId = request.keyId;
  if (complete) {
    const granting = { roster, request: granted, by: actor, now };
    if (request.kind === "issue") keyId = await grantKey(tx, granting);
    else await grantRaise(tx, granting);
    await store.decide(tx, {
      ...{ orgId, id: request.id, from: "pending", to: "approved", by: by.personId, now },
      reason: undefined,
      ...(keyId === undefined ? {} : { keyId }),
    });
  }
  await record(tx, {
    ...actor,
    orgId,
    action: complete ? "key.approved" : "key.approved_first",
    subject: `key_request:${request.id}`,
    before: termsSaid(termsOf(request)),
    after: {
      ...termsSaid(terms),
      as: vote.as.role,
      heldAt: `scope:${vote.as.scopeId}`,
      ...(keyId === undefined ? {} : { key: `virtual_key:${keyId}` }),
      ...(vote.selfApproval ? { selfApproval: true } : {}),
    },
    at: now,
  });
  return complete ? "decided" : "half";
}

/** Who may not decide at all is told so, and not how it went. */
function requireAnyRight(
  { roster, by, now, request, effect }: Deciding,
  given: readonly KeyApproval[],
): void {
  if (request.decidedBy === by.personId) return;
  if (given.some(({ personId }) => personId === by.personId)) return;
  voteOf(roster, by.personId, request, rightsFor(request.kind, effect), [], now);
}

async function end(
  deciding: Deciding,
  to: "denied" | "withdrawn",
  reason: string | undefined,
): Promise<DecisionState> {
  const { tx, orgId, by, now, request } = deciding;
  const who = by.personId;
  const args = { orgId, id: request.id, from: "pending", to, by: who, reason, now } as const;
  if (!(await store.decide(tx, args))) return "already";
  await record(tx, {
    ...byOf(by),
    orgId,
    action: `key.${to}`,
    subject: `key_request:${request.id}`,
    reason,
    at: now,
  });
  return "decided";
}

async function deny(deciding: Deciding, reason: string): Promise<DecisionState> {
  const { roster, by, now, request, effect } = deciding;
  const said = scrub(reason).trim();
  if (said === "" || said.length > 500) {
    throw new AispendError("reason_missing", "say why it is denied, in 1 to 500 characters", {
      help: "The one who asked reads it, and the audit log keeps it.",
    });
  }
  voteOf(roster, by.personId, request, rightsFor(request.kind, effect), [], now);
  return end(deciding, "denied", said);
}

async function withdraw(deciding: Deciding): Promise<DecisionState> {
  const { by, request } = deciding;
  if (by.personId !== request.requestedBy) {
    throw new AispendError("not_permitted", "only the one who asked can withdraw a request", {
      kind: "forbidden",
      help: "Whoever may approve it can deny it.",
    });
  }
  return end(deciding, "withdrawn", undefined);
}

async function undo(deciding: Deciding): Promise<DecisionState> {
  const { tx, orgId, by, now, roster, request, effect } = deciding;
  if (request.decidedBy !== by.personId) {
    voteOf(roster, by.personId, request, rightsFor(request.kind, effect), [], now);
  }
  if (request.state !== "approved" || request.kind !== "issue") return "already";
  const key = await lockKey(tx, orgId, request.keyId ?? 0);
  if (key === undefined || nextState(key.state, "undo") === undefined) {
    throw new AispendError("key_revealed", `the key ${request.name} was revealed already`, {
      kind: "conflict",
      help: `Revoke it instead: key revoke ${request.name}`,
    });
  }
  await updateState(tx, { orgId, id: key.id, state: "undone", now, ended: true });
  await endCaps(tx, { orgId, subject: { kind: "key", id: key.dimensionId }, by: byOf(by), now });
  const to = { from: "approved", to: "undone" } as const;
  await store.decide(tx, { orgId, id: request.id, ...to, by: by.personId, reason: undefined, now });
  await record(tx, {
    ...byOf(by),
    orgId,
    action: "key.undone",
    subject: `virtual_key:${key.id}`,
    before: { state: key.state },
    after: { state: "undone" },
    at: now,
  });
  await notifyGateways(tx, orgId);
  return "decided";
}
