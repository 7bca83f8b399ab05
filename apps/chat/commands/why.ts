import type { Asking } from "../asking.ts";
import type { Command } from "../command.ts";
import { listedName } from "../names/name-source.ts";
import { requireCustomers } from "../sight.ts";
import { auditRead, settingOf } from "../spend/answer-spend.ts";
import { emptyAnswer } from "../spend/empty-answer.ts";
import { guardCustomers, scopeOf } from "../spend/guard-customers.ts";
import { type Spell, settleQuestion } from "../spend/settle-question.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { loadSpend } from "../spend/spend-report.ts";
import { readSpendWords, type SpendWords, spellClauses } from "../spend/spend-words.ts";
import { personMoved } from "../why/person-moved.ts";
import { whyAnswer } from "../why/why-answer.ts";
import { loadWhy } from "../why/why-report.ts";

const spell: Spell = (subject, words) => `why ${subject}${spellClauses(words)}`;

async function runWhy(asking: Asking, words: SpendWords): Promise<AnswerBody> {
  const guarded = await guardCustomers(asking, words);
  const { question, words: settled } = await settleQuestion(guarded, words, spell);
  const { subject } = question;
  const seesDetail = subject.filter.dimension?.name === "customer";
  if (seesDetail) requireCustomers(asking.sight, scopeOf(subject));
  const command = spell(subject.command, settled);
  const loaded = await loadWhy(asking.pool, asking.org.id, question);
  const agents = [...loaded.agents].map(([id, agent]) => {
    return [id, { ...agent, name: listedName(asking.org.scopes, id, agent.name) }] as const;
  });
  const report = { ...loaded, agents: new Map(agents) };
  await auditRead(asking, subject, undefined);
  const { before, after } = report.total;
  if (before.lastRecordedAt === undefined && after.lastRecordedAt === undefined) {
    return emptyAnswer(asking, await loadSpend(asking.pool, asking.org.id, question), command);
  }
  const person = await personMoved(asking, question);
  const setting = settingOf(asking, subject, command, 0, seesDetail || person !== undefined);
  return whyAnswer(report, setting, person);
}

export const why: Command<SpendWords> = {
  name: "why",
  usage: "why [KIND] NAME [PERIOD] [vs PERIOD]",
  summary: "What made spend change, to the cent.",
  isFirst: true,
  parse: (words, { today }) => ({ ...readSpendWords(undefined, words, today), by: undefined }),
  run: runWhy,
};
