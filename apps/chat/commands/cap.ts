import type { Command } from "../command.ts";
import { capAnswer, pressCap } from "../keys/cap-answer.ts";
import { type CapWords, readCapWords } from "../keys/read-cap-words.ts";

export const cap: Command<CapWords> = {
  name: "cap",
  usage: "cap [set|raise] agent|key NAME [AMOUNT]",
  summary: "What it may use at most; set or raise it.",
  parse: (words, { today }) => readCapWords(words, today),
  run: capAnswer,
  presses: { cap_change: pressCap },
};
