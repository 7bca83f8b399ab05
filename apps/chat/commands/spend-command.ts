import type { Command } from "../command.ts";
import type { SubjectKind } from "../grammar/dimension-words.ts";
import { answerSpend } from "../spend/answer-spend.ts";
import { readSpendWords, type SpendWords } from "../spend/spend-words.ts";

/** The commands that ask what something spent or cost differ in what the name is a name of. */
export function spendCommand(
  kind: SubjectKind | undefined,
  described: Pick<Command<SpendWords>, "name" | "usage" | "summary" | "isFirst">,
): Command<SpendWords> {
  return {
    ...described,
    parse: (words, { today }) => readSpendWords(kind, words, today),
    run: (asking, words) => answerSpend(asking, words),
  };
}
