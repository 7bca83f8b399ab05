import type { Action } from "#core/answers/schema.ts";
import type { Budget } from "#core/budgets/schema.ts";
import { listBudgets, setBudget } from "#core/budgets/service.ts";
import type { Asking } from "../asking.ts";
import { askButton, Refusal } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import type { Form, Press } from "../surface.ts";
import type { SettledSubject } from "./budget-subject.ts";
import type { AlertWords } from "./budget-words.ts";
import { perPeriod, saidAmount } from "./said-amount.ts";
import type { Settle } from "./set-budget.ts";
import { pressToken, readPressToken, seenVersion, subjectToken } from "./set-token.ts";
import { requireSetter } from "./setter.ts";
import { noteOfSetters, requireSetterOf } from "./who-sets.ts";

function percentsSaid(thresholds: readonly number[]): string {
  return thresholds.map((one) => `${one}%`).join(", ");
}

function amountSaid({ amount, period, unit }: Pick<Budget, "amount" | "period" | "unit">): string {
  return `${saidAmount(amount, unit)} ${perPeriod(period)}`;
}

const SOURCE = { basis: "none", note: "the organisation's own figure" } as const;

/** One budget's alerts, as a press where a reason was typed, else as a form that asks for it. */
function changeOf(
  settled: SettledSubject,
  current: readonly Budget[],
  budget: Budget,
  { percents, reason }: AlertWords,
): Action {
  const { amount, period, unit } = budget;
  const thresholds = percents.length === 0 ? budget.thresholds : percents;
  const of = subjectToken(settled.budget, current);
  const token = pressToken({ of, period, unit, amount, thresholds, reason: reason ?? "" });
  const label = `Alerts ${perPeriod(period)}${unit === "usd" ? "" : `, ${unit}`}`;
  return percents.length > 0 && reason !== undefined
    ? {
        kind: "press",
        label: `${label}: ${percentsSaid(percents)}`.slice(0, 75),
        verb: "budget_alerts",
        token,
        style: "primary",
      }
    : { kind: "form", label: `${label}...`, form: "budget_alerts", token };
}

/** At how many percent people are told: of every budget of the subject, and how to change it. */
export async function alertsAnswer(
  asking: Asking,
  settled: SettledSubject,
  words: AlertWords,
): Promise<AnswerBody> {
  const { command, said } = settled.subject;
  const current = await listBudgets(asking.pool, asking.org.id, settled.budget);
  const live = current.filter(({ kind, state }) => kind === "budget" && state === "live");
  const asked = live.filter(({ period }) => words.period === undefined || period === words.period);
  const [first] = asked;
  if (first === undefined) {
    const which = words.period === undefined ? "" : ` ${perPeriod(words.period)}`;
    throw new Refusal(
      "budget_missing",
      `${said}: no budget${which}`,
      `${said} has no budget${which}, so there is nothing to be told of.`,
      { kind: "unprocessable", actions: [askButton(`budget suggest ${command}`, "Suggest")] },
    );
  }
  const facts = asked.map((budget) => ({
    label: amountSaid(budget),
    value: `told at ${percentsSaid(budget.thresholds)}`,
  }));
  const line = `budget alerts ${command} ${words.percents.join(" ")}`;
  if (words.percents.length > 0) await requireSetterOf(asking, settled, line);
  const setters = await noteOfSetters(asking, settled.budget);
  const changes =
    setters === undefined ? asked.map((one) => changeOf(settled, current, one, words)) : [];
  const actions = [...changes.slice(0, 4), askButton(`budget ${command}`, "Budget")];
  if (words.percents.length === 0) {
    return {
      command: `budget alerts ${command}`,
      title: `${said}: told at ${percentsSaid(first.thresholds)}`,
      sentence:
        `Of the budget of ${said} it is told at ${percentsSaid(first.thresholds)}, ` +
        "each once a period.",
      facts,
      notes: [setters ?? `To change it: budget alerts ${command} 60 90 100 because fewer messages`],
      source: SOURCE,
      actions,
    };
  }
  const wanted = percentsSaid(words.percents);
  const until = words.reason === undefined ? "say why" : "confirm";
  return {
    command: line,
    title: `${said}: told at ${wanted}?`,
    sentence:
      `Of the budget of ${said} it would be told at ${wanted}; ` +
      `nothing is set until you ${until}.`,
    facts: [
      ...facts.map(({ label, value }) => ({ label, value: `${value} now` })),
      ...(words.reason === undefined ? [] : [{ label: "Reason", value: words.reason }]),
    ],
    source: { basis: "none", note: "typed by you" },
    actions,
  };
}

export async function alertsForm(asking: Asking, token: string, settle: Settle): Promise<Form> {
  const { amount, period, thresholds, token: of, unit } = readPressToken(token);
  const settled = await settle(asking, of.subject.kind, of.subject.id);
  const { subject } = settled;
  await requireSetterOf(asking, settled, `budget alerts ${subject.command}`);
  return {
    title: `Alerts: ${subject.said}`.slice(0, 24),
    intro:
      `Budget of ${subject.said}, ${amountSaid({ amount, period, unit })}. Whoever answers ` +
      "for it is told at each of these percentages, once a period.",
    verb: "budget_alerts",
    token,
    submitLabel: "Set alerts",
    fields: [
      {
        kind: "text",
        name: "alerts",
        label: "Alerts at percent",
        hint: "Ascending, for example: 50 80 100",
        required: true,
        maxLength: 60,
        initial: (thresholds ?? []).join(" "),
      },
      {
        kind: "text",
        name: "reason",
        label: "Reason",
        hint: "Kept in the audit log",
        required: true,
        maxLength: 500,
      },
    ],
  };
}

/** The amount stays as it is: where it was changed since, nothing is set. */
export async function pressAlerts(
  asking: Asking,
  press: Press,
  settle: Settle,
): Promise<AnswerBody> {
  const { amount, period, reason, thresholds, token, unit } = readPressToken(press.token);
  const { alerts, reason: typed = reason } = press.values;
  const percents = alerts?.split(/[\s,;%]+/).filter((one) => one !== "");
  if (percents?.some((one) => !/^\d{1,4}$/.test(one)) === true) {
    const help = "Write for example: 50 80 100";
    throw new Refusal(
      "budget_form_invalid",
      "That does not fit yet",
      `'${alerts}' are no percentages.`,
      { help },
    );
  }
  const { subject } = await settle(asking, token.subject.kind, token.subject.id);
  const outcome = await setBudget(asking.pool, {
    orgId: asking.org.id,
    slot: { subject: token.subject, kind: "budget", period, unit },
    amount,
    thresholds: percents?.map(Number) ?? thresholds,
    reason: typed,
    seen: seenVersion(token, { period, unit }),
    by: requireSetter(asking),
    now: asking.now,
  });
  const { budget } = outcome;
  const wanted = percentsSaid(budget.thresholds);
  const already = outcome.state === "unchanged" ? " already" : " from now on";
  return {
    command: `budget alerts ${subject.command}`,
    title: `${subject.said}: told at ${wanted}`,
    sentence:
      `Of the budget of ${subject.said}, ${amountSaid(budget)}, it is told at ` +
      `${wanted}${already}.`,
    source: SOURCE,
    actions: [
      askButton(`budget ${subject.command}`, "Budget"),
      askButton(`budget history ${subject.command}`),
    ],
  };
}
