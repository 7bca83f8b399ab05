import type { Pool } from "pg";
import { record } from "../audit/service.ts";
import type { Db } from "../db/db.ts";
import { transaction } from "../db/transaction.ts";
import { AispendError } from "../errors.ts";
import { requirePermission } from "../org/permission.ts";
import { loadRoster } from "../org/roster.ts";
import { SECOND_APPROVAL_ABOVE, WARN_DAYS } from "./calendar.ts";
import type { Setter } from "./service.ts";
import { findPolicy, savePolicy } from "./store.ts";

export interface BudgetPolicy {
  /** Nano-USD a month; undefined: never. */
  readonly secondApprovalAbove: bigint | undefined;
  /** Days ahead at which it is warned that a budget will be used up. */
  readonly warnDays: number;
}

export async function findBudgetPolicy(db: Db, orgId: number): Promise<BudgetPolicy> {
  const row = await findPolicy(db, orgId);
  return row === undefined
    ? { secondApprovalAbove: SECOND_APPROVAL_ABOVE, warnDays: WARN_DAYS }
    : { secondApprovalAbove: row.secondApprovalAbove ?? undefined, warnDays: row.warnDays };
}

export const WARN_DAYS_MAX = 90;

/**
 * How many days ahead an exhaustion is warned of, for the A of set AI budget at the organisation.
 * Throws `not_permitted` and `warn_days_invalid`.
 */
export function setWarnDays(
  pool: Pool,
  request: { orgId: number; days: number; by: Setter; now: Date },
): Promise<void> {
  const { orgId, days, by, now } = request;
  return transaction(pool, async (tx) => {
    const roster = await loadRoster(tx, orgId);
    requirePermission(roster, by.personId, { action: "set_budget", scopeId: 0, now });
    if (!Number.isInteger(days) || days < 1 || days > WARN_DAYS_MAX) {
      throw new AispendError("warn_days_invalid", `${days} is no number of days to warn ahead`, {
        kind: "unprocessable",
        help: `Write a number from 1 to ${WARN_DAYS_MAX}, for example: budget warn 7`,
      });
    }
    const before = await findBudgetPolicy(tx, orgId);
    const { secondApprovalAbove } = before;
    await savePolicy(tx, { orgId, secondApprovalAbove, warnDays: days });
    await record(tx, {
      orgId,
      actor: by.personId,
      actorAccount: by.actorAccount,
      surface: by.surface,
      action: "budget_policy.set",
      subject: "organization",
      before: { warnDays: before.warnDays },
      after: { warnDays: days },
      at: now,
    });
  });
}

/**
 * From which amount a month a budget needs a second approver: set by whoever is that approver, the A of
 * set cost policy at the organisation. Throws `not_permitted`.
 */
export function setSecondApproval(
  pool: Pool,
  request: { orgId: number; above: bigint | undefined; by: Setter; now: Date },
): Promise<void> {
  const { orgId, above, by, now } = request;
  return transaction(pool, async (tx) => {
    const roster = await loadRoster(tx, orgId);
    requirePermission(roster, by.personId, { action: "approve_budget", scopeId: 0, now });
    const before = await findBudgetPolicy(tx, orgId);
    await savePolicy(tx, { orgId, secondApprovalAbove: above, warnDays: before.warnDays });
    const value = (amount: bigint | undefined) => ({ above: amount?.toString() ?? null });
    await record(tx, {
      orgId,
      actor: by.personId,
      actorAccount: by.actorAccount,
      surface: by.surface,
      action: "budget_policy.set",
      subject: "organization",
      before: value(before.secondApprovalAbove),
      after: value(above),
      at: now,
    });
  });
}
