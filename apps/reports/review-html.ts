import { decisionsOf, reviewAnswer } from "#apps/chat/reviews/review-answer.ts";
import type { ReviewReport } from "#apps/chat/reviews/review-report.ts";
import { isOver, reviewSections } from "#apps/chat/reviews/review-sections.ts";
import type { Section } from "#apps/chat/reviews/section.ts";
import { saidPeriod } from "#apps/chat/said/said-period.ts";
import { saidShare } from "#apps/chat/said/said-share.ts";
import { saidCost } from "#apps/chat/spend/at-least.ts";
import { Answer } from "#core/answers/schema.ts";
import { sourceLine } from "#core/answers/source-line.ts";
import { saidUsd } from "#core/money.ts";
import { pageHtml } from "./page.ts";

function decisionSection(report: ReviewReport): Section {
  const decisions = decisionsOf(report);
  return {
    title: "Decisions to take",
    lead:
      decisions.length === 0
        ? "Nothing is to be decided."
        : "Press them in chat, under /aispend review: who may decide is checked there.",
    lines: decisions.map(({ label }) => label.replace(/\.\.\.$/, "")),
  };
}

function figuresOf(report: ReviewReport) {
  const { kpis, budgets, unattributed, total, period, today, levers } = report;
  const set = budgets.filter(({ progress }) => progress !== undefined);
  const met = kpis.filter(({ status }) => status === "met").length;
  const missed = kpis.filter(({ status }) => status === "missed").length;
  const saved = levers.reduce((sum, { measured }) => sum + (measured?.saved ?? 0n), 0n);
  return [
    { label: `spent in ${saidPeriod(period, today)}`, value: saidCost(total) },
    ...(kpis.length === 0
      ? []
      : [{ label: "KPI targets met", value: `${met} of ${met + missed}` }]),
    ...(set.length === 0
      ? []
      : [{ label: "budgets over", value: `${set.filter(isOver).length} of ${set.length}` }]),
    { label: "without a team", value: saidShare(unattributed.cost, total.cost) },
    ...(saved > 0n ? [{ label: "levers save a week", value: saidUsd(saved) }] : []),
  ];
}

/** The review of a month as one self-contained page, ready to print. */
export function reviewHtml(report: ReviewReport): string {
  const body = reviewAnswer(report);
  const answer = Answer.parse({ ...body, audience: { kind: "operator" } });
  return pageHtml({
    title: body.title,
    sentence: body.sentence,
    source: sourceLine(answer) ?? "",
    demonstration: report.demonstration,
    figures: figuresOf(report),
    sections: [...reviewSections(report), decisionSection(report)],
  });
}
