import type { BudgetSubject } from "#core/budgets/schema.ts";
import { findSetters } from "#core/budgets/setters.ts";
import { type Entitled, findEntitled } from "#core/org/entitled.ts";
import type { Asking } from "../asking.ts";
import { askButton, Refusal } from "../refusal.ts";
import { namesOf } from "../who-may.ts";
import type { SettledSubject } from "./budget-subject.ts";

/**
 * Who sets the budget of the subject, where the one who asks may not: a note instead of a button. In a
 * room others read along who may; the operator is nobody, and is asked who decides it.
 */
export async function noteOfSetters(
  asking: Asking,
  subject: BudgetSubject,
): Promise<string | undefined> {
  const { asker, now, org, pool, sight } = asking;
  if (asker.personId === undefined || sight.isRoom) return undefined;
  const found = await findSetters(pool, { orgId: org.id, personId: asker.personId, subject, now });
  if (found.allowed) return undefined;
  const names = namesOf(asking, found.who);
  return names === undefined ? NOBODY : `${names} may set it.`;
}

const NOBODY = "Nobody may set it yet: aispend.yaml says who answers for it.";

export interface Offer {
  /** "the budget of payments". */
  readonly what: string;
  /** How whoever may would say it. */
  readonly command: string;
  /** The question who answers for it. */
  readonly owners: string;
}

function refuse(asking: Asking, { what, command, owners }: Offer, { who }: Entitled): Refusal {
  const names = namesOf(asking, who);
  const help = names === undefined ? NOBODY : `${names} may, with: ${command}`;
  return new Refusal("not_permitted", "Not yours to set", `You may not set ${what}.`, {
    kind: "forbidden",
    help,
    actions: [askButton(owners)],
  });
}

export function ownersOf({ budget, subject }: SettledSubject): string {
  return budget.kind === "scope" ? `owners ${subject.command}` : "owners org";
}

/**
 * Nothing is offered to be pressed by who may not press it; whoever may is named. What counts is
 * decided when it is pressed. Throws `not_permitted`.
 */
export async function requireSetterOf(
  asking: Asking,
  settled: SettledSubject,
  command: string,
): Promise<void> {
  const { asker, now, org, pool } = asking;
  if (asker.personId === undefined) return;
  const request = { orgId: org.id, personId: asker.personId, subject: settled.budget, now };
  const found = await findSetters(pool, request);
  const offer = {
    what: `the budget of ${settled.subject.said}`,
    command,
    owners: ownersOf(settled),
  };
  if (!found.allowed) throw refuse(asking, offer, found);
}

/** The same of what is set for all budgets, and of plans. Throws `not_permitted`. */
export async function requireEntitled(
  asking: Asking,
  action: "set_budget" | "approve_budget",
  scopeId: number,
  offer: Offer,
): Promise<void> {
  const { asker, now, org, pool } = asking;
  if (asker.personId === undefined) return;
  const request = { orgId: org.id, personId: asker.personId, action, scopeId, now };
  const found = await findEntitled(pool, request);
  if (!found.allowed) throw refuse(asking, offer, found);
}
