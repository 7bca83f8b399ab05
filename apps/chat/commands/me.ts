import type { Command } from "../command.ts";
import { readClauses } from "../grammar/clauses.ts";
import { answerSpend } from "../spend/answer-spend.ts";
import type { SpendWords } from "../spend/spend-words.ts";

export const me: Command<SpendWords> = {
  name: "me",
  usage: "me [PERIOD] [by ...] [vs ...]",
  summary: "What you spent, shown to you alone.",
  isFirst: true,
  parse: (words, { today }) => {
    const { period, versus, by } = readClauses(words, today);
    return { subjects: [{ kind: "me" }], wholeName: undefined, period, versus, by };
  },
  run: (asking, words) => answerSpend(asking, words),
};
