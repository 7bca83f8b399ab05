import { divideHalfEven, saidUsd, saidUsdChange } from "#core/money.ts";
import { promisedSaid } from "../levers/lever-answer.ts";
import { LEVER_LABELS } from "../levers/lever-said.ts";
import { saidChange } from "../said/said-change.ts";
import { saidCount } from "../said/said-count.ts";
import { saidDay, saidPeriod } from "../said/said-period.ts";
import { saidShare } from "../said/said-share.ts";
import { saidCost } from "../spend/at-least.ts";
import { saidSince } from "../spend/recorded-since.ts";
import {
  ownerlessSection,
  pendingSection,
  unattributedSection,
  unreadSection,
  vendorSection,
} from "./open-sections.ts";
import type { ReviewReport, TeamBudget } from "./review-report.ts";
import { type Section, tableOf } from "./section.ts";

const R = (label: string) => [label, "right"] as const;

/** domain.md section 4: actual against approved budget within 5%. */
export const VARIANCE_PERCENT = 5n;

/** Actual against budget in percent, with its sign; undefined where there is none. */
export function variancePercent({ progress }: Pick<TeamBudget, "progress">): bigint | undefined {
  if (progress === undefined) return undefined;
  const { spent, limit } = progress.burn;
  return divideHalfEven((spent - limit) * 100n, limit);
}

/** Over by more than the target: under it is no fault of a team, and shown as what it is. */
export function isOver(of: Pick<TeamBudget, "progress">): boolean {
  return (variancePercent(of) ?? 0n) > VARIANCE_PERCENT;
}

/** Whether it has one by now, whatever was in force in the month. */
export function hasBudget({ current }: Pick<TeamBudget, "current">): boolean {
  return current.some(
    ({ state, kind, unit }) => state === "live" && kind === "budget" && unit === "usd",
  );
}

function signed(percent: bigint): string {
  return percent > 0n ? `+${percent}%` : `${percent}%`;
}

/** "up $402 (5%) on September (recorded since 8 Sep)". */
export function spendChange(
  report: Pick<ReviewReport, "before" | "beforeSince" | "today"> & {
    readonly total: { readonly cost: bigint };
    readonly totalBefore: { readonly cost: bigint };
  },
): string {
  const { before, beforeSince, today, total, totalBefore } = report;
  const beforeSaid = `${saidPeriod(before, today)}${saidSince(beforeSince)}`;
  return saidChange(totalBefore.cost, total.cost, beforeSaid);
}

export function spendSection(report: ReviewReport): Section {
  const { teams, teamsBefore, total, today, period } = report;
  const change = spendChange(report);
  return {
    title: "Spend",
    lead: `${saidCost(total)} in ${saidPeriod(period, today)}, ${change}.`,
    table: tableOf(
      "By team",
      ["Team", R("Cost"), R("Share"), R("Change")],
      teams
        .slice(0, 20)
        .map(({ id, name, measures }) => [
          id === 0 ? "unattributed" : name,
          saidUsd(measures.cost),
          saidShare(measures.cost, total.cost),
          saidUsdChange(measures.cost - (teamsBefore.get(id)?.cost ?? 0n)),
        ]),
      Math.max(0, teams.length - 20),
    ),
  };
}

export function kpiSection({ kpis, personName }: ReviewReport): Section | undefined {
  if (kpis.length === 0) return undefined;
  const met = kpis.filter(({ status }) => status === "met").length;
  const missed = kpis.filter(({ status }) => status === "missed");
  const unknown = kpis.filter(({ status }) => status === "unknown").length;
  const first = missed[0] === undefined ? "" : ` (${missed.map(({ label }) => label).join(", ")})`;
  return {
    title: "KPIs",
    lead:
      `${met} ${met === 1 ? "target" : "targets"} met, ${missed.length} missed${first}` +
      `${unknown === 0 ? "" : `, ${unknown} not known yet`}.`,
    table: tableOf(
      "Against target; one accountable each",
      ["KPI", "Value", "Target", "Trend", "Status", "Accountable"],
      kpis.map((kpi) => [
        kpi.mandatory ? `${kpi.label} (not negotiable)` : kpi.label,
        kpi.valueSaid,
        kpi.targetSaid,
        kpi.trendSaid === "" ? "not known" : kpi.trendSaid,
        kpi.status,
        kpi.accountable === undefined ? "vacant" : personName(kpi.accountable),
      ]),
    ),
    lines: kpis.flatMap(({ label, missing }) =>
      missing === undefined ? [] : [`${label}: ${missing}.`],
    ),
  };
}

export function maturitySection({ maturity }: ReviewReport): Section | undefined {
  if (maturity === undefined) return undefined;
  const next = maturity.next.length === 0 ? "" : ` Next: ${maturity.next.join("; ")}.`;
  return {
    title: "Maturity",
    lead: `Level ${maturity.level}.${next}`,
    table: tableOf(
      "Evidence",
      ["Level", "Line", "Holds", "Found"],
      maturity.evidence.map(({ level, line, state, found, connect }) => [
        level,
        line,
        state === "not_connected" ? "not connected" : state,
        state === "not_connected" ? `connect ${connect ?? "a source"}` : found,
      ]),
    ),
  };
}

export function budgetSection({ budgets }: ReviewReport): Section {
  const set = budgets.filter(({ progress }) => progress !== undefined);
  const over = set.filter(isOver);
  const without = budgets.filter(
    (one) => one.progress === undefined && one.spent > 0n && !hasBudget(one),
  );
  const later = budgets.filter((one) => one.progress === undefined && hasBudget(one)).length;
  const since = later === 0 ? "" : `; ${later} ${later === 1 ? "was" : "were"} set since`;
  const none = without.length === 0 ? "" : `; ${without.length} without a budget`;
  return {
    title: "Budget variance",
    lead:
      set.length === 0
        ? `No budget was in force then${since}${none}.`
        : `${over.length} of ${set.length} budgets over by more than ${VARIANCE_PERCENT}%${none}.`,
    table: tableOf(
      "Actual against approved budget",
      ["Scope", R("Actual"), R("Budget"), R("Variance"), "Status"],
      budgets.map((one) => {
        const percent = variancePercent(one);
        const limit = one.progress?.burn.limit;
        return [
          one.said,
          saidUsd(one.spent),
          limit === undefined ? "none" : saidUsd(limit),
          percent === undefined ? "" : signed(percent),
          statusOf(one),
        ];
      }),
    ),
  };
}

function statusOf(one: TeamBudget): string {
  const percent = variancePercent(one);
  if (percent === undefined && hasBudget(one)) return "none then, set since";
  if (percent === undefined) return one.spent > 0n ? "no budget" : "no spend";
  if (percent > VARIANCE_PERCENT) return "over";
  return percent < -VARIANCE_PERCENT ? "under" : "within 5%";
}

function errorSaid(error: number | undefined): string {
  return error === undefined ? "not scored yet" : `${Math.round(error * 1000) / 10}% off`;
}

export function accuracySection({ budgets, accuracy }: ReviewReport): Section {
  const scored = budgets.filter((one) => one.accuracy.forecasts > 0);
  return {
    title: "Forecast accuracy",
    lead:
      accuracy.error === undefined
        ? "No forecast of a month that is over was scored yet."
        : `Month forecasts of the organisation were ${errorSaid(accuracy.error)} on average ` +
          "(target: within 10%).",
    ...(scored.length === 0
      ? {}
      : {
          table: tableOf(
            "Forecasts against what happened",
            ["Scope", R("Forecasts scored"), R("Mean error"), R("Run rate's error")],
            scored.map((one) => [
              one.said,
              String(one.accuracy.forecasts),
              errorSaid(one.accuracy.error),
              errorSaid(one.accuracy.runRateError),
            ]),
          ),
        }),
  };
}

/** "refunds, gated routing: $0.0336 a call before, $0.0149 after 28 days." */
function experimentLine(one: ReviewReport["experiments"][number]): string {
  const each = (cost: bigint | null, requests: bigint | null) =>
    cost === null || requests === null || requests <= 0n
      ? "not known"
      : `${saidUsd(divideHalfEven(cost, requests))} a call`;
  const after =
    one.afterDays === null
      ? "not measured after it yet"
      : `${each(one.afterCost, one.afterRequests)} after ${one.afterDays} days`;
  const before = each(one.beforeCost, one.beforeRequests);
  return `${one.workflow ?? "no workflow"}, ${one.name}: ${before} before, ${after}.`;
}

export function leverSection({ levers, experiments, nameOf }: ReviewReport): Section {
  const live = levers.filter(({ lever }) => lever.endedOn === null);
  const measured = live.filter((one) => one.measured !== undefined);
  const saved = measured.reduce((sum, one) => sum + (one.measured?.saved ?? 0n), 0n);
  const promised = measured.reduce((sum, one) => sum + one.lever.promised, 0n);
  const [newest] = live;
  return {
    title: "Levers on record",
    lead:
      newest === undefined
        ? "No lever is on record."
        : measured.length === 0
          ? `${live.length} on record, none measured over a whole week yet.`
          : `${live.length} on record: promised ${saidUsd(promised)} a week, measured ` +
            `${saidUsd(saved)}.`,
    lines: experiments.map(experimentLine),
    ...(levers.length === 0
      ? {}
      : {
          table: tableOf(
            "Before and after",
            ["Since", "Lever", "Where", R("Before, a week"), R("After, a week"), "Saved"],
            levers.map((one) => [
              saidDay(one.lever.promotedOn),
              LEVER_LABELS[one.lever.kind],
              nameOf(one.lever.scopeId),
              `${saidUsd(one.lever.baselineCost)}, ${saidCount(one.lever.baselineRequests)} calls`,
              one.measured === undefined
                ? "not yet"
                : `${saidUsd(one.measured.cost)}, ${saidCount(one.measured.requests)} calls`,
              promisedSaid(one),
            ]),
          ),
        }),
  };
}

/** Every section in its order; those that have nothing to say are left out. */
export function reviewSections(report: ReviewReport): Section[] {
  return [
    spendSection(report),
    kpiSection(report),
    budgetSection(report),
    accuracySection(report),
    leverSection(report),
    unattributedSection(report),
    ownerlessSection(report),
    vendorSection(report),
    maturitySection(report),
    pendingSection(report),
    unreadSection(report),
  ].filter((section) => section !== undefined);
}
