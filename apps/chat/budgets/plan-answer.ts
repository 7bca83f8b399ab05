import type { Action } from "#core/answers/schema.ts";
import { findPlan, setPlan } from "#core/budgets/annual.ts";
import type { PlanReport } from "#core/budgets/plan.ts";
import { absolute, divideHalfEven, saidUsdChange } from "#core/money.ts";
import { addMonths, type Day } from "#core/time.ts";
import type { Asking } from "../asking.ts";
import { askButton, Refusal } from "../refusal.ts";
import { saidDay, saidPeriod } from "../said/said-period.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import type { Press } from "../surface.ts";
import { byPermission, requireOffer } from "../who-may.ts";
import type { SettledSubject } from "./budget-subject.ts";
import type { PlanWords } from "./budget-words.ts";
import { amountFigure, saidAmount, typedAmount } from "./said-amount.ts";
import { requireSetter } from "./setter.ts";
import { ownersOf } from "./who-sets.ts";

const usd = (amount: bigint) => saidAmount(amount, "usd");

/** "+4.1%", of the plan. */
function percentSaid(variance: bigint, plan: bigint): string {
  if (plan === 0n) return "no plan";
  const tenths = divideHalfEven(variance * 1_000n, plan);
  const size = absolute(tenths);
  return `${tenths < 0n ? "-" : "+"}${size / 10n}.${size % 10n}%`;
}

function sentence(said: string, report: PlanReport): string {
  const { year, planned, plannedSoFar, actualSoFar } = report;
  if (planned === 0n) return `${said} has no plan for ${year}.`;
  if (plannedSoFar === 0n) return `${said} plans ${usd(planned)} for ${year}.`;
  const variance = actualSoFar - plannedSoFar;
  const more = variance >= 0n ? "more" : "less";
  return (
    `${said} plans ${usd(planned)} for ${year}; the recorded months that are over cost ` +
    `${usd(actualSoFar)}, ${usd(absolute(variance))} ` +
    `(${percentSaid(variance, plannedSoFar)}) ${more} than planned.`
  );
}

function actualSaid({ actual, state, since }: PlanReport["months"][number]): string {
  if (state === "to_come") return "-";
  if (state === "unrecorded") return "not recorded";
  const from = since === undefined ? "" : ` since ${saidDay(since)}`;
  return `${usd(actual)}${from}${state === "running" ? " so far" : ""}`;
}

function monthRow(today: Day, month: PlanReport["months"][number]): string[] {
  const { plan, variance } = month;
  const name = saidPeriod({ start: month.month, end: addMonths(month.month, 1) }, today);
  return [
    name,
    plan === undefined ? "-" : usd(plan),
    actualSaid(month),
    variance === undefined || plan === undefined
      ? "-"
      : `${saidUsdChange(variance)} (${percentSaid(variance, plan)})`,
  ];
}

function planBody(asking: Asking, settled: SettledSubject, report: PlanReport): AnswerBody {
  const { said, command } = settled.subject;
  const { year, planned, plannedSoFar, actualSoFar } = report;
  return {
    command: `budget plan ${command} ${year}`,
    title:
      planned === 0n ? `${said}: no plan for ${year}` : `${said}: ${usd(planned)} planned, ${year}`,
    sentence: sentence(said, report),
    table: {
      caption: `Plan and actual, ${year}`,
      columns: [
        { label: "Month" },
        { label: "Plan", align: "right" },
        { label: "Actual", align: "right" },
        { label: "Variance", align: "right" },
      ],
      rows: report.months.map((month) => monthRow(asking.today, month)),
    },
    notes:
      planned === 0n
        ? [`To set one: budget plan ${command} ${year} 144000 because the annual plan`]
        : [],
    source: { basis: "metered" },
    actions: [askButton(`budget ${command}`, "Budget"), askButton(`forecast ${command} year`)],
    figures: {
      planned: amountFigure(planned, "usd"),
      planned_so_far: amountFigure(plannedSoFar, "usd"),
      actual_so_far: amountFigure(actualSoFar, "usd"),
      variance: amountFigure(actualSoFar - plannedSoFar, "usd"),
    },
  };
}

function sameAmounts(subject: SettledSubject, words: PlanWords): string {
  const { kind, id } = subject.budget;
  return [`${kind}:${id}`, words.year, words.amounts.join(","), words.reason ?? ""].join("|");
}

/** The plan of a year, or with amounts what would be set, to be confirmed by a press. */
export async function planAnswer(
  asking: Asking,
  settled: SettledSubject,
  words: PlanWords,
): Promise<AnswerBody> {
  const { org, pool, today } = asking;
  const { said, command } = settled.subject;
  const { year, amounts } = words;
  if (amounts.length === 0) {
    const report = await findPlan(pool, { orgId: org.id, subject: settled.budget, year, today });
    return planBody(asking, settled, report);
  }
  if (words.reason === undefined || words.reason === "") {
    throw new Refusal("reason_missing", "Why?", "A plan needs a reason; the audit log keeps it.", {
      help: `Add it at the end: budget plan ${command} ${year} ... because the annual plan`,
    });
  }
  const typed = amounts.map((one) => typedAmount(one, "usd")).join(" ");
  await requireOffer(asking, byPermission(asking, "set_budget", settled.scopeId), {
    verb: "set",
    what: `the plan of ${said}`,
    command: `budget plan ${command} ${year} ${typed}`,
    instead: ownersOf(settled),
  });
  const whole = amounts.reduce((sum, one) => sum + one, 0n);
  const confirm: Action = {
    kind: "press",
    label: `Set the plan of ${year}`,
    verb: "plan_set",
    token: sameAmounts(settled, words),
    style: "primary",
  };
  return {
    command: `budget plan ${command} ${year}`,
    title: `${said}: set ${usd(whole)} for ${year}?`,
    sentence: `${said} would plan ${usd(whole)} for ${year}; nothing is set until you confirm.`,
    facts: [{ label: "Reason", value: words.reason }],
    source: { basis: "none", note: "typed by you" },
    actions: [confirm, askButton(`budget plan ${command} ${year}`, "Show the plan")],
  };
}

export async function pressPlan(
  asking: Asking,
  press: Press,
  nameOf: (kind: string, id: number) => Promise<SettledSubject>,
): Promise<AnswerBody> {
  const [subject = "", year = "", amounts = "", ...reason] = press.token.split("|");
  const [kind = "", id = ""] = subject.split(":");
  // It came back from a surface and may be anything.
  if (
    !/^\d{1,9}$/.test(id) ||
    !/^20\d\d$/.test(year) ||
    !/^\d{1,19}(?:,\d{1,19})*$/.test(amounts)
  ) {
    throw new Refusal("button_unknown", "That button no longer works", "Ask again: budget plan", {
      kind: "not_found",
    });
  }
  const settled = await nameOf(kind, Number(id));
  await setPlan(asking.pool, {
    orgId: asking.org.id,
    subject: settled.budget,
    year: Number(year),
    amounts: amounts.split(",").map(BigInt),
    reason: reason.join("|"),
    by: requireSetter(asking),
    now: asking.now,
  });
  return planAnswer(asking, settled, { year: Number(year), amounts: [], reason: undefined });
}
