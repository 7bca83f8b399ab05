import { listBudgets } from "#core/budgets/service.ts";
import { listDimensionValues } from "#core/ledger/spend.ts";
import type { Asking } from "../asking.ts";
import { type SettledSubject, settleBudgetSubject } from "../budgets/budget-subject.ts";
import { type BudgetWords, readBudgetWords } from "../budgets/budget-words.ts";
import { pressDecision } from "../budgets/decide-budget.ts";
import { limitAnswer, pressLimit } from "../budgets/limit-answer.ts";
import { planAnswer, pressPlan } from "../budgets/plan-answer.ts";
import { isAmount } from "../budgets/said-amount.ts";
import { alertsAnswer, alertsForm, pressAlerts } from "../budgets/set-alerts.ts";
import { pressSet, previewSet, setForm } from "../budgets/set-budget.ts";
import { subjectToken } from "../budgets/set-token.ts";
import { historyAnswer, showBudget, suggestAnswer } from "../budgets/show-budget.ts";
import { pressWarn, warnAnswer } from "../budgets/warn-answer.ts";
import type { Command } from "../command.ts";
import { joined, wordsOf } from "../grammar/words.ts";
import { namedScope, namedValue } from "../names/find-named.ts";
import { Refusal } from "../refusal.ts";
import { organisationOf } from "../spend/settle-question.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { readSpendWords } from "../spend/spend-words.ts";
import { combine, type Named } from "../subject.ts";

async function namedById(asking: Asking, kind: string, id: number): Promise<Named | undefined> {
  if (kind === "scope" && id === 0) return organisationOf(asking);
  if (kind === "scope") {
    const scope = asking.org.scopes.find((one) => one.id === id);
    return scope && namedScope(scope);
  }
  if (kind !== "workflow" && kind !== "product" && kind !== "key") return undefined;
  const values = await listDimensionValues(asking.pool, asking.org.id, kind);
  const value = values.find((one) => one.id === id);
  return value && namedValue(kind, value);
}

/** The subject that a button is about, found anew when it is pressed. */
async function settleById(asking: Asking, kind: string, id: number): Promise<SettledSubject> {
  const named = await namedById(asking, kind, id);
  if (named !== undefined) {
    const of = kind === "workflow" || kind === "product" || kind === "key" ? kind : "scope";
    return {
      subject: combine(named, []),
      budget: { kind: of, id },
      scopeId: of === "scope" ? id : 0,
    };
  }
  throw new Refusal("name_not_found", "No longer there", "What this button is about is gone.", {
    kind: "not_found",
    help: "Ask again and press the new one: budget",
  });
}

async function run(asking: Asking, words: BudgetWords): Promise<AnswerBody> {
  if (words.kind === "limit") return limitAnswer(asking, words.above);
  if (words.kind === "warn") return warnAnswer(asking, words.days);
  const verb = words.kind === "show" ? "budget" : `budget ${words.kind}`;
  const settled = await settleBudgetSubject(asking, words.subject, verb);
  switch (words.kind) {
    case "show":
      return showBudget(asking, settled);
    case "suggest":
      return suggestAnswer(asking, settled);
    case "history":
      return historyAnswer(asking, settled);
    case "set":
      return previewSet(asking, settled, words.set);
    case "alerts":
      return alertsAnswer(asking, settled, words.alerts);
    case "plan":
      return planAnswer(asking, settled, words.plan);
  }
}

export const budget: Command<BudgetWords> = {
  name: "budget",
  usage: "budget [set|suggest|alerts|plan|...] [NAME]",
  summary: "What is left, until when; and set it.",
  examples: [
    ["budget payments", "What is left of it, and until when."],
    ["budget set payments 12000 a month because measured in October", "Sets it, once you confirm."],
    ["budget suggest payments", "110 to 120% of what its last days cost."],
    ["budget alerts payments 60 90 100 because fewer messages", "At how many percent it is told."],
    [
      "budget plan payments 2027 144000 because the annual plan",
      "A year, or twelve months, beside what was spent.",
    ],
    ["budget history payments", "Every version, who set it and why."],
    ["budget limit", "Above which amount a second approver is asked."],
    ["budget warn", "How many days ahead it is warned."],
  ],
  parse: (words, { today }) => readBudgetWords(words, today),
  run,
  presses: {
    budget_set: (asking, press) => pressSet(asking, press, settleById),
    budget_approve: (asking, press) => pressDecision(asking, press, "approve", settleById),
    budget_decline: (asking, press) => pressDecision(asking, press, "decline", settleById),
    budget_alerts: (asking, press) => pressAlerts(asking, press, settleById),
    budget_limit: pressLimit,
    budget_warn: pressWarn,
    plan_set: (asking, press) =>
      pressPlan(asking, press, (kind, id) => settleById(asking, kind, id)),
  },
  // Without an amount there is nothing to confirm: the form asks for it.
  opens: (words) => {
    const isSet = words[0]?.lower === "set" && !words.some(({ lower }) => isAmount(lower));
    return isSet ? { form: "budget_set_named", token: joined(words.slice(1)) } : undefined;
  },
  forms: {
    budget_set_named: async (asking, token) => {
      const subject = readSpendWords(undefined, wordsOf(token), asking.today);
      const settled = await settleBudgetSubject(asking, subject, "budget set");
      const current = await listBudgets(asking.pool, asking.org.id, settled.budget);
      return setForm(asking, subjectToken(settled.budget, current), settleById);
    },
    budget_set: (asking, token) => setForm(asking, token, settleById),
    budget_alerts: (asking, token) => alertsForm(asking, token, settleById),
  },
};
