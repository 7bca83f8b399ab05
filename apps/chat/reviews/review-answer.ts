import type { Action } from "#core/answers/schema.ts";
import { saidUsd } from "#core/money.ts";
import { subjectToken } from "../budgets/set-token.ts";
import { saidValue } from "../names/find-named.ts";
import { askButton } from "../refusal.ts";
import { saidAsOf } from "../said/as-of.ts";
import { sourceBasis } from "../said/said-basis.ts";
import { saidPeriod } from "../said/said-period.ts";
import { saidCost } from "../spend/at-least.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { usd } from "../spend/spend-figures.ts";
import { claimToken } from "./claim-key.ts";
import type { ReviewReport } from "./review-report.ts";
import { hasBudget, isOver, reviewSections, spendChange } from "./review-sections.ts";
import { type Section, saidCells } from "./section.ts";

const BUDGETS_AT_MOST = 3;
const CLAIMS_AT_MOST = 2;
const APPROVALS_AT_MOST = 2;

/** "2026-10". */
export function spellMonth({ month }: Pick<ReviewReport, "month">): string {
  return month.slice(0, 7);
}

/** Budgets that are wrong or missing, with what is suggested; the form asks for the reason. */
function budgetDecisions({ budgets }: ReviewReport): Action[] {
  return budgets
    .filter((one) => one.scopeId !== 0 && one.suggestion !== undefined)
    .filter((one) => isOver(one) || (!hasBudget(one) && one.spent > 0n))
    .slice(0, BUDGETS_AT_MOST)
    .map(({ said, scopeId, current, suggestion }) => ({
      kind: "form" as const,
      label: `Budget of ${said}: ${saidUsd(suggestion?.proposed ?? 0n)} a month...`.slice(0, 75),
      form: "budget_set",
      token: subjectToken({ kind: "scope", id: scopeId }, current, suggestion?.proposed),
    }));
}

function claimDecisions({ unattributed, period }: ReviewReport): Action[] {
  return unattributed.lines
    .filter(({ key, cost }) => key !== "no key" && cost > 0n)
    .slice(0, CLAIMS_AT_MOST)
    .map(({ key, cost }) => ({
      kind: "form" as const,
      label: `Claim ${saidValue("key", key).slice(0, 40)}, ${saidUsd(cost)}...`,
      form: "claim_key",
      token: claimToken({ key, period }),
    }));
}

function approvalDecisions({ pending }: ReviewReport): Action[] {
  return pending.slice(0, APPROVALS_AT_MOST).map(({ budget, said }) => ({
    kind: "press" as const,
    label: `Approve ${said} ${saidUsd(budget.amount)}`.slice(0, 75),
    verb: "budget_approve",
    token: String(budget.id),
    style: "default" as const,
  }));
}

/** What is to be decided; each is authorised when it is pressed, and done once. */
export function decisionsOf(report: ReviewReport): Action[] {
  return [...approvalDecisions(report), ...budgetDecisions(report), ...claimDecisions(report)];
}

function lead(report: ReviewReport): { title: string; sentence: string } {
  const { total, period, today, orgName, kpis } = report;
  const month = saidPeriod(period, today);
  const change = spendChange(report);
  const missed = kpis.filter(({ status }) => status === "missed").length;
  const count = decisionsOf(report).length;
  const unknown = kpis.filter(({ status }) => status === "unknown").length;
  const targets =
    missed === 0 ? "no KPI target" : missed === 1 ? "1 KPI target" : `${missed} KPI targets`;
  const open = unknown === 0 ? "" : `, ${unknown} not known`;
  const known = kpis.length === 0 ? "" : `, ${targets} missed${open}`;
  const decide =
    count === 0
      ? "nothing is to be decided"
      : `${count} ${count === 1 ? "decision" : "decisions"} to take`;
  return {
    title:
      total.lastRecordedAt === undefined
        ? `${orgName}, review of ${month}: nothing recorded`
        : `${orgName}, review of ${month}: ${saidCost(total)}, ${change}`,
    sentence:
      total.lastRecordedAt === undefined
        ? `Nothing was recorded for ${orgName} in ${month}, ${change}${known}; ${decide}.`
        : `${orgName} spent ${saidCost(total)} in ${month}, ${change}${known}; ${decide}.`,
  };
}

const ROWS = 20;

/** "Budget variance, payments: spent $2,130, budget $2,100, +1%": a figure with its column's name. */
function detailLines({ title, table, lines }: Section): string[] {
  const rows = (table?.rows ?? []).slice(0, ROWS).map((row) => {
    const [first = "", ...rest] = table === undefined ? row : saidCells(table, row);
    return `${title}, ${first}: ${rest.join(", ")}`;
  });
  return [...rows, ...(lines ?? [])];
}

/** The monthly review in chat: the KPI table, a line for each section, and what is to be decided. */
export function reviewAnswer(report: ReviewReport): AnswerBody {
  const sections = reviewSections(report);
  const kpis = sections.find(({ title }) => title === "KPIs");
  const others = sections.filter(({ title }) => title !== "KPIs" && title !== "Spend");
  const table = kpis?.table ?? sections[0]?.table;
  const asOf = report.total.lastRecordedAt;
  return {
    command: `review ${spellMonth(report)}`,
    ...lead(report),
    ...(table === undefined ? {} : { table }),
    notes: others.map(({ title, lead: said }) => `${title}: ${said}`),
    details: others.flatMap(detailLines),
    source: {
      ...sourceBasis(report.total),
      ...(asOf === undefined
        ? {}
        : { asOf: asOf.toISOString(), asOfSaid: saidAsOf(asOf, report.now, report.timeZone) }),
    },
    actions: [
      {
        kind: "press",
        label: "Acknowledge",
        verb: "review_ack",
        token: spellMonth(report),
        style: "primary",
      },
      ...decisionsOf(report),
      askButton(`org ${spellMonth(report)} by team`, "By team"),
    ],
    figures: {
      cost: usd(report.total.cost),
      cost_before: usd(report.totalBefore.cost),
      unattributed: usd(report.unattributed.cost),
    },
  };
}

/** For whoever has not acknowledged it after some working days. */
export function reminderAnswer(of: { month: string; said: string; orgName: string }): AnswerBody {
  return {
    command: `review ${of.month}`,
    title: `${of.orgName}: the review of ${of.said} waits for you`,
    sentence:
      `You have not acknowledged the review of ${of.said}; this is the one reminder. Who has ` +
      "not is named in the next review.",
    source: { basis: "none" },
    actions: [
      askButton(`review ${of.month}`, "Review"),
      {
        kind: "press",
        label: "Acknowledge",
        verb: "review_ack",
        token: of.month,
        style: "primary",
      },
    ],
  };
}
