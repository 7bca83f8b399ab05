import type { Pool } from "pg";
import type { AuditRecord } from "../audit/entry.ts";
import { record } from "../audit/service.ts";
import type { Db, Tx } from "../db/db.ts";
import { transaction } from "../db/transaction.ts";
import { AispendError } from "../errors.ts";
import { formatUsd } from "../money.ts";
import { recordChatBudget } from "../org/chat-value.ts";
import { eligible, may } from "../org/permission.ts";
import type { Roster } from "../org/raci.ts";
import { loadRoster } from "../org/roster.ts";
import { localDay } from "../time.ts";
import { perMonth, slotKey, subjectKey } from "./calendar.ts";
import { requireStanding, type Standing } from "./envelope.ts";
import { findBudgetPolicy } from "./policy.ts";
import {
  type Budget,
  type BudgetSlot,
  type BudgetSubject,
  type BudgetUnit,
  DEFAULT_THRESHOLDS,
  Thresholds,
} from "./schema.ts";
import * as store from "./store.ts";

/** An amount as the refusals of this domain say it. */
export function amountSaid(amount: bigint, unit: BudgetUnit): string {
  if (unit === "usd") return formatUsd(amount, amount % 1_000_000_000n === 0n ? 0 : 2);
  return `${amount.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ",")} tokens`;
}

/** The person who does it, as the audit log names them. */
export type Setter = Pick<AuditRecord, "actorAccount" | "surface"> & { readonly personId: number };

export interface SetBudget {
  readonly orgId: number;
  readonly slot: BudgetSlot;
  /** Nano-USD or tokens, above 0. */
  readonly amount: bigint;
  readonly thresholds?: readonly number[] | undefined;
  readonly reason: string;
  /** The version that was live when the change was asked for; another one since is a conflict. */
  readonly seen: number | undefined;
  readonly by: Setter;
  readonly now: Date;
  /** Tells the second approvers, in the same transaction. */
  readonly onPending?: (tx: Tx, budget: Budget, approvers: readonly number[]) => Promise<void>;
}

export type SetOutcome =
  | { readonly state: "live"; readonly budget: Budget; readonly standing: Standing }
  /** It waits for a second approver: one of these, nearest first. */
  | { readonly state: "pending"; readonly budget: Budget; readonly approvers: readonly number[] }
  /** The same amount stands already: nothing was changed. */
  | { readonly state: "unchanged"; readonly budget: Budget };

/** What is asked before anybody confirms: the reason may still be to come. */
export type Rehearsal = Pick<SetBudget, "orgId" | "slot" | "amount" | "thresholds" | "now"> & {
  readonly by: Pick<Setter, "personId">;
  readonly reason?: string | undefined;
};

function requireInput({ amount, reason, thresholds }: Rehearsal): void {
  if (amount <= 0n || amount > 9_000_000_000_000_000_000n) {
    throw new AispendError("amount_invalid", "a budget is an amount above 0, up to $9 billion", {
      kind: "unprocessable",
      help: "Write for example: budget set payments 12000",
    });
  }
  if (reason !== undefined && (reason.trim() === "" || reason.length > 500)) {
    throw new AispendError("reason_missing", "a budget needs a reason of 1 to 500 characters", {
      help: "Say why in a few words: the audit log keeps it.",
    });
  }
  const parsed = Thresholds.safeParse(thresholds ?? DEFAULT_THRESHOLDS.budget);
  if (parsed.success) return;
  throw new AispendError("thresholds_invalid", "alerts are percentages from 1 to 1000, ascending", {
    kind: "unprocessable",
    help: "Write for example: 50 80 100",
  });
}

function requireSeen(live: Budget | undefined, request: SetBudget): void {
  if (live?.id === request.seen || (live !== undefined && isSame(live, request))) return;
  throw new AispendError(
    "budget_changed_since",
    live === undefined
      ? "the budget was ended since"
      : `the budget was set to ${amountSaid(live.amount, live.unit)} since`,
    { kind: "conflict", help: "Look at it again, then set yours." },
  );
}

function isSame(live: Budget, { amount, thresholds }: SetBudget): boolean {
  const wanted = thresholds ?? live.thresholds;
  return live.amount === amount && live.thresholds.join() === wanted.join();
}

interface Case {
  readonly roster: Roster;
  readonly standing: Standing;
  /** The live version of the slot. */
  readonly before: Budget | undefined;
}

/** Who may and what fits, as things are. */
async function hear(db: Db, { orgId, slot, amount, by, now }: Rehearsal): Promise<Case> {
  const roster = await loadRoster(db, orgId);
  const live = await store.listLive(db, orgId);
  const said = (nano: bigint) => amountSaid(nano, slot.unit);
  const standing = requireStanding(roster, by.personId, { ...slot, amount }, live, now, said);
  const key = slotKey(slot);
  return { roster, standing, before: live.find((one) => slotKey(one) === key) };
}

/**
 * Sets a budget of a slot: who may is decided here and now. A new version replaces the live one; above
 * the organisation's limit it waits for a second approver, and the live one goes on. Throws
 * `not_permitted`, the faults of the envelope, `budget_changed_since`, and `approver_missing`.
 */
export async function setBudget(pool: Pool, request: SetBudget): Promise<SetOutcome> {
  requireInput(request);
  return transaction(pool, async (tx): Promise<SetOutcome> => {
    await store.lockBudgets(tx, request.orgId);
    const heard = await hear(tx, request);
    const { before, standing } = heard;
    requireSeen(before, request);
    if (before !== undefined && isSame(before, request)) {
      return { state: "unchanged", budget: before };
    }
    const approvers = await findApprovers(tx, request, heard);
    const budget = await append(tx, request, heard, approvers !== undefined);
    if (approvers === undefined) return { state: "live", budget, standing };
    await request.onPending?.(tx, budget, approvers);
    return { state: "pending", budget, approvers };
  });
}

/** What setting it would come to, before anybody is asked to confirm. Throws as `setBudget` does. */
export async function rehearseBudget(
  db: Db,
  request: Rehearsal,
): Promise<{ readonly standing: Standing; readonly approvers: readonly number[] }> {
  requireInput(request);
  const heard = await hear(db, request);
  const approvers = await findApprovers(db, request, heard);
  return { standing: heard.standing, approvers: approvers ?? [] };
}

/** Who must agree, where one must. Throws `approver_missing`. */
async function findApprovers(
  db: Db,
  request: Rehearsal,
  { before, roster }: Case,
): Promise<number[] | undefined> {
  const waits = await needsApproval(db, request, before);
  return waits ? requireApprovers(roster, request) : undefined;
}

/** A larger envelope above the limit needs a second approver; a smaller one never does. */
async function needsApproval(
  db: Db,
  { orgId, slot, amount }: Rehearsal,
  before: Budget | undefined,
): Promise<boolean> {
  if (slot.unit !== "usd" || (before !== undefined && amount <= before.amount)) return false;
  const { secondApprovalAbove } = await findBudgetPolicy(db, orgId);
  return secondApprovalAbove !== undefined && perMonth(amount, slot.period) > secondApprovalAbove;
}

/** What is asked of a second approver: never who asked for the budget. */
export function approvalOf(slot: BudgetSlot, setBy: number | undefined, now: Date) {
  return {
    action: "approve_budget",
    scopeId: slot.subject.kind === "scope" ? slot.subject.id : 0,
    requestedBy: setBy === undefined ? [] : [setBy],
    now,
  } as const;
}

function requireApprovers(roster: Roster, { slot, by, now }: Rehearsal): number[] {
  const question = approvalOf(slot, by.personId, now);
  const able = eligible(roster, question).map(({ personId }) => personId);
  if (able.length > 0) return able;
  const own = may(roster, by.personId, question);
  if (own.allowed) return [by.personId];
  throw new AispendError(
    "approver_missing",
    "a budget of this size needs a second approver, and there is none",
    { kind: "forbidden", help: own.help },
  );
}

async function append(
  tx: Tx,
  request: SetBudget,
  { before, roster, standing }: Case,
  waits: boolean,
): Promise<Budget> {
  const { orgId, slot, amount, by, now } = request;
  const ended = waits
    ? { from: "pending" as const, to: "withdrawn" as const }
    : { from: "live" as const, to: "replaced" as const };
  await store.endVersion(tx, { orgId, slot, ...ended, now });
  const thresholds = request.thresholds ?? before?.thresholds ?? DEFAULT_THRESHOLDS.budget;
  const draft: store.NewBudget = {
    orgId,
    ...slot,
    amount,
    thresholds: [...thresholds],
    state: waits ? "pending" : "live",
    origin: "chat",
    setBy: by.personId,
    reason: request.reason.trim(),
    validFrom: localDay(now, roster.timeZone),
    createdAt: now,
  };
  const id = await store.insertBudget(tx, draft);
  if (!waits) await recordChatBudget(tx, { ...draft, setBy: by.personId, setAt: now });
  await record(tx, {
    orgId,
    actor: by.personId,
    actorAccount: by.actorAccount,
    surface: by.surface,
    action: waits ? "budget.proposed" : "budget.set",
    subject: subjectKey(slot.subject),
    before: before && auditValue(before),
    after: { ...auditValue({ ...draft, id }), way: standing.way, as: standing.as.role },
    reason: draft.reason,
    at: now,
  });
  return { ...draft, id };
}

/** A version as the audit log keeps it. */
export function auditValue(of: Pick<Budget, "id" | "amount" | "thresholds"> & BudgetSlot) {
  const { id, kind, period, unit, amount, thresholds } = of;
  return { version: id, kind, period, unit, amount: amount.toString(), thresholds };
}

/** Live and waiting versions of one subject, budgets and caps. */
export function listBudgets(db: Db, orgId: number, subject: BudgetSubject): Promise<Budget[]> {
  return store.listCurrent(db, orgId, subject);
}

export function listLiveBudgets(db: Db, orgId: number): Promise<Budget[]> {
  return store.listLive(db, orgId);
}

export function listBudgetHistory(
  db: Db,
  orgId: number,
  subject: BudgetSubject,
  limit: number,
): Promise<Budget[]> {
  return store.listHistory(db, orgId, subject, limit);
}
