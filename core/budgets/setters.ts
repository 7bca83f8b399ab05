import type { Db } from "../db/db.ts";
import { AispendError } from "../errors.ts";
import { may, type Permission } from "../org/permission.ts";
import { loadRoster } from "../org/roster.ts";
import { budgetRight } from "./envelope.ts";
import type { BudgetSubject } from "./schema.ts";

/** Whether somebody may, and who else may. */
export interface Setters {
  readonly allowed: boolean;
  /** Nearest first; empty where nobody may, or where the one who asks may. */
  readonly who: readonly number[];
}

const NOBODY: Setters = { allowed: false, who: [] };

/** Nobody answers for anything until an aispend.yaml was applied. */
async function orNobody(find: () => Promise<Setters>): Promise<Setters> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof AispendError && error.code === "accountable_missing") return NOBODY;
    throw error;
  }
}

interface Question {
  readonly orgId: number;
  readonly personId: number;
  readonly now: Date;
}

/** Who may set the budget of a subject. What is offered by it is decided anew when it is pressed. */
export function findSetters(
  db: Db,
  { orgId, personId, subject, now }: Question & { subject: BudgetSubject },
): Promise<Setters> {
  return orNobody(async () => {
    const right = budgetRight(await loadRoster(db, orgId), personId, subject, now);
    return { allowed: right.allowed, who: right.allowed ? [] : right.who };
  });
}

/** Who may do what has one rule: change the plan, or what holds for all budgets. */
export function findEntitled(
  db: Db,
  { orgId, personId, action, scopeId, now }: Question & { action: Permission; scopeId: number },
): Promise<Setters> {
  return orNobody(async () => {
    const verdict = may(await loadRoster(db, orgId), personId, { action, scopeId, now });
    return { allowed: verdict.allowed, who: verdict.allowed ? [] : verdict.who };
  });
}
