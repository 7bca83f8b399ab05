import type { Action } from "#core/answers/schema.ts";
import { LEVEL_SAID } from "#core/maturity/maturity.ts";
import type { Evidence, EvidenceState, Maturity } from "#core/maturity/schema.ts";
import { askButton } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";

const STATE_SAID: Readonly<Record<EvidenceState, string>> = {
  yes: "yes",
  no: "no",
  not_connected: "not connected",
};

function held(evidence: readonly Evidence[]): string {
  const yes = evidence.filter(({ state }) => state === "yes").length;
  return `${yes} of ${evidence.length} lines hold`;
}

function rows(evidence: readonly Evidence[]): string[][] {
  return evidence.map(({ level, line, state, found, connect }) => [
    level,
    line,
    STATE_SAID[state],
    connect === undefined ? found : `connect ${connect}`,
  ]);
}

function details({ stages, rollout }: Maturity): string[] {
  const by = stages.map(({ dimension, stage }) => `${dimension} ${stage}`).join(", ");
  return [
    `By dimension: ${by}.`,
    ...rollout.flatMap((step) => [
      `${step.name} (${step.days}): ${step.done ? "done" : "open"}.`,
      ...step.exit.map(({ line, state, found }) =>
        state === "not_connected" ? `  ${line}: ${found}.` : `  ${line}: ${state}, ${found}.`,
      ),
    ]),
  ];
}

/** Level, evidence per line, what to do next; the 90 days under details. Pure. */
export function maturityAnswer(
  said: string,
  maturity: Maturity,
  actions: readonly Action[],
): AnswerBody {
  const { level, evidence, next } = maturity;
  const name = `${level} ${LEVEL_SAID[level]}`;
  const first = next[0];
  return {
    command: "maturity",
    title: `${said}: ${name}`,
    sentence:
      `${said} is at ${name}: ${held(evidence)}` +
      `${first === undefined ? "." : `; next: ${first}.`}`,
    facts: next.map((action, index) => ({ label: `Next ${index + 1}`, value: action })),
    table: {
      caption: "Evidence, computed from the data",
      columns: [{ label: "Level" }, { label: "Line" }, { label: "Holds" }, { label: "Evidence" }],
      rows: rows(evidence),
    },
    details: details(maturity),
    source: { basis: "metered", note: "the last 30 days" },
    actions: [askButton("unattributed", "Unattributed"), ...actions],
    figures: { level: { amount: level.slice(1), unit: "level" } },
  };
}
