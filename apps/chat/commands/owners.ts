import type { Asking } from "../asking.ts";
import type { Command } from "../command.ts";
import type { Answering } from "../org-view.ts";
import { askButton, Refusal } from "../refusal.ts";
import { settleSubject } from "../spend/settle-question.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { readSpendWords, type SpendWords } from "../spend/spend-words.ts";
import { type Named, spellNamed } from "../subject.ts";

function requireScope(main: Named): number {
  if (main.scopeId !== undefined && main.name !== "unattributed") return main.scopeId;
  throw new Refusal(
    "owners_of_scopes_only",
    `No owners of a ${main.kind}`,
    `${main.said} is a ${main.kind}; people answer for the organisation, teams, projects and ` +
      "agents.",
    {
      kind: "not_found",
      actions: [askButton(`${spellNamed(main)} by team`), askButton("owners org")],
    },
  );
}

function people(asking: Asking, ids: readonly number[]): string {
  return ids.map((id) => asking.org.personName(id)).join(", ");
}

function row(asking: Asking, answering: Answering): string[] {
  return [
    answering.activity,
    answering.vacant === undefined
      ? people(asking, answering.accountable)
      : `nobody (${answering.vacant})`,
    people(asking, answering.responsible),
    people(asking, answering.consulted),
    people(asking, answering.informed),
  ];
}

async function run(asking: Asking, words: SpendWords): Promise<AnswerBody> {
  const { subject } = await settleSubject(asking, words, (subject) => `owners ${subject}`);
  const { main } = subject;
  const scopeId = requireScope(main);
  const { org } = asking;
  const owner = org.ownerOf(scopeId);
  const name = owner === undefined ? "nobody yet" : org.personName(owner);
  const onCall = org.onCall(scopeId);
  const whole = org.accountableForAiCost;
  const vacancies = org.answering(scopeId).filter((answering) => answering.vacant !== undefined);
  return {
    command: `owners ${spellNamed(main)}`,
    title: `Owner of ${main.said}: ${name}`,
    sentence:
      owner === undefined
        ? `Nobody answers for what ${main.said} spends yet.`
        : `${name} answers for what ${main.said} spends.`,
    facts: [
      { label: "Owner", value: name },
      ...(onCall.length === 0 ? [] : [{ label: "On call", value: people(asking, onCall) }]),
      ...(whole === undefined || scopeId !== 0
        ? []
        : [{ label: "AI cost as a whole", value: org.personName(whole) }]),
    ],
    table: {
      caption: `Who answers for what in ${main.said}`,
      columns: ["Activity", "Accountable", "Responsible", "Consulted", "Informed"].map((label) => ({
        label,
      })),
      rows: org.answering(scopeId).map((answering) => row(asking, answering)),
    },
    notes:
      vacancies.length === 0
        ? []
        : ["A function that nobody holds is filled in aispend.yaml, under functions."],
    actions: [askButton(spellNamed(main), "Spend")],
  };
}

export const owners: Command<SpendWords> = {
  name: "owners",
  usage: "owners [KIND] NAME",
  summary: "Who answers for what it spends.",
  isFirst: true,
  parse: (words, { today }) => readSpendWords(undefined, words, today),
  run,
};
