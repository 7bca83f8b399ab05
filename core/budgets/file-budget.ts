import type { Db, Tx } from "../db/db.ts";
import type { Day } from "../time.ts";
import type { Budget, BudgetSlot } from "./schema.ts";
import { endAllOfScope, endVersion, insertBudget, listNamed, lockBudgets } from "./store.ts";

/** A live version that aispend.yaml can hold, with the name of its workflow or product. */
export interface NamedBudget {
  readonly budget: Budget;
  /** Undefined for a scope. */
  readonly name: string | undefined;
}

/** Live budgets and caps of scopes, workflows and products; those of keys go with their key. */
export function listNamedBudgets(db: Db, orgId: number): Promise<NamedBudget[]> {
  return listNamed(db, orgId);
}

export interface FileBudgetTerms extends Pick<Budget, "amount" | "thresholds" | "reason"> {
  readonly enforcement: "hard" | "soft" | undefined;
}

/**
 * What the file says of a slot, in the transaction of the apply, which audits it: a version of its own,
 * or the end of the one that stands. The operator's word needs no second approver.
 */
export async function setFileBudget(
  tx: Tx,
  args: {
    orgId: number;
    slot: BudgetSlot;
    terms: FileBudgetTerms | undefined;
    validFrom: Day;
    now: Date;
  },
): Promise<void> {
  const { orgId, slot, terms, now } = args;
  await lockBudgets(tx, orgId);
  const to = terms === undefined ? "ended" : "replaced";
  await endVersion(tx, { orgId, slot, from: "live", to, now });
  if (terms === undefined) return;
  const { enforcement, ...rest } = terms;
  await insertBudget(tx, {
    orgId,
    ...slot,
    ...rest,
    ...(enforcement === undefined ? {} : { enforcement }),
    state: "live",
    origin: "file",
    validFrom: args.validFrom,
    createdAt: now,
  });
}

/** A retired scope spends nothing: what was set for it ends with it, and what waits is withdrawn. */
export function endBudgetsOfScope(
  tx: Tx,
  args: { orgId: number; scopeId: number; now: Date },
): Promise<void> {
  return endAllOfScope(tx, args);
}
