import { absolute, divideHalfEven, saidUsd } from "#core/money.ts";
import { marginPercent } from "#core/outcomes/margin.ts";
import type { UnitCost } from "#core/outcomes/unit-cost.ts";
import { addMonths, type Day, type Period } from "#core/time.ts";
import { askButton } from "../refusal.ts";
import { type Section, saidCells, tableOf } from "../reviews/section.ts";
import { saidAsOf } from "../said/as-of.ts";
import { sourceBasis } from "../said/said-basis.ts";
import { saidChange } from "../said/said-change.ts";
import { saidCount } from "../said/said-count.ts";
import { saidPeriod } from "../said/said-period.ts";
import { saidShare } from "../said/said-share.ts";
import { saidCost } from "../spend/at-least.ts";
import { saidSince } from "../spend/recorded-since.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { usd } from "../spend/spend-figures.ts";
import { saidUnit } from "../units/unit-words.ts";
import type { BoardReport } from "./board-report.ts";

const R = (label: string) => [label, "right"] as const;

/** "2026-Q3". */
export function spellQuarter({ quarter }: Pick<BoardReport, "quarter">): string {
  return `${quarter.slice(0, 4)}-Q${(Number(quarter.slice(5, 7)) + 2) / 3}`;
}

function quarterSaid({ quarter, running, today }: BoardReport): string {
  const whole: Period = { start: quarter, end: addMonths(quarter, 3) };
  return `${saidPeriod(whole, today)}${running ? " so far" : ""}`;
}

/** For drawing only. */
function drawn(amount: bigint): number {
  return Number(amount / 100_000n) / 10_000;
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

/** What was spent before the first entry is not known, and not nothing. */
function knownSince({ since }: BoardReport, { start, end }: Period): string {
  const inside = since !== undefined && since > start && since < end;
  return inside ? saidSince(since) : "";
}

function spendSection(report: BoardReport): Section {
  const { months, teams, total, totalBefore, before, since, today, running } = report;
  const beforeSaid = `${saidPeriod(before, today)}${knownSince(report, before)}`;
  const change = running
    ? `${beforeSaid} came to ${saidCost(totalBefore)} in all`
    : saidChange(totalBefore.cost, total.cost, beforeSaid);
  const [first, last] = [months[0], months.at(-1)];
  const firstPart =
    first !== undefined && since !== undefined && since > first.month ? since : undefined;
  return {
    title: "Spend",
    lead:
      `${capital(saidCost(total))} in ${quarterSaid(report)}` +
      `${knownSince(report, report.period)}; ${change}.`,
    ...(months.length < 2 || first === undefined || last === undefined
      ? {}
      : {
          chart: {
            kind: "bar" as const,
            title: "Spend by month",
            unit: "USD",
            categories: months.map(({ month }) =>
              saidPeriod({ start: month, end: addMonths(month, 1) }, today),
            ),
            series: [{ name: "Spend", values: months.map(({ cost }) => drawn(cost)) }],
            summary:
              `From ${saidUsd(first.cost)} to ${saidUsd(last.cost)} a month over ` +
              `${months.length} months${saidSince(firstPart)}` +
              `${running ? ", the last one so far" : ""}.`,
          },
        }),
    table: tableOf(
      "By team",
      ["Team", R("Cost"), R("Share")],
      teams
        .slice(0, 12)
        .map(({ id, name, measures }) => [
          id === 0 ? "unattributed" : name,
          saidUsd(measures.cost),
          saidShare(measures.cost, total.cost),
        ]),
      Math.max(0, teams.length - 12),
    ),
  };
}

function monthSaid(first: Day, today: Day): string {
  return saidPeriod({ start: first, end: addMonths(first, 1) }, today);
}

function forecastSection({ year, accuracy, today }: BoardReport): Section {
  const error = accuracy.error;
  const record =
    error === undefined
      ? "No forecast was scored yet."
      : `Forecasts of a month were ${Math.round(error * 1000) / 10}% off on average.`;
  return {
    title: "Forecast",
    lead:
      year === undefined
        ? `There is too little history to forecast from. ${record}`
        : `The twelve months from ${monthSaid(year.period.start, today)} likely come to ` +
          `${saidUsd(year.p50)}; 1 chance in 10 above ${saidUsd(year.p90)}. ${record}`,
  };
}

function worthOfPeople(units: readonly UnitCost[]): bigint {
  return units.reduce((sum, { humanBaseline, costPerOutcome, successes }) => {
    if (humanBaseline === undefined || costPerOutcome === undefined) return sum;
    return sum + (humanBaseline - costPerOutcome) * successes;
  }, 0n);
}

function unitSection({ units, unitsBefore }: BoardReport): Section {
  const known = units.filter(({ costPerOutcome }) => costPerOutcome !== undefined);
  const compared = known.filter(({ workflowId }) =>
    unitsBefore.some((one) => one.workflowId === workflowId && one.costPerOutcome !== undefined),
  );
  const rose = compared.filter(({ workflowId, costPerOutcome }) => {
    const before = unitsBefore.find((one) => one.workflowId === workflowId)?.costPerOutcome;
    return before !== undefined && costPerOutcome !== undefined && costPerOutcome > before;
  });
  return {
    title: "Unit costs",
    lead:
      known.length === 0
        ? "What a success costs is not known: outcomes are not connected."
        : `${known.length} ${known.length === 1 ? "workflow counts" : "workflows count"} outcomes` +
          (compared.length === 0
            ? "; the quarter before has none to compare with."
            : `; the cost of a success rose in ${rose.length} of ${compared.length} against the ` +
              "quarter before."),
    ...(known.length === 0
      ? {}
      : {
          table: tableOf(
            "Cost of a success, harness included where it is known",
            ["Workflow", "Outcome", R("Each"), R("Quarter before"), R("Target"), R("A person")],
            known.map((unit) => {
              const before = unitsBefore.find((one) => one.workflowId === unit.workflowId);
              const said = (amount: bigint | undefined) =>
                amount === undefined ? "" : saidUnit(amount);
              return [
                unit.workflow,
                `${saidCount(unit.successes)} x ${unit.outcome}`,
                said(unit.costPerOutcome),
                said(before?.costPerOutcome),
                said(unit.target),
                said(unit.humanBaseline),
              ];
            }),
          ),
        }),
  };
}

/** "12.5x": what a dollar of AI earned. */
function returnSaid(revenue: bigint, cost: bigint): string {
  if (cost <= 0n) return "";
  const tenths = divideHalfEven(revenue * 10n, cost);
  return `${tenths / 10n}.${tenths % 10n}x`;
}

function returnSection({ margins, units }: BoardReport): Section {
  const based = units.filter(({ humanBaseline }) => humanBaseline !== undefined);
  const worth = worthOfPeople(based);
  const people =
    based.length === 0
      ? ""
      : ` Against what a person costs for the same, ${saidUsd(absolute(worth))} ` +
        `${worth < 0n ? "more was spent" : "was saved"}.`;
  return {
    title: "Return per product",
    lead:
      margins.length === 0
        ? `No revenue is recorded for a product.${people}`
        : `${margins.length === 1 ? "1 product has" : `${margins.length} products have`} ` +
          `revenue on record.${people}`,
    ...(margins.length === 0
      ? {}
      : {
          table: tableOf(
            "AI gross margin",
            ["Product", R("Revenue"), R("AI cost"), R("Margin"), R("Margin %"), R("Return")],
            margins.map((one) => [
              one.product,
              saidUsd(one.revenue),
              saidUsd(one.cost),
              saidUsd(one.margin),
              `${marginPercent(one) ?? ""}%`,
              returnSaid(one.revenue, one.cost),
            ]),
          ),
        }),
    ...(based.length === 0
      ? {}
      : {
          lines: based.map((unit) => {
            const each = unit.costPerOutcome;
            const beside = each === undefined ? "nothing succeeded" : saidUnit(each);
            const person = unit.humanBaseline ?? 0n;
            const dearer = each !== undefined && each > person ? ": a person is cheaper" : "";
            return (
              `${unit.workflow}: ${beside} for each ${unit.outcome}, a person costs ` +
              `${saidUnit(person)}${dearer}.`
            );
          }),
        }),
  };
}

const DIMENSIONS = ["visibility", "allocation", "optimization", "governance", "tooling", "culture"];

function maturitySection({ maturity }: BoardReport): Section | undefined {
  if (maturity === undefined) return undefined;
  const next = maturity.next.length === 0 ? "" : ` Next: ${maturity.next.join("; ")}.`;
  return {
    title: "Maturity",
    lead: `Level ${maturity.level}.${next}`,
    facts: DIMENSIONS.flatMap((dimension) =>
      maturity.stages.filter((one) => one.dimension === dimension),
    ).map(({ dimension, stage }) => ({ label: dimension, value: stage })),
  };
}

export function boardSections(report: BoardReport): Section[] {
  return [
    spendSection(report),
    forecastSection(report),
    unitSection(report),
    returnSection(report),
    maturitySection(report),
  ].filter((section) => section !== undefined);
}

/** At most six, for the top of the page. */
export function boardFigures(report: BoardReport): { label: string; value: string }[] {
  const { total, year, margins, maturity } = report;
  const revenue = margins.reduce((sum, one) => sum + one.revenue, 0n);
  const cost = margins.reduce((sum, one) => sum + one.cost, 0n);
  return [
    { label: `spent in ${quarterSaid(report)}`, value: saidCost(total) },
    ...(year === undefined
      ? []
      : [{ label: "likely over twelve months", value: saidUsd(year.p50) }]),
    ...(revenue === 0n || cost === 0n
      ? []
      : [
          {
            label: "revenue for each dollar of AI",
            value: saidUsd(divideHalfEven(revenue * 1_000_000_000n, cost)),
          },
        ]),
    ...(maturity === undefined ? [] : [{ label: "maturity", value: maturity.level }]),
  ];
}

/** The same in chat. */
export function boardAnswer(report: BoardReport): AnswerBody {
  const sections = boardSections(report);
  const [spend] = sections;
  const { orgName } = report;
  const [quarter, said] = [quarterSaid(report), saidCost(report.total)];
  const asOf = report.total.lastRecordedAt;
  const isEmpty = asOf === undefined;
  return {
    command: `board ${spellQuarter(report)}`,
    title: `${orgName}, ${quarter}: ${isEmpty ? "no spend recorded" : `${said} spent on AI`}`,
    sentence: isEmpty
      ? `Nothing was recorded for ${orgName} in ${quarter}.`
      : `${orgName} spent ${spend?.lead.replace(/^At/, "at") ?? ""}`,
    notes: sections.slice(1).map(({ title, lead }) => `${title}: ${lead}`),
    ...(spend?.chart === undefined ? {} : { chart: spend.chart }),
    details: sections.flatMap(({ table, lines }) => [
      ...(table?.rows ?? []).slice(0, 12).map((row) => {
        const [first = "", ...rest] = table === undefined ? row : saidCells(table, row);
        return `${first}: ${rest.join(", ")}`;
      }),
      ...(lines ?? []),
    ]),
    source: {
      ...sourceBasis(report.total),
      ...(asOf === undefined
        ? {}
        : { asOf: asOf.toISOString(), asOfSaid: saidAsOf(asOf, report.now, report.timeZone) }),
    },
    actions: [
      askButton(`org ${spellQuarter(report)} by team`, "By team"),
      askButton("forecast org 12 months", "Forecast"),
    ],
    figures: { cost: usd(report.total.cost), cost_before: usd(report.totalBefore.cost) },
  };
}
