import type { Db } from "../db/db.ts";
import { type Entitled, type EntitledQuestion, findEntitledBy } from "../org/entitled.ts";
import { budgetRight } from "./envelope.ts";
import type { BudgetSubject } from "./schema.ts";

/** Who may set the budget of a subject. What is offered by it is decided anew when it is pressed. */
export function findSetters(
  db: Db,
  { orgId, personId, subject, now }: EntitledQuestion & { subject: BudgetSubject },
): Promise<Entitled> {
  return findEntitledBy(db, orgId, (roster) => budgetRight(roster, personId, subject, now));
}
