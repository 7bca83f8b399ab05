import type { Action, AnswerInput, Fact } from "#core/answers/schema.ts";
import { type SpendLine, UNATTRIBUTED } from "#core/ledger/spend.ts";
import { saidUsd } from "#core/money.ts";
import { addDays, type Day, type Period, periodDays } from "#core/time.ts";
import { spellPeriod } from "../grammar/period-phrase.ts";
import { askButton } from "../refusal.ts";
import { saidAsOf } from "../said/as-of.ts";
import { sourceBasis } from "../said/said-basis.ts";
import { saidChange, saidDifference } from "../said/said-change.ts";
import { saidCounted } from "../said/said-count.ts";
import { saidDay, saidWhole, saidWithin } from "../said/said-period.ts";
import { percentOf } from "../said/said-share.ts";
import { type Subject, spellNamed } from "../subject.ts";
import { boundNote, isLowerBound, isUnpriced, saidCost } from "./at-least.ts";
import { csvName, measuresCsv } from "./csv.ts";
import { saidSince } from "./recorded-since.ts";
import { type RunRate, runRate, saidPace } from "./run-rate.ts";
import { spendChart } from "./spend-chart.ts";
import {
  beforeFact,
  callsFact,
  coverageFact,
  reportedFact,
  runRateFact,
  saidRate,
  tokensFact,
  unpricedFact,
} from "./spend-facts.ts";
import { spendFigures } from "./spend-figures.ts";
import type { SpendReport } from "./spend-report.ts";
import { spendTable } from "./spend-table.ts";

/** What an answer needs beside the report. */
export interface SpendSetting {
  readonly now: Date;
  readonly today: Day;
  readonly timeZone: string;
  /** The canonical question, its period and clauses included. */
  readonly command: string;
  /** The one who answers for the subject, by name. */
  readonly owner: string | undefined;
  readonly linesShown: number;
  /** Its budget and where the month will likely end. */
  readonly outlook?: readonly Fact[];
  /** A private answer that may be rendered anew for a room. */
  readonly canShare: boolean;
}

/** The first lines of an answer that leads with something else than the total. */
export type Lead = (report: SpendReport) => { title: string; sentence: string };

export type AnswerBody = Omit<AnswerInput, "audience" | "demonstration">;

/** A period that is only today so far is not measured against a whole day. */
function isOver(report: SpendReport): boolean {
  return report.asked.completeDays > 0;
}

/** What is not known in one of the periods cannot have changed by an amount. */
function isUnknown({ total, before }: SpendReport): boolean {
  return isUnpriced(total) || isUnpriced(before);
}

/**
 * Why the period compared with is not the like of this one, after its name: its records begin inside
 * it, or a month that is over was asked for beside one that is not. A day or two are no matter.
 */
function unlike({ asked, compare, compareSince }: SpendReport): string {
  if (compareSince !== undefined) return saidSince(compareSince);
  const days = periodDays(asked.period);
  const daysBefore = periodDays(compare);
  const isUneven = asked.running && Math.abs(daysBefore - days) > 3;
  return isUneven ? ` (${daysBefore} days against ${days})` : "";
}

/** "payments, 1-22 Nov: $8,310, up $402 (5%) on 1-22 Oct". */
function title(report: SpendReport): string {
  const { subject, asked, total, before } = report;
  const compared = `${report.compareSaid}${unlike(report)}`;
  const when = isOver(report) ? asked.said : `${asked.said} so far`;
  const change =
    isOver(report) && !isUnknown(report)
      ? `, ${saidChange(before.cost, total.cost, compared)}`
      : "";
  return `${capitalized(subject)}, ${when}: ${saidCost(total)}${change}`;
}

/** "You" begins a line; a name is written as it is. */
export function capitalized(subject: Subject): string {
  return subject.main.kind === "person" ? `Y${subject.said.slice(1)}` : subject.said;
}

const SPENDERS = new Set(["org", "team", "person"]);

/** A team spends, a model costs, and what nobody spent comes to an amount. */
function verbOf({ main }: Subject): string {
  if (main.name === UNATTRIBUTED) return "came to";
  return SPENDERS.has(main.kind) ? "spent" : "cost";
}

function sentence(report: SpendReport, rate: RunRate | undefined, today: Day): string {
  const { subject, asked, total, before, compare, compareSaid } = report;
  const verb = verbOf(subject);
  const who = capitalized(subject);
  const when = saidWithin(asked.period, today);
  const spent = isUnpriced(total)
    ? `${who} made ${saidCounted(total.unpricedRequests, "call")} ${when} that no price is known ` +
      "for"
    : `${who} ${verb} ${saidCost(total)} ${when}`;
  if (isUnknown(report)) return `${spent}.`;
  if (!isOver(report)) {
    return `${spent} so far; ${compareSaid} came to ${saidCost(before)} in all.`;
  }
  const within = `${saidWithin(compare, today)}${unlike(report)}`;
  // What was not recorded is not known to be $0: the records may begin later.
  const isEmpty = before.requests === 0n && before.cost === 0n && total.cost !== 0n;
  const change = isEmpty
    ? `with nothing recorded ${within}`
    : saidDifference(before.cost, total.cost, within);
  const pace =
    rate === undefined
      ? ""
      : `; ${saidPace(rate)} ${saidWhole(asked.whole, today)} comes to ${saidRate(total, rate)}`;
  return `${spent}, ${change}${pace}.`;
}

/** Said where a project or an agent changed hands: its past stays with the team that paid. */
function movedNote(paidBy: readonly SpendLine[], said: string): string | undefined {
  const payers = paidBy.filter((line) => line.measures.cost !== 0n);
  if (payers.length < 2) return undefined;
  const parts = payers.map((line) => `${line.name} ${saidUsd(line.measures.cost)}`);
  return (
    `${said} moved between teams in this period; its total spans the move. Paid by: ` +
    `${parts.join(", ")}.`
  );
}

function notes(report: SpendReport): string[] {
  const { asked, total, subject } = report;
  const found: string[] = [];
  if (isLowerBound(total) && total.cost > 0n) {
    found.push(boundNote("the total", subject.command));
  }
  if (report.since !== undefined) {
    found.push(
      `Recorded since ${saidDay(report.since)}: what was before is not known, and not $0.`,
    );
  }
  const moved = movedNote(report.paidBy, subject.said);
  if (moved !== undefined) found.push(moved);
  if (asked.running && asked.completeDays > 0) {
    found.push("Today is counted so far; the days compared with are whole.");
  }
  return found;
}

const OTHERS_SHOWN = 3;

function actions(report: SpendReport, setting: SpendSetting): Action[] {
  const { subject, asked } = report;
  const period = ` ${spellPeriod(asked.phrase)}`;
  const found: Action[] = [
    { kind: "ask", label: "Why", command: `why ${subject.command}${period}` },
  ];
  for (const dimension of ["agent", "model"] as const) {
    if (report.dimension === dimension || subject.main.kind === dimension) continue;
    found.push({
      kind: "ask",
      label: dimension === "agent" ? "By agent" : "By model",
      command: `${subject.command}${period} by ${dimension}`,
    });
  }
  for (const other of subject.otherwise.slice(0, OTHERS_SHOWN)) {
    found.push(askButton(`${spellNamed(other)}${period}`, spellNamed(other)));
  }
  if (setting.canShare) found.push({ kind: "share", label: "Share", command: setting.command });
  found.push({ kind: "download", label: "CSV", command: setting.command });
  return found;
}

function download(report: SpendReport): { filename: string; csv: string } {
  const { subject, asked, compare, dimension } = report;
  const period = asked.period;
  return {
    filename: csvName(subject.command, period),
    csv: measuresCsv([
      { line: "total", name: subject.said, period, measures: report.total },
      { line: "compared", name: subject.said, period: compare, measures: report.before },
      ...report.lines.map(({ name, measures }) => ({ line: dimension, name, period, measures })),
      ...report.days.map(({ day, measures }) => ({
        line: "day",
        name: day,
        period: { start: day, end: addDays(day, 1) },
        measures,
      })),
    ]),
  };
}

function daysSaid(period: Period): string {
  const last = addDays(period.end, -1);
  return period.start === last ? last : `${period.start} to ${last}, both days included,`;
}

/** The answer to a spend question that has spend to answer with. Pure. */
export function spendAnswer(report: SpendReport, setting: SpendSetting, lead?: Lead): AnswerBody {
  const { asked, total, coverage, compare, compareSaid, before } = report;
  const unknown = isUnpriced(total);
  const rate = unknown ? undefined : runRate(asked, report.days, setting.today);
  const owner = setting.owner === undefined ? undefined : { label: "Owner", value: setting.owner };
  const facts = [
    beforeFact(asked, compare, compareSaid, before),
    rate === undefined ? undefined : runRateFact(asked, total, rate, setting.today),
    ...(setting.outlook ?? []),
    callsFact(total),
    tokensFact(total),
    unpricedFact(total),
    reportedFact(total),
    coverageFact(coverage),
    owner,
  ].filter((fact) => fact !== undefined);
  const table = spendTable(report, setting.linesShown);
  const chart = unknown ? undefined : spendChart(asked.period, report.days, setting.today);
  const attributed = percentOf(coverage.teamCost, coverage.cost);
  const recorded = total.lastRecordedAt;
  return {
    command: setting.command,
    ...(lead?.(report) ?? {
      title: title(report),
      sentence: sentence(report, rate, setting.today),
    }),
    facts,
    ...(table === undefined ? {} : { table }),
    ...(chart === undefined ? {} : { chart }),
    notes: notes(report),
    details: [
      `${daysSaid(asked.period)} in ${setting.timeZone}.`,
      ...(total.unpricedRequests === 0n ? ["Unpriced: 0 calls."] : []),
    ],
    source: {
      ...sourceBasis(total),
      ...(attributed === undefined ? {} : { attributedPercent: attributed }),
      ...(recorded === undefined
        ? {}
        : {
            asOf: recorded.toISOString(),
            asOfSaid: saidAsOf(recorded, setting.now, setting.timeZone),
          }),
    },
    actions: actions(report, setting),
    figures: spendFigures(report, rate),
    download: download(report),
  };
}
