import type { BudgetSubject } from "#core/budgets/schema.ts";
import { findSetters } from "#core/budgets/setters.ts";
import type { Asking } from "../asking.ts";
import { othersWhoMay, requireOffer } from "../who-may.ts";
import type { SettledSubject } from "./budget-subject.ts";

/** Who sets the budget of the subject, where the one who asks may not: a note instead of a button. */
export async function noteOfSetters(
  asking: Asking,
  subject: BudgetSubject,
): Promise<string | undefined> {
  const others = await othersWhoMay(asking, (question) =>
    findSetters(asking.pool, { ...question, subject }),
  );
  if (others === undefined) return undefined;
  return others.names === undefined
    ? "Nobody may set it yet: aispend.yaml says who answers for it."
    : `${others.names} may set it.`;
}

export function ownersOf({ budget, subject }: SettledSubject): string {
  return budget.kind === "scope" ? `owners ${subject.command}` : "owners org";
}

/** Throws `not_permitted`, with whoever may set the budget of the subject. */
export function requireSetterOf(
  asking: Asking,
  settled: SettledSubject,
  command: string,
): Promise<void> {
  const subject = settled.budget;
  return requireOffer(asking, (question) => findSetters(asking.pool, { ...question, subject }), {
    verb: "set",
    what: `the budget of ${settled.subject.said}`,
    command,
    instead: ownersOf(settled),
  });
}
