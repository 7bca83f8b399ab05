import { type ListWords, readListWords } from "../anomalies/anomaly-words.ts";
import { listAnswer } from "../anomalies/list-answer.ts";
import type { Command } from "../command.ts";

export const anomalies: Command<ListWords> = {
  name: "anomalies",
  usage: "anomalies [NAME] [all]",
  summary: "What is not as usual, and its state.",
  parse: (words, { today }) => readListWords(words, today),
  run: listAnswer,
};
