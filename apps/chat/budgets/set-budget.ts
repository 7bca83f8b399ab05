import type { Action, Fact } from "#core/answers/schema.ts";
import type { Budget, BudgetSlot } from "#core/budgets/schema.ts";
import { BudgetPeriod, BudgetUnit, DEFAULT_THRESHOLDS } from "#core/budgets/schema.ts";
import { listBudgets, rehearseBudget, type SetOutcome, setBudget } from "#core/budgets/service.ts";
import type { Asking } from "../asking.ts";
import { askButton, Refusal } from "../refusal.ts";
import { anyOf } from "../said/said-names.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import type { Form, Press } from "../surface.ts";
import { tellApprovers } from "./approval-message.ts";
import type { SettledSubject } from "./budget-subject.ts";
import type { SetWords } from "./budget-words.ts";
import { perPeriod, readAmount, saidAmount, typedAmount } from "./said-amount.ts";
import {
  pressToken,
  readPressToken,
  readToken,
  type SetToken,
  seenVersion,
  subjectToken,
} from "./set-token.ts";
import { requireSetter } from "./setter.ts";
import { requireSetterOf } from "./who-sets.ts";

function liveOf(current: readonly Budget[], slot: Pick<BudgetSlot, "period" | "unit">) {
  return current.find(
    ({ state, kind, period, unit }) =>
      state === "live" && kind === "budget" && period === slot.period && unit === slot.unit,
  );
}

/** The line by which whoever may sets what was typed. */
function sayable(command: string, set: SetWords | undefined): string {
  if (set === undefined) return `budget set ${command}`;
  const because = set.reason === undefined ? "" : ` because ${set.reason}`;
  const amount = typedAmount(set.amount, set.unit);
  return `budget set ${command} ${amount} ${perPeriod(set.period)}${because}`;
}

/** What a press would come to; what it could not be is said before there is a button for it. */
async function rehearsed(
  { asker, now, org, pool }: Asking,
  { budget: subject }: SettledSubject,
  { amount, period, reason, thresholds, unit }: SetWords,
): Promise<Fact[]> {
  const { personId } = asker;
  if (personId === undefined) return [];
  const slot = { subject, kind: "budget", period, unit } as const;
  const by = { personId };
  const request = { orgId: org.id, slot, amount, thresholds, reason, by, now };
  const { approvers, standing } = await rehearseBudget(pool, request);
  const names = anyOf(approvers.map((id) => org.personName(id)));
  return [
    ...(standing.leaves === undefined
      ? []
      : [{ label: "Left to split", value: `${saidAmount(standing.leaves, unit)} after it` }]),
    ...(names === "" ? [] : [{ label: "Second approver", value: `${names}, as it is so large` }]),
  ];
}

/** What would be set, to be confirmed by a press; without an amount or a reason by the form. */
export async function previewSet(
  asking: Asking,
  settled: SettledSubject,
  set: SetWords | undefined,
): Promise<AnswerBody> {
  const { said, command } = settled.subject;
  await requireSetterOf(asking, settled, sayable(command, set));
  const current = await listBudgets(asking.pool, asking.org.id, settled.budget);
  const form: Action = {
    kind: "form",
    label: set === undefined ? "Set budget..." : "Say why...",
    form: "budget_set",
    token: subjectToken(settled.budget, current, set?.unit === "usd" ? set.amount : undefined),
  };
  if (set === undefined) {
    return {
      command: `budget set ${command}`,
      title: `Set the budget of ${said}`,
      sentence: `How much may ${said} spend? Open the form, or write the amount and why.`,
      notes: [`For example: budget set ${command} 12000 a month because measured in October`],
      source: { basis: "none" },
      actions: [form, askButton(`budget suggest ${command}`, "Suggest")],
    };
  }
  const live = liveOf(current, set);
  const amount = saidAmount(set.amount, set.unit);
  const now = live === undefined ? "none now" : `${saidAmount(live.amount, live.unit)} now`;
  const thresholds = set.thresholds ?? live?.thresholds ?? DEFAULT_THRESHOLDS.budget;
  const typed = `${typedAmount(set.amount, set.unit)} ${perPeriod(set.period)}`;
  const coming = await rehearsed(asking, settled, set);
  const confirm: Action[] =
    set.reason === undefined
      ? [form]
      : [
          {
            kind: "press",
            label: `Set ${amount} ${perPeriod(set.period)}`,
            verb: "budget_set",
            token: pressToken({
              ...set,
              of: subjectToken(settled.budget, current),
              reason: set.reason,
            }),
            style: "primary",
          },
        ];
  return {
    command: `budget set ${command} ${typed}`,
    title: `${said}: ${amount} ${perPeriod(set.period)}?`,
    sentence:
      `The budget of ${said} would be ${amount} ${perPeriod(set.period)} (${now}); ` +
      `nothing is set until you ${set.reason === undefined ? "say why" : "confirm"}.`,
    facts: [
      { label: "Alerts", value: `at ${thresholds.map((one) => `${one}%`).join(", ")}` },
      ...(set.reason === undefined ? [] : [{ label: "Reason", value: set.reason }]),
      ...coming,
    ],
    source: { basis: "none", note: "typed by you" },
    actions: [...confirm, askButton(`budget ${command}`, "Budget")],
  };
}

export type Settle = (asking: Asking, kind: string, id: number) => Promise<SettledSubject>;

export async function setForm(asking: Asking, token: string, settle: Settle): Promise<Form> {
  const parsed = readToken(token);
  const settled = await settle(asking, parsed.subject.kind, parsed.subject.id);
  const { subject } = settled;
  await requireSetterOf(asking, settled, sayable(subject.command, undefined));
  const current = await listBudgets(asking.pool, asking.org.id, parsed.subject);
  const live = liveOf(current, { period: "month", unit: "usd" });
  const initial = parsed.amount ?? live?.amount;
  const thresholds = live?.thresholds ?? DEFAULT_THRESHOLDS.budget;
  return {
    title: `Budget of ${subject.said}`.slice(0, 24),
    intro: `Budget of ${subject.said}. Everything that is spent counts; nothing is blocked by it.`,
    verb: "budget_set",
    token: subjectToken(parsed.subject, current),
    submitLabel: "Set budget",
    fields: [
      {
        kind: "money",
        name: "amount",
        label: "Amount",
        hint: "US dollars; with the unit tokens, a number of tokens",
        required: true,
        ...(initial === undefined ? {} : { initial: typedAmount(initial, "usd") }),
      },
      {
        kind: "choice",
        name: "period",
        label: "Period",
        required: true,
        initial: "month",
        options: BudgetPeriod.options.map((period) => ({ value: period, label: `a ${period}` })),
      },
      {
        kind: "choice",
        name: "unit",
        label: "Unit",
        required: true,
        initial: "usd",
        options: BudgetUnit.options.map((unit) => ({
          value: unit,
          label: unit === "usd" ? "US dollars" : "tokens",
        })),
      },
      {
        kind: "text",
        name: "alerts",
        label: "Alerts at percent",
        required: false,
        maxLength: 60,
        initial: thresholds.join(" "),
      },
      {
        kind: "text",
        name: "reason",
        label: "Reason",
        hint: "Kept in the audit log",
        required: true,
        multiline: true,
        maxLength: 500,
      },
    ],
  };
}

interface Submitted {
  readonly token: SetToken;
  readonly slot: Pick<BudgetSlot, "period" | "unit">;
  readonly amount: bigint;
  readonly thresholds: readonly number[] | undefined;
  readonly reason: string;
}

function invalid(what: string, help: string): Refusal {
  return new Refusal("budget_form_invalid", "That does not fit yet", what, { help });
}

/** From the form's fields, or from a button that carries the whole change. */
function submitted(press: Press): Submitted {
  const { amount: typed, period, unit, alerts = "", reason = "" } = press.values;
  if (typed === undefined) {
    const { token, amount, thresholds, reason: said, ...slot } = readPressToken(press.token);
    return { token, slot, amount, thresholds, reason: said };
  }
  const place = BudgetPeriod.safeParse(period ?? "month");
  const counted = BudgetUnit.safeParse(unit ?? "usd");
  if (!place.success || !counted.success) {
    throw invalid("The period or the unit is none.", "Choose one of those in the form.");
  }
  const amount = readAmount(typed, counted.data);
  if (amount === undefined) {
    throw invalid(`'${typed}' is not an amount.`, "Write a number such as 12000 or 12000.50.");
  }
  const percents = alerts.split(/[\s,;%]+/).filter((one) => one !== "");
  if (percents.some((one) => !/^\d{1,4}$/.test(one))) {
    throw invalid(`'${alerts}' are no percentages.`, "Write for example: 50 80 100");
  }
  return {
    token: readToken(press.token),
    slot: { period: place.data, unit: counted.data },
    amount,
    thresholds: percents.length === 0 ? undefined : percents.map(Number),
    reason,
  };
}

export async function pressSet(asking: Asking, press: Press, settle: Settle): Promise<AnswerBody> {
  const { amount, reason, slot, thresholds, token } = submitted(press);
  const settled = await settle(asking, token.subject.kind, token.subject.id);
  const by = requireSetter(asking);
  const outcome = await setBudget(asking.pool, {
    orgId: asking.org.id,
    slot: { subject: token.subject, kind: "budget", ...slot },
    amount,
    thresholds,
    reason,
    seen: seenVersion(token, slot),
    by,
    now: asking.now,
    onPending: (tx, budget, approvers) =>
      tellApprovers(tx, asking, settled.subject, budget, approvers),
  });
  return outcomeAnswer(asking, settled, outcome);
}

function outcomeAnswer(asking: Asking, settled: SettledSubject, outcome: SetOutcome): AnswerBody {
  const { said, command } = settled.subject;
  const { budget } = outcome;
  const amount = `${saidAmount(budget.amount, budget.unit)} ${perPeriod(budget.period)}`;
  const body = {
    command: `budget ${command}`,
    source: { basis: "none" as const, note: "the organisation's own figure" },
    actions: [askButton(`budget ${command}`, "Budget"), askButton(`budget history ${command}`)],
  };
  if (outcome.state === "unchanged") {
    const sentence = `The budget of ${said} is ${amount} already.`;
    return { ...body, title: `${said}: ${amount}, unchanged`, sentence };
  }
  if (outcome.state === "pending") {
    const names = anyOf(outcome.approvers.map((id) => asking.org.personName(id)));
    return {
      ...body,
      title: `${said}: ${amount} waits for a second approver`,
      sentence: `This needs a second approver: ${names}. Until then nothing changes.`,
    };
  }
  const { leaves } = outcome.standing;
  return {
    ...body,
    title: `${said}: ${amount}`,
    sentence: `The budget of ${said} is ${amount} from now on.`,
    facts: [
      { label: "Alerts", value: `at ${budget.thresholds.map((one) => `${one}%`).join(", ")}` },
      ...(leaves === undefined
        ? []
        : [{ label: "Left to split", value: saidAmount(leaves, budget.unit) }]),
    ],
  };
}
