import type { Action } from "#core/answers/schema.ts";
import { saidUsd, saidUsdChange } from "#core/money.ts";
import type { Lever } from "#core/outcomes/lever.ts";
import { addMonths, startOfDay, startOfMonth } from "#core/time.ts";
import { budgetLine, likelySaid } from "../budgets/budget-lines.ts";
import { subjectToken } from "../budgets/set-token.ts";
import { spellPeriod } from "../grammar/period-phrase.ts";
import { promisedSaid } from "../levers/lever-answer.ts";
import { tryLever } from "../levers/lever-said.ts";
import { askButton } from "../refusal.ts";
import { saidAsOf, silenceNote } from "../said/as-of.ts";
import { sourceBasis } from "../said/said-basis.ts";
import { saidChange } from "../said/said-change.ts";
import { saidCount, saidCounted } from "../said/said-count.ts";
import { saidPeriod, saidWhole } from "../said/said-period.ts";
import { percentOf, saidShare } from "../said/said-share.ts";
import { isLowerBound, leastOf, saidCost } from "../spend/at-least.ts";
import { type AnswerBody, capitalized } from "../spend/spend-answer.ts";
import { spendChart } from "../spend/spend-chart.ts";
import { usd } from "../spend/spend-figures.ts";
import { costPerCall } from "../spend/spend-table.ts";
import { whySaid } from "../why/why-answer.ts";
import { lineToken } from "./line-token.ts";
import type { ShowbackReport } from "./showback-report.ts";

const TOP = 3;
const AGENTS_SHOWN = 10;

/** "payments, 16-22 Nov: $2,914, up $402 (16%) on 9-15 Nov". */
function title(report: ShowbackReport): string {
  const { subject, period, today, why } = report;
  const { before, after } = why.total;
  const change = saidChange(before.cost, after.cost, why.compareSaid);
  return `${capitalized(subject)}, ${saidPeriod(period, today)}: ${saidCost(after)}, ${change}`;
}

function monthLine({ budget, outlook, today, why }: ShowbackReport): string | undefined {
  const isBound = isLowerBound(why.total.after);
  if (budget !== undefined) {
    const likely = likelySaid(budget.burn, budget.budget.unit, isBound);
    const line = budgetLine(budget, today, isBound);
    return `Month: ${line}${likely === undefined ? "" : `; ${likely}`}`;
  }
  if (outlook === undefined) return undefined;
  const { p50, p90 } = outlook;
  const start = startOfMonth(today);
  const month = saidWhole({ start, end: addMonths(start, 1) }, today);
  const least = leastOf(isBound);
  const likely = `${month} likely ends at ${least}${saidUsd(p50)}`;
  return `Month: ${likely}; ${least}1 chance in 10 above ${saidUsd(p90)}; no budget set`;
}

function topLine({ projects, scopeId }: ShowbackReport): string | undefined {
  const named = projects.filter(({ id, measures }) => id !== 0 && measures.cost > 0n);
  if (named.length === 0) return undefined;
  const said = named.slice(0, TOP).map((line) => `${line.name} ${saidUsd(line.measures.cost)}`);
  return `${scopeId === 0 ? "Top teams" : "Top projects"}: ${said.join(", ")}`;
}

function cacheLine({ why }: ShowbackReport): string | undefined {
  const { before, after } = why.total;
  if (after.inputTokens === 0n) return undefined;
  const now = saidShare(after.cacheReadTokens, after.inputTokens);
  const then =
    before.inputTokens === 0n
      ? ""
      : `, ${saidShare(before.cacheReadTokens, before.inputTokens)} before`;
  return `Cache: ${now} of input read from it${then}`;
}

/** What is worth a try: at least a dollar, and a two-hundredth of what was spent. */
export function suggestedLever({ levers }: Pick<ShowbackReport, "levers">): Lever | undefined {
  const [best] = levers.levers.filter(({ isHypothesis }) => !isHypothesis);
  if (best === undefined || best.saving < 1_000_000_000n) return undefined;
  return best.saving * 200n >= levers.cost ? best : undefined;
}

function tryLine(report: ShowbackReport): string | undefined {
  const { levers, nameOf } = report;
  if (levers.cost > 0n && !levers.isCovered) {
    const share = saidShare(levers.workflowCost, levers.cost);
    return (
      `Try: tag the rest to a workflow first, ${share} is; levers are advised from ` +
      `${levers.coverageTarget}% on`
    );
  }
  const lever = suggestedLever(report);
  if (lever === undefined) return undefined;
  const what = tryLever(lever, nameOf(lever.agentId));
  return `Try: ${what}, about ${saidUsd(lever.saving)} a week at last week's calls; needs an eval`;
}

/** Where the records stop days before the period does: then less was recorded, not less spent. */
function silence({ period, timeZone, why }: ShowbackReport): string | undefined {
  const last = why.total.after.lastRecordedAt;
  if (last === undefined) {
    return "Nothing was recorded in this time: if calls went on, what records them has stopped.";
  }
  return silenceNote(last, startOfDay(period.end, timeZone), timeZone);
}

function notes(report: ShowbackReport): string[] {
  const { why, units, owner } = report;
  const made = whySaid(why);
  const silent = silence(report);
  return [
    silent,
    made === "" ? undefined : `Why: ${made}`,
    monthLine(report),
    units[0] === undefined ? undefined : `Unit: ${units[0]}`,
    topLine(report),
    silent === undefined ? cacheLine(report) : undefined,
    tryLine(report),
    owner === undefined ? undefined : `Owner: ${owner}`,
  ].filter((line) => line !== undefined);
}

function actions(report: ShowbackReport): Action[] {
  const { subject, period, cadence, scopeId } = report;
  const when = spellPeriod({ kind: "range", ...period });
  const other = cadence === "weekly" ? "monthly" : "weekly";
  const line: Action = {
    kind: "form",
    label: "Not ours...",
    form: "not_ours",
    token: lineToken({ scopeId, period }),
  };
  return [
    askButton(`why ${subject.command} ${when}`, "Why"),
    askButton(`${subject.command} ${when} by agent`, "Agents"),
    ...(scopeId === 0 ? [] : [line]),
    {
      kind: "press",
      label: cadence === "weekly" ? "Monthly instead" : "Weekly instead",
      verb: "showback_cadence",
      token: `${scopeId}:${other}`,
      style: "default",
    },
  ];
}

function source(report: ShowbackReport) {
  const { why, coverage, now, timeZone } = report;
  const total = why.total.after;
  const attributed = percentOf(coverage.teamCost, coverage.cost);
  const at = total.lastRecordedAt;
  return {
    ...sourceBasis(total),
    ...(attributed === undefined ? {} : { attributedPercent: attributed }),
    ...(at === undefined ? {} : { asOf: at.toISOString(), asOfSaid: saidAsOf(at, now, timeZone) }),
  };
}

function figures(report: ShowbackReport): NonNullable<AnswerBody["figures"]> {
  const { before, after } = report.why.total;
  const lever = suggestedLever(report);
  return {
    cost: usd(after.cost),
    cost_before: usd(before.cost),
    change: usd(after.cost - before.cost),
    ...(lever === undefined ? {} : { lever_saving: usd(lever.saving) }),
  };
}

/** What is posted: under ten lines with its first, and a chart; the rest stands in the thread. */
export function showbackAnswer(report: ShowbackReport): AnswerBody {
  const said = title(report);
  const chart = spendChart(report.period, report.days, report.today);
  return {
    command: `showback ${report.subject.command}`,
    title: said,
    sentence: said,
    notes: notes(report),
    ...(chart === undefined ? {} : { chart }),
    source: source(report),
    actions: actions(report),
    figures: figures(report),
  };
}

function agentTable({ agents, why }: ShowbackReport) {
  const shown = agents.filter(({ measures }) => measures.requests > 0n || measures.cost !== 0n);
  return {
    caption: "Agents",
    columns: [
      { label: "Agent" },
      { label: "Cost", align: "right" as const },
      { label: "Calls", align: "right" as const },
      { label: "Change", align: "right" as const },
    ],
    rows: shown.slice(0, AGENTS_SHOWN).map(({ id, name, measures }) => {
      const before = why.agents.get(id)?.before?.cost ?? 0n;
      return [
        id === 0 ? "calls without an agent" : name,
        saidCost(measures),
        saidCount(measures.requests),
        measures.cost === before ? "unchanged" : saidUsdChange(measures.cost - before),
      ];
    }),
    omitted: Math.max(0, shown.length - AGENTS_SHOWN),
  };
}

function modelLine({ models, why }: ShowbackReport): string {
  const total = why.total.after.cost;
  const said = models
    .filter(({ measures }) => measures.cost > 0n)
    .slice(0, 5)
    .map(({ name, measures }) => `${name} ${saidShare(measures.cost, total)}`);
  return `Models: ${said.length === 0 ? "none with a price" : said.join(", ")}.`;
}

function callLine({ why }: ShowbackReport): string {
  const { after } = why.total;
  const each = costPerCall(after);
  const said = each === undefined ? "" : `, ${each} each`;
  return (
    `Calls: ${saidCount(after.requests)}${said}; unpriced ` +
    `${saidCounted(after.unpricedRequests, "call")}.`
  );
}

/** Pull requests that were looked back at; the largest come first. */
const ESTIMATES = 5;

function threadLines(report: ShowbackReport): string[] {
  const { coverage, estimates, record, launches, units } = report;
  const [last] = record;
  const tagged = saidShare(coverage.workflowCost, coverage.cost);
  return [
    modelLine(report),
    callLine(report),
    `Tagged to a workflow: ${tagged} of it.`,
    ...units.slice(1).map((line) => `Unit: ${line}.`),
    last === undefined
      ? "Last lever: none on record."
      : `Last lever, ${last.lever.said}: ${promisedSaid(last)}.`,
    ...estimates.slice(0, ESTIMATES).map(({ text }) => `${text}.`),
    ...launches.map(({ said }) => `Launched: ${said} has more callers and more calls alike.`),
  ];
}

const LAUNCHES_AT_MOST = 3;

/** A launch is no alert; whoever sets its budget may want another one. */
function launchActions({ launches }: ShowbackReport): Action[] {
  return launches.slice(0, LAUNCHES_AT_MOST).map(({ scopeId, said, current }) => ({
    kind: "form",
    label: `Budget ${said}...`.slice(0, 75),
    form: "budget_set",
    token: subjectToken({ kind: "scope", id: scopeId }, current),
  }));
}

/** What stands in the thread under it. */
export function showbackThread(report: ShowbackReport): AnswerBody {
  const { subject, period, today, agents, why } = report;
  const [first] = agents;
  const who = first === undefined || first.id === 0 ? "no agent" : first.name;
  const cost = saidUsd(first?.measures.cost ?? 0n);
  return {
    command: `showback ${subject.command}`,
    title: `${subject.said}, ${saidPeriod(period, today)}: agents and models`,
    sentence: `Of ${saidCost(why.total.after)}, ${who} cost ${cost}.`,
    table: agentTable(report),
    notes: threadLines(report),
    source: source(report),
    actions: launchActions(report),
  };
}

/** Both at once, for whoever asks before it is sent. */
export function showbackPreview(report: ShowbackReport, when: string): AnswerBody {
  const { table, notes: rest } = showbackThread(report);
  const lead = showbackAnswer(report);
  return {
    ...lead,
    actions: [...(lead.actions ?? []), ...launchActions(report)],
    ...(table === undefined ? {} : { table }),
    details: [...(rest ?? []), when],
  };
}
