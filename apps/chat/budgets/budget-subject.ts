import type { BudgetSubject } from "#core/budgets/schema.ts";
import type { Asking } from "../asking.ts";
import { askButton, Refusal } from "../refusal.ts";
import { settleSubject } from "../spend/settle-question.ts";
import type { SpendWords } from "../spend/spend-words.ts";
import type { Subject } from "../subject.ts";

/** What a budget or forecast is about, found by name. */
export interface SettledSubject {
  readonly subject: Subject;
  readonly budget: BudgetSubject;
  /** The scope that answers for it; of a dimension the organisation. */
  readonly scopeId: number;
}

/** Undefined where a name has no budget: a model, a customer, a person, or two names at once. */
export function budgetSubjectOf(subject: Subject): BudgetSubject | undefined {
  const { main, narrowedBy, filter } = subject;
  if (narrowedBy.length > 0 || main.name === "unattributed") return undefined;
  if (main.kind === "org") return { kind: "scope", id: 0 };
  if (main.kind === "team" || main.kind === "project" || main.kind === "agent") {
    return { kind: "scope", id: main.scopeId ?? 0 };
  }
  const { dimension } = filter;
  if (dimension?.name === "workflow" || dimension?.name === "product") {
    return { kind: dimension.name, id: dimension.valueId };
  }
  if (main.kind === "key" && filter.keyId !== undefined) return { kind: "key", id: filter.keyId };
  return undefined;
}

/** Looks the name up. Throws a Refusal for what has neither budget nor forecast. */
export async function settleBudgetSubject(
  asking: Asking,
  words: SpendWords,
  verb: string,
): Promise<SettledSubject> {
  const { subject } = await settleSubject(asking, words, (said) => `${verb} ${said}`);
  const budget = budgetSubjectOf(subject);
  if (budget !== undefined) {
    return { subject, budget, scopeId: budget.kind === "scope" ? budget.id : 0 };
  }
  throw new Refusal(
    "budget_subject_unknown",
    "Not kept for that",
    `Budgets and forecasts are kept for the organisation, teams, projects, agents, workflows, ` +
      `products and keys; ${subject.said} is none of them.`,
    { kind: "unprocessable", actions: [askButton("budget"), askButton("help")] },
  );
}
