import type { Action, AnswerInput, Fact } from "#core/answers/schema.ts";
import type { Counted } from "#core/ledger/workload.ts";
import { saidUsd, usdDecimal } from "#core/money.ts";
import type { UnitWeek } from "#core/outcomes/drift.ts";
import { per, type UnitCost } from "#core/outcomes/unit-cost.ts";
import type { UnitReport } from "#core/outcomes/unit-report.ts";
import type { Day } from "#core/time.ts";
import { saidCount, saidCounted } from "../said/said-count.ts";
import { saidDay } from "../said/said-period.ts";
import { percentOf } from "../said/said-share.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { harnessSaid, saidRise, saidUnit } from "./unit-words.ts";

export interface UnitSetting {
  /** "refunds", and "workflow refunds". */
  readonly said: string;
  readonly command: string;
  /** The question with its period: "unit workflow refunds last month". */
  readonly question: string;
  readonly periodSaid: string;
  readonly within: string;
  readonly beforeSaid: string;
  /** What all of it cost, also where no outcome is known. */
  readonly cost: bigint;
  readonly requests: bigint;
  readonly today: Day;
  readonly asOf: { readonly asOf?: string; readonly asOfSaid?: string };
  readonly actions: readonly Action[];
}

const dollars = (amount: bigint) => ({ amount: usdDecimal(amount), unit: "USD" });

function targetSaid(now: UnitCost): string | undefined {
  const { costPerOutcome: cost, target } = now;
  if (cost === undefined || target === undefined) return undefined;
  return cost <= target
    ? `within the target of ${saidUnit(target)}`
    : `${saidRise(target, cost).replace("up ", "")} above the target of ${saidUnit(target)}`;
}

/** domain.md: $0.40 against $6 wins, $9 does not. */
function baselineFact({ costPerOutcome: cost, humanBaseline }: UnitCost): Fact[] {
  if (cost === undefined || humanBaseline === undefined) return [];
  const person = `a person costs ${saidUnit(humanBaseline)}`;
  const value =
    cost < humanBaseline
      ? `${person}: this wins, at ${percentOf(cost, humanBaseline)}% of it`
      : `${person}: this does not win`;
  return [{ label: "Human baseline", value }];
}

function facts({ now, before, drift }: UnitReport, setting: UnitSetting): Fact[] {
  if (now === undefined) return [{ label: "Cost", value: saidUsd(setting.cost) }];
  const all = now.successes + now.failures;
  const target = targetSaid(now);
  const score = now.evalScore === undefined ? undefined : `${(now.evalScore * 100).toFixed(1)}%`;
  const margin = now.revenue === undefined ? undefined : now.revenue - now.cost;
  const share = margin === undefined ? undefined : percentOf(margin, now.revenue ?? 0n);
  return [
    {
      label: "Outcomes",
      value:
        `${saidCount(now.successes)} of ${saidCount(all)} succeeded ` +
        `(${percentOf(now.successes, all)}%)`,
    },
    { label: "Cost", value: `${saidUsd(now.cost)}; ${harnessSaid(now)}` },
    ...(target === undefined ? [] : [{ label: "Target", value: target }]),
    ...baselineFact(now),
    ...(score === undefined ? [] : [{ label: "Evaluated", value: `${score} mean score` }]),
    ...(margin === undefined || share === undefined
      ? []
      : [
          {
            label: "Gross margin",
            value: `${saidUsd(margin)} (${share}%) of ${saidUsd(now.revenue ?? 0n)} revenue`,
          },
        ]),
    ...(drift === undefined
      ? []
      : [
          {
            label: "Drift",
            value:
              `${saidRise(drift.before, drift.now)} since the week of ${saidDay(drift.since)}, ` +
              `${saidUsd(drift.excess)} more so far: a rising line is a defect`,
          },
        ]),
    ...(before?.costPerOutcome === undefined
      ? []
      : [{ label: "Before", value: `${saidUnit(before.costPerOutcome)} ${setting.beforeSaid}` }]),
  ];
}

/** Part of the calls may say which session they are of: then it stands there how large a part. */
function countSaid({ count, cost }: Counted, whole: bigint): string {
  if (count === 0n) return "not known";
  const isPart = cost * 100n < whole * 95n;
  return isPart ? `${saidCount(count)} (${percentOf(cost, whole)}% of spend)` : saidCount(count);
}

function table({ now, distinct }: UnitReport, setting: UnitSetting): AnswerInput["table"] {
  const cost = now?.cost ?? setting.cost;
  const all = (count: bigint): Counted => ({ count, cost: setting.cost });
  const rows = [
    [now?.outcome ?? "successful outcome", all(now?.successes ?? 0n)],
    ["request", all(setting.requests)],
    ["session", distinct.sessions],
    ["active user", distinct.users],
    ["customer", distinct.customers],
  ] as const;
  return {
    caption: `What one costs ${setting.within}`,
    columns: [
      { label: "Unit" },
      { label: "Count", align: "right" },
      { label: "Cost each", align: "right" },
    ],
    rows: rows.map(([unit, { count, cost: known }]) => {
      // Harness belongs to all of it alike; what names no session is no part of a session's cost.
      const each = setting.cost > 0n ? per((cost * known) / setting.cost, count) : undefined;
      return [
        unit,
        countSaid({ count, cost: known }, setting.cost),
        each === undefined ? "-" : saidUnit(each),
      ];
    }),
  };
}

function chart(weeks: readonly UnitWeek[], now: UnitCost): AnswerInput["chart"] {
  const known = weeks.filter(({ successes }) => successes > 0n);
  const [first] = known;
  const last = known.at(-1);
  if (known.length < 2 || first === undefined || last === undefined) return undefined;
  const each = (week: UnitWeek) => per(week.cost, week.successes) ?? 0n;
  return {
    kind: "line",
    title: `Cost per ${now.outcome}, by week`,
    unit: "USD",
    categories: known.map(({ start }) => saidDay(start)),
    series: [
      { name: now.workflow, values: known.map((week) => Number(each(week)) / 1e9) },
      ...(now.target === undefined
        ? []
        : [{ name: "target", values: known.map(() => Number(now.target) / 1e9) }]),
    ],
    summary:
      `From ${saidUnit(each(first))} in the week of ${saidDay(first.start)} to ` +
      `${saidUnit(each(last))} in that of ${saidDay(last.start)}.`,
  };
}

function lead(report: UnitReport, setting: UnitSetting): { title: string; sentence: string } {
  const { now, before } = report;
  const { said, within, periodSaid } = setting;
  const each = now?.costPerOutcome;
  if (now === undefined || each === undefined) {
    const known = now === undefined ? "no outcome is recorded" : "nothing succeeded";
    return {
      title: `${said}, ${periodSaid}: what a success costs is not known`,
      sentence:
        `${said} cost ${saidUsd(setting.cost)} ${within}, and ${known}: ` +
        "what a success costs is not known.",
    };
  }
  const was = before?.costPerOutcome;
  const change = was === undefined ? "" : `, ${saidRise(was, each)} on ${saidUnit(was)}`;
  const harness = now.hasHarness ? "" : " (excludes harness)";
  const target = targetSaid(now);
  return {
    title: `${said}, ${periodSaid}: ${saidUnit(each)} per ${now.outcome}`,
    sentence:
      `${said} cost ${saidUnit(each)} per ${now.outcome} ${within}${change}${harness}` +
      `${target === undefined ? "" : `; ${target}`}.`,
  };
}

/** What one of everything costs in a workflow. Pure. */
export function unitAnswer(report: UnitReport, setting: UnitSetting): AnswerBody {
  const { now, weeks } = report;
  const drawn = now === undefined ? undefined : chart(weeks, now);
  const rows = table(report, setting);
  const each = now?.costPerOutcome;
  return {
    command: setting.question,
    ...lead(report, setting),
    facts: facts(report, setting),
    ...(rows === undefined ? {} : { table: rows }),
    ...(drawn === undefined ? {} : { chart: drawn }),
    notes:
      now === undefined
        ? ["Send its outcomes: POST /v1/outcomes, or aispend outcomes import FILE."]
        : [],
    details:
      now === undefined
        ? []
        : [
            `Successes and failures: ${saidCounted(now.successes + now.failures, "outcome")}, ` +
              "each counted once.",
            "The line by week has the calls and what is tagged to the workflow; what projects " +
              "share is in the total alone.",
          ],
    source: { basis: "metered", ...setting.asOf },
    actions: [...setting.actions],
    figures: {
      cost: dollars(now?.cost ?? setting.cost),
      ...(each === undefined ? {} : { cost_per_outcome: dollars(each) }),
      ...(now === undefined
        ? {}
        : {
            successes: { amount: now.successes.toString(), unit: "outcomes" },
            failures: { amount: now.failures.toString(), unit: "outcomes" },
            harness: dollars(now.harnessCost),
          }),
    },
  };
}
