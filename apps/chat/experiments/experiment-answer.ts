import type { Action, AnswerInput, Fact } from "#core/answers/schema.ts";
import { formatUsd, usdDecimal } from "#core/money.ts";
import { type Judged, passRateSaid } from "#core/outcomes/eval-gate.ts";
import type { Experiment } from "#core/outcomes/experiment.ts";
import { per } from "#core/outcomes/unit-cost.ts";
import { askButton } from "../refusal.ts";
import { saidCounted } from "../said/said-count.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";

/** Dollars of a call or a success, as domain.md's table has them. */
function each(amount: bigint | undefined): string {
  return amount === undefined ? "-" : formatUsd(amount, 4);
}

export function gateTable(judged: readonly Judged[]): NonNullable<AnswerInput["table"]> {
  return {
    caption: "The evaluation gate",
    columns: [
      { label: "Configuration" },
      { label: "Cost / call", align: "right" },
      { label: "Pass rate", align: "right" },
      { label: "Cost / successful task", align: "right" },
      { label: "Decision" },
    ],
    rows: judged.map((one) => [
      one.name,
      each(one.costPerCall),
      passRateSaid(one),
      each(one.costPerSuccess),
      one.decision === "baseline" ? "" : one.decision,
    ]),
  };
}

/** The cheapest success of those that pass the gate. */
export function bestOf(judged: readonly Judged[]): { at: number; one: Judged } | undefined {
  const passing = judged.flatMap((one, at) => (one.decision === "promote" ? [{ at, one }] : []));
  return passing.sort((a, b) =>
    (a.one.costPerSuccess ?? 0n) < (b.one.costPerSuccess ?? 0n) ? -1 : 1,
  )[0];
}

function sentenceOf(judged: readonly Judged[]): string {
  const [baseline] = judged;
  const best = bestOf(judged)?.one;
  if (best !== undefined) {
    return (
      `${best.name} passes the gate: ${passRateSaid(best)} of the tasks succeed, and a success ` +
      `costs ${each(best.costPerSuccess)} instead of ${each(baseline?.costPerSuccess)}.`
    );
  }
  const first = judged[1];
  return first === undefined
    ? "There is no candidate."
    : `No candidate passes the gate; ${first.name}: ${first.why}.`;
}

function details(judged: readonly Judged[]): string[] {
  const [baseline] = judged;
  return [
    ...judged.slice(1).map((one) => `${one.name}: ${one.decision}, ${one.why}.`),
    ...(baseline?.counted === true
      ? [`Measured on ${saidCounted(baseline.cases, "case")}; few cases tell little.`]
      : []),
  ];
}

const figures = (judged: readonly Judged[]): AnswerInput["figures"] =>
  Object.fromEntries(
    judged.flatMap(({ costPerSuccess }, at) =>
      costPerSuccess === undefined
        ? []
        : [[`cost_per_success_${at}`, { amount: usdDecimal(costPerSuccess), unit: "USD" }]],
    ),
  );

/** The table of an evaluation that is not on record. Pure. */
export function evaluationAnswer(
  judged: readonly Judged[],
  setting: { readonly command: string; readonly said: string; readonly actions: readonly Action[] },
): AnswerBody {
  const best = bestOf(judged);
  return {
    command: setting.command,
    title: `${setting.said}: ${best === undefined ? "reject" : `promote ${best.one.name}`}`,
    sentence: sentenceOf(judged),
    table: gateTable(judged),
    details: details(judged),
    source: { basis: "none", note: "as measured by the evaluation" },
    actions: [...setting.actions],
    figures: figures(judged),
  };
}

const STATE_SAID = { open: "to be decided", promoted: "promoted", rejected: "rejected" } as const;

function sinceFacts(experiment: Experiment): Fact[] {
  const { beforeCost, beforeRequests, afterCost, afterRequests, afterDays } = experiment;
  if (beforeCost === null || beforeRequests === null) return [];
  const before = per(beforeCost, beforeRequests);
  const after =
    afterCost === null || afterRequests === null ? undefined : per(afterCost, afterRequests);
  return [
    { label: "Before", value: `${each(before)} a call, over 28 days` },
    {
      label: "After",
      value:
        after === undefined
          ? "measured from the first whole day on"
          : `${each(after)} a call, over ${afterDays === 1 ? "1 day" : `${afterDays} days`}`,
    },
  ];
}

/** An experiment on record: the table, the decision, and what it did since. Pure. */
export function experimentAnswer(
  experiment: Experiment,
  nameOf: (personId: number) => string,
): AnswerBody {
  const { id, judged, name, state, workflow } = experiment;
  const best = bestOf(judged);
  const chosen = experiment.promoted === null ? undefined : judged[experiment.promoted];
  const who = experiment.decidedBy === null ? "the operator" : nameOf(experiment.decidedBy);
  const decided =
    state === "open"
      ? ""
      : chosen === undefined
        ? ` ${who} rejected it.`
        : ` ${who} promoted ${chosen.name}.`;
  const promote: Action[] =
    state !== "open" || best === undefined
      ? []
      : [
          {
            kind: "press",
            label: `Promote ${best.one.name}`.slice(0, 75),
            verb: "experiment_promote",
            token: `${id}:${best.at}`,
            style: "primary",
          },
        ];
  const reject: Action[] =
    state !== "open"
      ? []
      : [
          {
            kind: "press",
            label: "Reject",
            verb: "experiment_reject",
            token: `${id}`,
            style: "default",
          },
        ];
  return {
    command: `experiment ${id}`,
    title: `${name} (${id}): ${STATE_SAID[state]}`,
    sentence:
      `${workflow === null ? name : `${workflow}, ${name}`}: ` + `${sentenceOf(judged)}${decided}`,
    facts: sinceFacts(experiment),
    table: gateTable(judged),
    details: details(judged),
    source: { basis: "none", note: "as measured by the evaluation" },
    actions: [...promote, ...reject, askButton("experiment", "All experiments")],
    figures: figures(judged),
  };
}

/** The newest experiments. Pure. */
export function experimentsAnswer(
  command: string,
  said: string | undefined,
  all: readonly Experiment[],
  actions: readonly Action[],
): AnswerBody {
  const of = said === undefined ? "" : ` of ${said}`;
  const [newest] = all;
  if (newest === undefined) {
    return {
      command,
      title: `No experiment${of} is on record`,
      sentence:
        `No experiment${of} is on record: a change is promoted only behind the ` +
        "evaluation gate.",
      notes: ["Put one on record: aispend experiment evaluate results.json"],
      source: { basis: "none" },
      actions: [...actions],
    };
  }
  const open = all.filter(({ state }) => state === "open").length;
  return {
    command,
    title: `Experiments${of}`,
    sentence:
      `${all.length === 1 ? "1 experiment" : `${all.length} experiments`}${of}, ` +
      `${open === 0 ? "all decided" : `${open} to be decided`}; the newest is ${newest.name}.`,
    table: {
      caption: "The newest first",
      columns: [
        { label: "No." },
        { label: "Experiment" },
        { label: "Workflow" },
        { label: "Success, before", align: "right" },
        { label: "Success, best", align: "right" },
        { label: "State" },
      ],
      rows: all.map((one) => [
        String(one.id),
        one.name,
        one.workflow ?? "-",
        each(one.judged[0]?.costPerSuccess),
        each(bestOf(one.judged)?.one.costPerSuccess),
        STATE_SAID[one.state],
      ]),
    },
    source: { basis: "none", note: "as measured by the evaluations" },
    actions: [...actions, askButton(`experiment ${newest.id}`, `Show ${newest.id}`)],
  };
}
