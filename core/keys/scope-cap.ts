import type { Pool } from "pg";
import { scrub } from "../audit/opaque.ts";
import { record } from "../audit/service.ts";
import { listCaps, putCap } from "../budgets/caps.ts";
import type { Budget, BudgetPeriod } from "../budgets/schema.ts";
import type { Db, Tx } from "../db/db.ts";
import { transaction } from "../db/transaction.ts";
import { AispendError } from "../errors.ts";
import { eligible, type Permission, requirePermission } from "../org/permission.ts";
import { lineage, type Roster } from "../org/raci.ts";
import { loadRoster } from "../org/roster.ts";
import { type Day, localDay } from "../time.ts";
import { insertRaise, selectRaises } from "./block-store.ts";
import { type Effect, loadEffect } from "./effect.ts";
import { endOfDay } from "./grant.ts";
import { notifyGateways } from "./key-store.ts";
import { requireMore } from "./raise.ts";
import { byOf, type Person } from "./request-service.ts";
import type { CapRaise } from "./schema.ts";

/** Whether a cap fits the budget that it lies in. */
async function standingOf(
  db: Db,
  roster: Roster,
  scopeId: number,
  cap: { amount: bigint; period: BudgetPeriod },
  now: Date,
): Promise<Effect> {
  return loadEffect(db, {
    roster,
    scopeId,
    terms: { capAmount: cap.amount, capPeriod: cap.period, models: [], untilDay: undefined },
    today: localDay(now, roster.timeZone),
  });
}

export interface CapWish {
  readonly orgId: number;
  /** A scope; the cap of a key is changed by a request. */
  readonly scopeId: number;
  readonly amount: bigint;
  readonly period: BudgetPeriod;
  /** set: for good. raise: until the end of a day. */
  readonly untilDay: Day | undefined;
  readonly reason: string;
  /** Who asked for it, where another one presses. */
  readonly askedBy?: number | undefined;
  readonly by: Person;
  readonly now: Date;
}

/**
 * Hard at an agent; on anything wider a new hard cap only counts for 7 days what it would refuse.
 */
const SHADOW_DAYS = 7;
const DAY_MS = 86_400_000;

function capRight(raises: boolean, { inside }: Effect): Permission {
  if (raises) return inside ? "raise_cap" : "raise_cap_above_budget";
  return inside ? "approve_cap" : "approve_cap_above_budget";
}

/** Who could do it instead, nearest first; for a request. */
export async function capApprovers(db: Db, wish: CapWish): Promise<readonly number[]> {
  const roster = await loadRoster(db, wish.orgId);
  const effect = await standingOf(db, roster, wish.scopeId, wish, wish.now);
  const action = capRight(wish.untilDay !== undefined, effect);
  const requestedBy = [wish.by.personId];
  const able = eligible(roster, { action, scopeId: wish.scopeId, requestedBy, now: wish.now });
  const level = able[0]?.scopeId;
  return able.filter(({ scopeId }) => scopeId === level).map(({ personId }) => personId);
}

export type CapOutcome =
  | { readonly state: "set"; readonly cap: Budget; readonly shadowUntil: Date | undefined }
  | { readonly state: "raised"; readonly raise: CapRaise }
  | { readonly state: "unchanged"; readonly untilAt: Date };

/**
 * Sets or raises the cap of a scope: by its owner inside the budget, above it by the A of set cost
 * policy. A raise holds until the end of a day, beside the cap. Throws `not_permitted`,
 * `cap_missing`.
 */
export function changeCap(pool: Pool, wish: CapWish): Promise<CapOutcome> {
  const { orgId, scopeId, amount, period, by, now, untilDay } = wish;
  return transaction(pool, async (tx): Promise<CapOutcome> => {
    const roster = await loadRoster(tx, orgId);
    if (amount <= 0n) {
      throw new AispendError("cap_invalid", "a cap is an amount above $0", { help: "Write 75." });
    }
    const effect = await standingOf(tx, roster, scopeId, wish, now);
    requirePermission(roster, by.personId, {
      action: capRight(untilDay !== undefined, effect),
      scopeId,
      requestedBy: wish.askedBy === undefined ? [] : [wish.askedBy],
      now,
    });
    const subject = { kind: "scope" as const, id: scopeId };
    const reason = scrub(wish.reason).trim().slice(0, 500) || "set in chat";
    const actor = byOf(by);
    const shared = { orgId, subject, period, amount, reason, now };
    if (untilDay !== undefined) return raise(tx, roster, { ...shared, untilDay, by });
    // The agent, its project, its team and the organisation.
    const isAgent = lineage(roster, scopeId).length === 4;
    const shadowUntil = isAgent ? undefined : new Date(now.getTime() + SHADOW_DAYS * DAY_MS);
    const { timeZone } = roster;
    const cap = await putCap(tx, {
      ...shared,
      enforcement: "hard",
      shadowUntil,
      timeZone,
      by: actor,
    });
    await notifyGateways(tx, orgId);
    return { state: "set", cap, shadowUntil: cap.shadowUntil };
  });
}

async function raise(
  tx: Tx,
  roster: Roster,
  args: {
    orgId: number;
    subject: { kind: "scope"; id: number };
    period: BudgetPeriod;
    amount: bigint;
    reason: string;
    untilDay: Day;
    by: Person;
    now: Date;
  },
): Promise<CapOutcome> {
  const { untilDay, by, now, ...rest } = args;
  requireMore(await listCaps(tx, args.orgId, args.subject), args);
  const untilAt = endOfDay(untilDay, roster.timeZone);
  const there = (await selectRaises(tx, args.orgId, now)).find(
    ({ subject, period, amount }) =>
      subject.kind === "scope" &&
      subject.id === args.subject.id &&
      period === args.period &&
      amount >= args.amount,
  );
  if (there !== undefined && there.untilAt >= untilAt) {
    return { state: "unchanged", untilAt: there.untilAt };
  }
  const draft = { ...rest, origin: "raise" as const, fromAt: now, untilAt, raisedBy: by.personId };
  const id = await insertRaise(tx, draft);
  await record(tx, {
    ...byOf(by),
    orgId: args.orgId,
    action: "cap.raised",
    subject: `scope:${args.subject.id}`,
    after: { raise: id, period: args.period, amount: args.amount.toString(), untilAt },
    reason: args.reason,
    at: now,
  });
  await notifyGateways(tx, args.orgId);
  return { state: "raised", raise: { ...draft, id } };
}
