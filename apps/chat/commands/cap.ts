import type { Command } from "../command.ts";
import { capAnswer, pressCap } from "../keys/cap-answer.ts";
import { type CapWords, readCapWords } from "../keys/read-cap-words.ts";

export const cap: Command<CapWords> = {
  name: "cap",
  usage: "cap [set|raise] agent|key NAME [AMOUNT]",
  summary: "What it may use at most; set or raise it.",
  examples: [
    ["cap agent checkout-agent", "What it may use, and has used."],
    ["cap set agent checkout-agent 50 a day because a runaway", "Sets it, or asks who may."],
    ["cap raise agent checkout-agent 75 today", "More until tonight."],
  ],
  parse: (words, { today }) => readCapWords(words, today),
  run: capAnswer,
  presses: { cap_change: pressCap },
};
