import type { Action } from "#core/answers/schema.ts";
import { saidUsd } from "#core/money.ts";
import type { Lever } from "#core/outcomes/lever.ts";
import { gradeOf } from "#core/outcomes/lever-cache.ts";
import type { LeverOnRecord } from "#core/outcomes/lever-record.ts";
import type { LeverSearch } from "#core/outcomes/lever-search.ts";
import type { Day } from "#core/time.ts";
import { askButton } from "../refusal.ts";
import { saidDay, saidPeriod } from "../said/said-period.ts";
import { saidShare } from "../said/said-share.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { usd } from "../spend/spend-figures.ts";
import { groundSaid, LEVER_LABELS, publishedSaid, tryLever } from "./lever-said.ts";

export interface LeverReport {
  readonly said: string;
  readonly command: string;
  readonly search: LeverSearch;
  readonly record: readonly LeverOnRecord[];
  readonly today: Day;
  readonly nameOf: (scopeId: number) => string;
  readonly actions: readonly Action[];
}

const SHOWN = 8;

function saving(lever: Lever): string {
  return `${lever.isHypothesis ? "up to " : "about "}${saidUsd(lever.saving)}`;
}

/** What was promised of a lever and what it did: "promised $95 a week, measured $88". */
export function promisedSaid({ lever, measured }: LeverOnRecord): string {
  const promised = `promised ${saidUsd(lever.promised)} a week`;
  if (measured === undefined) return `${promised}, not measured over a whole week yet`;
  return measured.saved < 0n
    ? `${promised}, measured ${saidUsd(-measured.saved)} dearer`
    : `${promised}, measured ${saidUsd(measured.saved)}`;
}

function recordLines({ record }: LeverReport): string[] {
  return record.map((one) => {
    const state = one.lever.endedOn === null ? "" : `, taken back on ${saidDay(one.lever.endedOn)}`;
    const since = `On record since ${saidDay(one.lever.promotedOn)}`;
    return `${since}: ${one.lever.said}; ${promisedSaid(one)}${state}.`;
  });
}

function hygieneLines({ search, nameOf }: LeverReport): string[] {
  return search.hygiene.slice(0, SHOWN).map((one) => {
    const name = one.projectId === 0 ? "calls without a project" : nameOf(one.projectId);
    const written =
      one.written === 0n ? "" : `, written for each read ${saidShare(one.written, one.read)}`;
    const net = one.net > 0n ? `, saves ${saidUsd(one.net)} a week net` : "";
    return (
      `Cache of ${name}: ${saidShare(one.read, one.input)} of input read from it` +
      `${written}${net}: ${gradeOf(one)}.`
    );
  });
}

function uncovered({ said, search }: LeverReport): { title: string; sentence: string } {
  const share = saidShare(search.workflowCost, search.cost);
  return {
    title: `${said}: no lever is advised yet`,
    sentence:
      `${share} of what ${said} spent last week is tagged to a workflow; levers are advised from ` +
      `${search.coverageTarget}% on, so tag the rest first.`,
  };
}

function lead({ said, search, nameOf }: LeverReport): { title: string; sentence: string } {
  const [best] = search.levers;
  if (best === undefined) {
    return {
      title: `${said}: no lever found`,
      sentence: `Nothing in last week's calls of ${said} would save a measurable amount.`,
    };
  }
  const what = tryLever(best, nameOf(best.agentId));
  return {
    title: `${said}: ${saving(best)} a week with the first lever`,
    sentence: `Try: ${what}, ${saving(best)} a week at last week's calls; it needs an eval first.`,
  };
}

/** Levers of a scope, computed from its own last week. Pure. */
export function leverAnswer(report: LeverReport): AnswerBody {
  const { search, today, command, nameOf } = report;
  const shown = search.levers.slice(0, SHOWN);
  const isMany = search.levers.filter(({ isHypothesis }) => !isHypothesis).length > 1;
  const together =
    `All measured levers together would save about ${saidUsd(search.combined)} a week` +
    (saidUsd(search.added) === saidUsd(search.combined)
      ? "."
      : `; added up they read ${saidUsd(search.added)}, as they overlap.`);
  return {
    command: `levers ${command}`,
    ...(search.isCovered ? lead(report) : uncovered(report)),
    facts: [
      {
        label: "Rests on",
        value: `${saidPeriod(search.week, today)}: ${saidUsd(search.cost)}`,
      },
      {
        label: "Tagged to a workflow",
        value: `${saidShare(search.workflowCost, search.cost)}, target ${search.coverageTarget}%`,
      },
    ],
    ...(shown.length === 0
      ? {}
      : {
          table: {
            caption: "Levers, at last week's calls",
            columns: [
              { label: "Lever" },
              { label: "Agent" },
              { label: "Saves a week", align: "right" as const },
              { label: "Rests on" },
            ],
            rows: shown.map((lever) => [
              LEVER_LABELS[lever.kind],
              nameOf(lever.agentId),
              saving(lever),
              groundSaid(lever),
            ]),
            omitted: search.levers.length - shown.length,
          },
        }),
    notes: isMany ? [together] : [],
    details: [
      ...recordLines(report),
      ...hygieneLines(report),
      ...[...new Set(shown.map(({ kind }) => kind))].map(publishedSaid),
    ],
    source: { basis: "metered", note: "savings are computed, not promised" },
    actions: [...report.actions, askButton(`why ${command} last week`, "Why")],
    figures: {
      week_cost: usd(search.cost),
      combined_saving: usd(search.combined),
      ...Object.fromEntries(
        shown.map((lever) => [`${lever.kind}_${nameOf(lever.agentId)}`, usd(lever.saving)]),
      ),
    },
  };
}

/** Levers on record with before and after. */
export function recordAnswer(report: Omit<LeverReport, "search">): AnswerBody {
  const { said, command, record, nameOf } = report;
  const [newest] = record;
  return {
    command: `levers record ${command}`,
    title: `${said}: ${record.length === 1 ? "1 lever" : `${record.length} levers`} on record`,
    sentence:
      newest === undefined
        ? `No lever of ${said} was put on record yet.`
        : `The newest, ${newest.lever.said}: ${promisedSaid(newest)}.`,
    ...(newest === undefined
      ? {}
      : {
          table: {
            caption: "Promoted levers, the newest first",
            columns: [
              { label: "Since" },
              { label: "Lever" },
              { label: "Where" },
              { label: "Before, a week", align: "right" as const },
              { label: "Promised", align: "right" as const },
              { label: "Measured", align: "right" as const },
              { label: "Pass rate" },
            ],
            rows: record.map(({ lever, measured }) => [
              saidDay(lever.promotedOn),
              LEVER_LABELS[lever.kind],
              lever.scopeId === 0 ? said : nameOf(lever.scopeId),
              saidUsd(lever.baselineCost),
              saidUsd(lever.promised),
              measured === undefined ? "not yet" : saidUsd(measured.saved),
              `${lever.passBefore / 10}% to ${lever.passAfter / 10}%`,
            ]),
          },
        }),
    source: { basis: "metered" },
    actions: [...report.actions, askButton(`levers ${command}`, "Levers")],
  };
}
