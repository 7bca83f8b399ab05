import type { Command } from "../command.ts";
import type { Word } from "../grammar/words.ts";
import { blockAnswer, pressBlock, pressUnblock, unblockAnswer } from "../keys/block-answer.ts";

/** The kill switch; unblock.ts is its other half. */
export const block: Command<readonly Word[]> = {
  name: "block",
  usage: "block key|agent|project|team NAME",
  summary: "Refuse all its traffic at every gateway.",
  parse: (words) => words,
  run: blockAnswer,
  presses: {
    traffic_block: (asking, press) => pressBlock(asking, press, false),
    traffic_cut: (asking, press) => pressBlock(asking, press, true),
    traffic_unblock: pressUnblock,
  },
};

export const unblock: Command<readonly Word[]> = {
  name: "unblock",
  usage: "unblock key|agent|project|team NAME",
  summary: "Lift a block, as approving the key.",
  parse: (words) => words,
  run: unblockAnswer,
};
