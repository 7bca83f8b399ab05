import type { Db } from "../db/db.ts";
import { type Entitled, type EntitledQuestion, orNobody } from "../org/entitled.ts";
import { loadRoster } from "../org/roster.ts";
import { budgetRight } from "./envelope.ts";
import type { BudgetSubject } from "./schema.ts";

/** Who may set the budget of a subject. What is offered by it is decided anew when it is pressed. */
export function findSetters(
  db: Db,
  { orgId, personId, subject, now }: EntitledQuestion & { subject: BudgetSubject },
): Promise<Entitled> {
  return orNobody(async () => {
    const right = budgetRight(await loadRoster(db, orgId), personId, subject, now);
    return { allowed: right.allowed, who: right.allowed ? [] : right.who };
  });
}
