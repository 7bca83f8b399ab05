import { may } from "#core/org/permission.ts";
import { loadRoster } from "#core/org/roster.ts";
import { addMonths, type Day, startOfQuarter } from "#core/time.ts";
import type { Asking } from "../asking.ts";
import { boardAnswer } from "../board/board-answer.ts";
import { loadBoard } from "../board/board-report.ts";
import type { Command } from "../command.ts";
import { readClauses } from "../grammar/clauses.ts";
import { resolvePeriod } from "../period.ts";
import { askButton, Refusal } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";

/** For the Accountable of any activity at the organisation, and of AI cost as a whole. */
async function requireBoard(asking: Asking): Promise<void> {
  const { asker, org, now, pool, sight } = asking;
  if (sight.isOperator) return;
  const question = { action: "see_board_page", scopeId: 0, now } as const;
  const roster = await loadRoster(pool, org.id);
  const allowed =
    asker.personId !== undefined && may(roster, asker.personId, question).allowed && !sight.isRoom;
  if (allowed) return;
  throw new Refusal(
    "board_refused",
    "The board page is not shown here",
    sight.isRoom
      ? "The board page is not shown in a room."
      : "The board page is for those accountable at the organisation.",
    {
      kind: "forbidden",
      help: sight.isRoom ? "Ask me in private." : "See who that is: owners org",
      actions: sight.isRoom ? [] : [askButton("owners org")],
    },
  );
}

async function run(asking: Asking, quarter: Day | undefined): Promise<AnswerBody> {
  await requireBoard(asking);
  const { pool, org, now, today } = asking;
  const wanted = quarter ?? addMonths(startOfQuarter(today), -3);
  if (wanted > today) {
    throw new Refusal("quarter_not_begun", "Not begun yet", "That quarter has not begun.", {
      kind: "unprocessable",
      actions: [askButton("board", "Last quarter")],
    });
  }
  return boardAnswer(await loadBoard({ pool, org, now }, wanted));
}

export const board: Command<Day | undefined> = {
  name: "board",
  usage: "board [QUARTER]",
  summary: "The quarter on one page, for the board.",
  parse: (words, { today }) => {
    const { period } = readClauses(words, today);
    if (period === undefined) return undefined;
    return startOfQuarter(resolvePeriod(period, today).whole.start);
  },
  run,
};
