import type { Command } from "../command.ts";
import type { Word } from "../grammar/words.ts";
import { muteAnswer, quietAnswer } from "../quiet/quiet-answer.ts";

/** Said in a room of the room, in private of one's own messages. */
export const mute: Command<readonly Word[]> = {
  name: "mute",
  usage: "mute [REPORT]",
  summary: "Reports that are not wanted here.",
  parse: (words) => words,
  run: (asking, words) => muteAnswer(asking, words, "mute"),
};

export const unmute: Command<readonly Word[]> = {
  name: "unmute",
  usage: "unmute REPORT",
  summary: "A muted report comes again.",
  parse: (words) => words,
  run: (asking, words) => muteAnswer(asking, words, "unmute"),
};

export const quiet: Command<readonly Word[]> = {
  name: "quiet",
  usage: "quiet [20:00 07:00|off|default]",
  summary: "Hours in which reports wait.",
  parse: (words) => words,
  run: (asking, words) => quietAnswer(asking, words),
};
