import type { Action } from "#core/answers/schema.ts";
import { listToDecide } from "#core/budgets/decide.ts";
import { findBudgetPolicy } from "#core/budgets/policy.ts";
import { loadOwnProgress, loadProgress, type Progress } from "#core/budgets/progress.ts";
import type { Budget } from "#core/budgets/schema.ts";
import { listBudgetHistory, listBudgets, listLiveBudgets } from "#core/budgets/service.ts";
import { suggestBudget } from "#core/budgets/suggestion.ts";
import { findHistory } from "#core/forecasts/service.ts";
import { spendTotal } from "#core/ledger/spend.ts";
import { addDays } from "#core/time.ts";
import type { Asking } from "../asking.ts";
import { askButton } from "../refusal.ts";
import { saidAsOf, silenceNote } from "../said/as-of.ts";
import { saidDay, saidPeriod } from "../said/said-period.ts";
import { isLowerBound } from "../spend/at-least.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { approvalActions } from "./approval-message.ts";
import { type Below, budgetAnswer, type CountedCap, noBudgetAnswer } from "./budget-answer.ts";
import type { SettledSubject } from "./budget-subject.ts";
import { amountFigure, perPeriod, saidAmount } from "./said-amount.ts";
import { subjectToken } from "./set-token.ts";
import { noteOfSetters } from "./who-sets.ts";

const ORDER = ["month", "quarter", "year", "week", "day"];

function mainFirst(left: Progress, right: Progress): number {
  const rank = ({ budget }: Progress) =>
    (budget.unit === "tokens" ? 10 : 0) + ORDER.indexOf(budget.period);
  return rank(left) - rank(right);
}

/** Budgets of scopes inside this one, of the same period and unit as its own. */
async function budgetsBelow(
  asking: Asking,
  settled: SettledSubject,
  like: Budget,
): Promise<Below[]> {
  if (settled.budget.kind !== "scope") return [];
  const { org, pool, today } = asking;
  const path = org.scopes.find(({ id }) => id === settled.scopeId)?.path;
  const inside = new Map(
    org.scopes
      .filter((scope) => settled.scopeId === 0 || scope.path.startsWith(`${path}/`))
      .map((scope) => [scope.id, scope.shortName]),
  );
  const live = (await listLiveBudgets(pool, org.id)).filter(
    ({ subject, period, unit, kind }) =>
      subject.kind === "scope" &&
      inside.has(subject.id) &&
      kind === like.kind &&
      period === like.period &&
      unit === like.unit,
  );
  const progress = await loadProgress(pool, org.id, live, today);
  return progress.map((one) => ({ ...one, said: inside.get(one.budget.subject.id) ?? "" }));
}

function budgetActions(
  asking: Asking,
  settled: SettledSubject,
  current: readonly Budget[],
  maySet: boolean,
) {
  const { command } = settled.subject;
  const form: Action = {
    kind: "form",
    label: current.some(({ state }) => state === "live") ? "Change budget..." : "Set budget...",
    form: "budget_set",
    token: subjectToken(settled.budget, current),
  };
  const actions: Action[] = [
    ...(maySet ? [form] : []),
    askButton(`budget suggest ${command}`, "Suggest"),
    askButton(`forecast ${command}`, "Forecast"),
    askButton(`why ${command}`, "Why"),
  ];
  const shared: Action = { kind: "share", label: "Share", command: `budget ${command}` };
  return asking.audience.kind === "person" ? [...actions, shared] : actions;
}

/** Where the one who asks is its second approver: the decision, beside the message that was sent. */
async function toDecide(asking: Asking, pending: readonly Budget[]): Promise<Action[]> {
  const { now, org, pool, sight } = asking;
  const { personId } = sight;
  if (personId === undefined || pending.length === 0) return [];
  const mine = await listToDecide(pool, { orgId: org.id, personId, now });
  const [first] = pending.filter(({ id }) => mine.some((one) => one.id === id));
  return first === undefined ? [] : approvalActions(String(first.id));
}

/** Calls without a price are in no figure of a budget in dollars. */
async function isBoundIn(
  asking: Asking,
  settled: SettledSubject,
  { burn }: Progress,
): Promise<boolean> {
  const period = { start: burn.period.start, end: addDays(asking.today, 1) };
  return isLowerBound(await spendTotal(asking.pool, asking.org.id, settled.subject.filter, period));
}

async function lastRecorded(asking: Asking, settled: SettledSubject): Promise<Date | undefined> {
  const period = { start: addDays(asking.today, -30), end: addDays(asking.today, 1) };
  const { filter } = settled.subject;
  return (await spendTotal(asking.pool, asking.org.id, filter, period)).lastRecordedAt;
}

function asOfLast({ now, org }: Asking, last: Date | undefined) {
  if (last === undefined) return {};
  return { asOf: last.toISOString(), asOfSaid: saidAsOf(last, now, org.timeZone) };
}

async function countedCaps(asking: Asking, live: readonly Budget[]): Promise<CountedCap[]> {
  const { now, org, pool, readCapSpend } = asking;
  const caps = live.filter(({ kind }) => kind === "cap");
  if (caps.length === 0) return [];
  const counted = await readCapSpend?.(pool, { orgId: org.id, caps, now });
  return caps.map((cap) => ({ cap, counted: counted?.get(cap.id) }));
}

export async function showBudget(asking: Asking, settled: SettledSubject): Promise<AnswerBody> {
  const { org, pool, today } = asking;
  const current = await listBudgets(pool, org.id, settled.budget);
  const live = current.filter(({ state }) => state === "live");
  const budgets = live.filter(({ kind }) => kind === "budget");
  const own = (await loadOwnProgress(pool, org.id, budgets, today)).sort(mainFirst);
  const pending = current.filter(({ state }) => state === "pending");
  const setters = await noteOfSetters(asking, settled.budget);
  const maySet = setters === undefined;
  const report = {
    caps: await countedCaps(asking, live),
    said: settled.subject.said,
    command: settled.subject.command,
    today,
    own,
    pending,
    nameOf: (personId: number) => org.personName(personId),
    setters,
    actions: [
      ...(await toDecide(asking, pending)),
      ...budgetActions(asking, settled, current, maySet),
    ],
  };
  const [first] = own;
  if (first === undefined) return noBudgetAnswer(report, await suggestionSaid(asking, settled));
  const below = await budgetsBelow(asking, settled, first.budget);
  const last = await lastRecorded(asking, settled);
  const silence = last && silenceNote(last, asking.now, org.timeZone);
  const isBound = await isBoundIn(asking, settled, first);
  return budgetAnswer({ ...report, below, isBound, asOf: asOfLast(asking, last), silence });
}

async function measured(asking: Asking, settled: SettledSubject) {
  return findHistory(asking.pool, asking.org.id, settled.budget, asking.today);
}

/** Undefined where there is too little to suggest one from. */
async function suggestionSaid(
  asking: Asking,
  settled: SettledSubject,
): Promise<string | undefined> {
  const history = await measured(asking, settled);
  if (history === undefined || history.exact.length < 30) return undefined;
  const { proposed, days } = suggestBudget(history.exact, history.firstDay, settled.subject.said);
  return `its last ${days} days suggest ${saidAmount(proposed, "usd")} a month`;
}

/** 110 to 120% of what 30 to 60 days cost, shown with them. */
export async function suggestAnswer(asking: Asking, settled: SettledSubject): Promise<AnswerBody> {
  const { said, command } = settled.subject;
  const history = await measured(asking, settled);
  const found = suggestBudget(history?.exact ?? [], history?.firstDay ?? asking.today, said);
  const current = await listBudgets(asking.pool, asking.org.id, settled.budget);
  const usd = (amount: bigint) => saidAmount(amount, "usd");
  const setters = await noteOfSetters(asking, settled.budget);
  const form: Action = {
    kind: "form",
    label: `Set ${usd(found.proposed)}...`,
    form: "budget_set",
    token: subjectToken(settled.budget, current, found.proposed),
  };
  const days = saidPeriod(found.baselineDays, asking.today);
  return {
    command: `budget suggest ${command}`,
    title: `${said}: a budget of ${usd(found.proposed)} a month is suggested`,
    sentence:
      `${said} cost ${usd(found.baseline)} a month over its last ${found.days} whole days; ` +
      `110 to 120% of that is ${usd(found.low)} to ${usd(found.high)}, so ` +
      `${usd(found.proposed)} is suggested.`,
    facts: [
      { label: "Baseline", value: `${usd(found.spent)} in ${found.days} days, ${days}` },
      { label: "A month of 30.44 days", value: usd(found.baseline) },
      { label: "110 to 120%", value: `${usd(found.low)} to ${usd(found.high)}` },
    ],
    source: { basis: "metered", ...asOfLast(asking, await lastRecorded(asking, settled)) },
    ...(setters === undefined ? {} : { notes: [setters] }),
    actions: [
      ...(setters === undefined ? [form] : []),
      askButton(`forecast ${command}`, "Forecast"),
      askButton(`budget ${command}`, "Budget"),
    ],
    figures: {
      baseline: amountFigure(found.baseline, "usd"),
      low: amountFigure(found.low, "usd"),
      high: amountFigure(found.high, "usd"),
      proposed: amountFigure(found.proposed, "usd"),
      days: { amount: String(found.days), unit: "days" },
    },
  };
}

const STATE_SAID: Readonly<Record<Budget["state"], string>> = {
  live: "in force",
  pending: "waits",
  replaced: "replaced",
  declined: "declined",
  withdrawn: "withdrawn",
  ended: "ended",
};

export async function historyAnswer(asking: Asking, settled: SettledSubject): Promise<AnswerBody> {
  const { org, pool } = asking;
  const { said, command } = settled.subject;
  const versions = await listBudgetHistory(pool, org.id, settled.budget, 20);
  const { said: secondAbove } = await policySaid(asking);
  const [newest] = versions;
  const count = versions.length === 1 ? "1 version" : `${versions.length} versions`;
  return {
    command: `budget history ${command}`,
    title: `${said}: ${newest === undefined ? "no budget was ever set" : `${count} of its budget`}`,
    sentence:
      newest === undefined
        ? `No budget was ever set for ${said}.`
        : `The ${versions.length === 1 ? "only version" : `newest of ${count}`} for ${said} is ` +
          `${saidAmount(newest.amount, newest.unit)} ` +
          `${perPeriod(newest.period)}, ${STATE_SAID[newest.state]}.`,
    ...(newest === undefined
      ? {}
      : {
          table: {
            caption: "Versions, the newest first",
            columns: [
              { label: "From" },
              { label: "Amount", align: "right" },
              { label: "State" },
              { label: "Set by" },
              { label: "Reason" },
            ],
            rows: versions.map((one) => [
              saidDay(one.validFrom),
              `${saidAmount(one.amount, one.unit)} ${perPeriod(one.period)}`,
              STATE_SAID[one.state],
              one.setBy === undefined ? "operator" : org.personName(one.setBy),
              one.reason,
            ]),
          },
        }),
    details: [secondAbove],
    source: { basis: "none", note: "the organisation's own figures" },
    actions: [askButton(`budget ${command}`, "Budget")],
  };
}

async function policySaid(asking: Asking): Promise<{ said: string }> {
  const { secondApprovalAbove } = await findBudgetPolicy(asking.pool, asking.org.id);
  return {
    said:
      secondApprovalAbove === undefined
        ? "No budget needs a second approver here."
        : `A budget above ${saidAmount(secondApprovalAbove, "usd")} a month needs a second ` +
          "approver.",
  };
}
