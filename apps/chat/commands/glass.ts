import type { Command } from "../command.ts";
import type { Word } from "../grammar/words.ts";
import { glassAnswer, pressGlass } from "../keys/glass-answer.ts";

/** "break glass ..." too: route.ts reads the two words as one. */
export const glass: Command<readonly Word[]> = {
  name: "glass",
  usage: "glass agent|key NAME because WHY",
  summary: "On call: 20% more for 4 hours, once.",
  parse: (words) => words,
  run: glassAnswer,
  presses: { break_glass: pressGlass },
};
