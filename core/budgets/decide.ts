import type { Pool } from "pg";
import { record } from "../audit/service.ts";
import type { Db, Tx } from "../db/db.ts";
import { transaction } from "../db/transaction.ts";
import { AispendError } from "../errors.ts";
import { recordChatBudget } from "../org/chat-value.ts";
import { may, requirePermission } from "../org/permission.ts";
import type { Roster } from "../org/raci.ts";
import { loadRoster } from "../org/roster.ts";
import { slotKey, subjectKey } from "./calendar.ts";
import { isSplitBy, requireFit } from "./envelope.ts";
import type { Budget } from "./schema.ts";
import { amountSaid, approvalOf, auditValue, type Setter } from "./service.ts";
import * as store from "./store.ts";

export type Decision = "approve" | "decline";

export interface DecideBudget {
  readonly orgId: number;
  readonly id: number;
  readonly decision: Decision;
  readonly by: Setter;
  readonly now: Date;
}

export type DecisionOutcome =
  | { readonly state: "decided"; readonly budget: Budget; readonly selfApproval: boolean }
  /** Somebody was first: the version as it stands now. */
  | { readonly state: "already"; readonly budget: Budget };

/**
 * The second approver's press. Authorised now, done once: whoever presses later is told how it went.
 * A
 * split has to fit into what is left of its envelope now, whatever was approved since it was asked for.
 * Throws `not_permitted`, `budget_not_found`, and the faults of the envelope.
 */
export function decideBudget(pool: Pool, request: DecideBudget): Promise<DecisionOutcome> {
  const { orgId, id, by, now } = request;
  return transaction(pool, async (tx): Promise<DecisionOutcome> => {
    await store.lockBudgets(tx, orgId);
    const budget = await requireBudget(tx, orgId, id);
    const roster = await loadRoster(tx, orgId);
    const question = approvalOf(budget, budget.setBy, now);
    const { as, selfApproval } = requirePermission(roster, by.personId, question);
    if (budget.state !== "pending") return { state: "already", budget };
    const before = (await store.listCurrent(tx, orgId, budget.subject)).find(
      (one) => one.state === "live" && slotKey(one) === slotKey(budget),
    );
    const approves = request.decision === "approve";
    if (approves) {
      await requireRoom(tx, roster, budget, now);
      await store.endVersion(tx, { orgId, slot: budget, from: "live", to: "replaced", now });
    }
    const to = approves ? "live" : "declined";
    await store.decideVersion(tx, { orgId, id, to, by: by.personId, now });
    if (approves) await recordChatBudget(tx, { ...budget, setBy: by.personId, setAt: now });
    await record(tx, {
      orgId,
      actor: by.personId,
      actorAccount: by.actorAccount,
      surface: by.surface,
      action: approves ? "budget.approved" : "budget.declined",
      subject: subjectKey(budget.subject),
      before: before && auditValue(before),
      after: { ...auditValue(budget), as: as.role, ...(selfApproval ? { selfApproval } : {}) },
      at: now,
    });
    return { state: "decided", budget: await requireBudget(tx, orgId, id), selfApproval };
  });
}

/** Nothing waits in an envelope: two that wait may each have fitted into it, and not both. */
async function requireRoom(tx: Tx, roster: Roster, budget: Budget, now: Date): Promise<void> {
  if (budget.setBy === undefined || !isSplitBy(roster, budget.setBy, budget, now)) return;
  const live = await store.listLive(tx, budget.orgId);
  requireFit(roster, budget, live, (amount) => amountSaid(amount, budget.unit));
}

/** The waiting budgets that this person may decide now; asked again when the button is pressed. */
export async function listToDecide(
  db: Db,
  { orgId, personId, now }: { orgId: number; personId: number; now: Date },
): Promise<Budget[]> {
  const pending = await store.listPending(db, orgId);
  if (pending.length === 0) return [];
  const roster = await loadRoster(db, orgId);
  return pending.filter((one) => may(roster, personId, approvalOf(one, one.setBy, now)).allowed);
}

async function requireBudget(db: Db, orgId: number, id: number): Promise<Budget> {
  const budget = await store.findBudget(db, orgId, id);
  if (budget !== undefined) return budget;
  throw new AispendError("budget_not_found", `there is no budget ${id}`, {
    kind: "not_found",
    help: "Ask for it by its team: budget payments",
  });
}
