import { randomUUID } from "node:crypto";
import type { Pool } from "pg";
import { record } from "../audit/service.ts";
import type { Db, Tx } from "../db/db.ts";
import { transaction } from "../db/transaction.ts";
import { AispendError } from "../errors.ts";
import { appendClaim } from "../ledger/claim.ts";
import { type NanoUsd, nanoUsd, usdDecimal } from "../money.ts";
import { chainOf, type Directory, loadDirectory } from "../org/directory.ts";
import { requirePermission } from "../org/permission.ts";
import { loadRoster } from "../org/roster.ts";
import type { Period } from "../time.ts";
import * as store from "./dispute-store.ts";
import { type LikelyOwner, likelyOwners } from "./likely-owner.ts";
import type { Dispute } from "./schema.ts";
import type { Presser } from "./service.ts";

export type { Line } from "./dispute-store.ts";

/** How long one owner has to answer. */
const ANSWER_DAYS = 14;
const MS_PER_DAY = 86_400_000;

/** Tells whoever is asked now, in the transaction that asks. */
export type TellAsked = (tx: Tx, dispute: Dispute) => Promise<void>;

/** Tells how it went, in the transaction that books it. */
export type TellAccepted = (tx: Tx, accepted: Dispute, moved: NanoUsd) => Promise<void>;

export function listLines(
  db: Db,
  args: { orgId: number; teamId: number; period: Period },
): Promise<store.Line[]> {
  return store.listLines(db, args);
}

/** The names of a dispute's line. */
export function nameLine(db: Db, dispute: Dispute): ReturnType<typeof store.findLineNames> {
  return store.findLineNames(db, dispute);
}

/** Open disputes and what was settled since; the newest first. */
export function listDisputes(db: Db, orgId: number, settledSince: Date): Promise<Dispute[]> {
  return store.listDisputes(db, orgId, settledSince, 200);
}

function periodOf({ periodStart, periodEnd }: Dispute): Period {
  return { start: periodStart, end: periodEnd };
}

async function ownersOf(
  tx: Tx,
  directory: Directory,
  of: { chain: store.Line["chain"]; keyId: number | null; period: Period },
  declined: readonly number[],
): Promise<LikelyOwner[]> {
  const line = { orgId: directory.orgId, ...of };
  const facts = await store.listFacts(tx, line);
  const before = await store.listPaidBefore(tx, line);
  return likelyOwners(directory, { teamId: of.chain.teamId, facts }, before, declined);
}

const NOBODY = "no rule, key, earlier payer or name says whose it is";

function expiry(now: Date): Date {
  return new Date(now.getTime() + ANSWER_DAYS * MS_PER_DAY);
}

export interface RaiseDispute {
  readonly orgId: number;
  readonly line: store.Line;
  readonly period: Period;
  readonly reason: string;
  readonly by: Presser;
  readonly now: Date;
  readonly tell: TellAsked;
}

/**
 * Says that a line belongs elsewhere, and asks the likeliest owner. For the R or A of attributing spend
 * of the team that was shown it. Throws `not_permitted`, `reason_missing` and `line_disputed`.
 */
export function raiseDispute(pool: Pool, request: RaiseDispute): Promise<Dispute> {
  const { orgId, line, period, by, now } = request;
  const reason = request.reason.trim();
  if (reason === "" || reason.length > 500) {
    throw new AispendError("reason_missing", "a dispute needs a reason of 1 to 500 characters", {
      help: "Say in a few words why it is not yours: whoever is asked reads it.",
    });
  }
  return transaction(pool, async (tx) => {
    const roster = await loadRoster(tx, orgId);
    const scopeId = line.chain.teamId;
    const question = { action: "disown_spend", scopeId, now } as const;
    const { as } = requirePermission(roster, by.personId, question);
    await store.expireDisputes(tx, orgId, now);
    const directory = await loadDirectory(tx, orgId);
    const [owner] = await ownersOf(tx, directory, { ...line, period }, []);
    const draft: store.NewDispute = {
      orgId,
      claimId: randomUUID(),
      ...line.chain,
      keyId: line.keyId,
      periodStart: period.start,
      periodEnd: period.end,
      cost: line.cost,
      reason,
      raisedBy: by.personId,
      raisedAt: now,
      askedScopeId: owner?.scopeId ?? null,
      because: owner?.because ?? NOBODY,
      expiresAt: expiry(now),
      state: owner === undefined ? "unowned" : "asked",
    };
    const id = await store.insertDispute(tx, draft);
    if (id === undefined) {
      throw new AispendError("line_disputed", "this line is disputed already", {
        kind: "conflict",
        help: "Whoever was asked decides; you will be told.",
      });
    }
    await record(tx, {
      orgId,
      actor: by.personId,
      actorAccount: by.actorAccount,
      surface: by.surface,
      action: "spend.disputed",
      subject: `scope:${scopeId}`,
      after: {
        dispute: id,
        ...line.chain,
        key: line.keyId,
        from: period.start,
        until: period.end,
        cost: usdDecimal(line.cost),
        asked: draft.askedScopeId,
        as: as.role,
      },
      reason,
      at: now,
    });
    const settled = { declined: [], settledBy: null, settledAt: null, settledScopeId: null };
    const dispute: Dispute = { ...draft, id, ...settled };
    await request.tell(tx, dispute);
    return dispute;
  });
}

export interface AnswerDispute {
  readonly orgId: number;
  readonly id: number;
  readonly by: Presser;
  readonly now: Date;
}

export type DisputeOutcome =
  | { readonly state: "accepted"; readonly dispute: Dispute; readonly moved: NanoUsd }
  | { readonly state: "passed_on"; readonly dispute: Dispute }
  /** Somebody was first, or the time is over: nothing was changed. */
  | { readonly state: "already" | "expired"; readonly dispute: Dispute };

async function lockOpen(tx: Tx, { orgId, id, now }: AnswerDispute) {
  const dispute = await store.lockDispute(tx, orgId, id);
  if (dispute === undefined) {
    throw new AispendError("dispute_not_found", `there is no dispute ${id}`, {
      kind: "not_found",
      help: "It may belong to another organisation.",
    });
  }
  if (dispute.state === "expired") return { dispute, closed: "expired" as const };
  if (dispute.state === "accepted") return { dispute, closed: "already" as const };
  const isOver = dispute.state === "asked" && dispute.expiresAt <= now;
  return { dispute, closed: isOver ? ("expired" as const) : undefined };
}

/**
 * The receiving scope says that it is its own: a correction books it there. Without a scope, the one that
 * was asked. Authorised now, done once. Throws `not_permitted`, `dispute_not_found` and
 * `scope_not_asked`.
 */
export function acceptDispute(
  pool: Pool,
  request: AnswerDispute & { readonly scopeId?: number; readonly tell: TellAccepted },
): Promise<DisputeOutcome> {
  const { orgId, id, by, now } = request;
  return transaction(pool, async (tx): Promise<DisputeOutcome> => {
    const { dispute, closed } = await lockOpen(tx, request);
    const scopeId = request.scopeId ?? dispute.askedScopeId ?? dispute.settledScopeId;
    if (scopeId === null) {
      throw new AispendError("scope_not_asked", "nobody is asked; say for which scope it is", {
        help: "Name the team, project or agent that it belongs to.",
      });
    }
    const roster = await loadRoster(tx, orgId);
    const question = { action: "claim_spend", scopeId, now } as const;
    const { as } = requirePermission(roster, by.personId, question);
    if (closed !== undefined) return { state: closed, dispute };
    const directory = await loadDirectory(tx, orgId);
    const to = chainOf(directory.scopes, scopeId);
    await store.acceptDispute(tx, { orgId, id, by: by.personId, scopeId, now });
    await record(tx, {
      orgId,
      actor: by.personId,
      actorAccount: by.actorAccount,
      surface: by.surface,
      action: "spend.dispute_accepted",
      subject: `scope:${scopeId}`,
      before: { teamId: dispute.teamId, projectId: dispute.projectId, agentId: dispute.agentId },
      after: { dispute: id, ...to, claim: dispute.claimId, as: as.role },
      at: now,
    });
    const { cost } = await appendClaim(tx, {
      orgId,
      claimId: dispute.claimId,
      from: dispute,
      to,
      period: periodOf(dispute),
      ...(dispute.keyId === null ? {} : { keyId: dispute.keyId }),
      recordedAt: now,
    });
    const settled = { settledBy: by.personId, settledAt: now, settledScopeId: scopeId };
    const accepted: Dispute = { ...dispute, ...settled, state: "accepted" };
    await request.tell(tx, accepted, nanoUsd(cost));
    return { state: "accepted", dispute: accepted, moved: nanoUsd(cost) };
  });
}

/**
 * "Not mine either": the next likely owner is asked; when nobody is left it waits for whoever claims it.
 * Authorised now, done once. Throws as `acceptDispute`.
 */
export function passOnDispute(
  pool: Pool,
  request: AnswerDispute & { readonly scopeId: number; readonly tell: TellAsked },
): Promise<DisputeOutcome> {
  const { orgId, id, scopeId, by, now } = request;
  return transaction(pool, async (tx): Promise<DisputeOutcome> => {
    const { dispute, closed } = await lockOpen(tx, request);
    const roster = await loadRoster(tx, orgId);
    const question = { action: "disown_spend", scopeId, now } as const;
    const { as } = requirePermission(roster, by.personId, question);
    if (closed !== undefined) return { state: closed, dispute };
    // The card of a scope that is no longer asked.
    if (dispute.askedScopeId !== scopeId) return { state: "already", dispute };
    const declined = [...dispute.declined, scopeId];
    const directory = await loadDirectory(tx, orgId);
    const of = { chain: dispute, keyId: dispute.keyId, period: periodOf(dispute) };
    const [owner] = await ownersOf(tx, directory, of, declined);
    const next = {
      askedScopeId: owner?.scopeId ?? null,
      because: owner?.because ?? NOBODY,
      declined,
      expiresAt: expiry(now),
    };
    await store.askNext(tx, { orgId, id, ...next });
    await record(tx, {
      orgId,
      actor: by.personId,
      actorAccount: by.actorAccount,
      surface: by.surface,
      action: "spend.dispute_declined",
      subject: `scope:${scopeId}`,
      after: { dispute: id, asked: next.askedScopeId, as: as.role },
      at: now,
    });
    const state = owner === undefined ? "unowned" : "asked";
    const passed: Dispute = { ...dispute, ...next, state };
    await request.tell(tx, passed);
    return { state: "passed_on", dispute: passed };
  });
}
