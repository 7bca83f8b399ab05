import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { boardAnswer } from "#apps/chat/board/board-answer.ts";
import { loadBoard } from "#apps/chat/board/board-report.ts";
import { createOrgViews } from "#apps/chat/org-view.ts";
import { boardHtml } from "#apps/reports/board-html.ts";
import { plainText } from "#core/answers/plain-text.ts";
import { Answer } from "#core/answers/schema.ts";
import { AispendError } from "#core/errors.ts";
import { addMonths, type Day, localDay, parseDay, startOfQuarter } from "#core/time.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { type CommonOptions, JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf } from "../organization.ts";
import { report } from "../report.ts";

interface BoardOptions extends CommonOptions {
  html?: string;
}

export function addBoard(program: Command, line: CommandLine): void {
  program
    .command("board")
    .description("the quarter on one page: spend, forecast, unit costs, return, maturity")
    .argument("[quarter]", "2026-Q3; the last one that is over unless given")
    .option("--html <file>", "write it as one self-contained page, ready to print")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((quarter: string | undefined, options: BoardOptions) =>
      report(line, options.json === true, () => board(line, quarter, options)),
    );
}

/** Throws `quarter_invalid`. */
function readQuarter(text: string | undefined, today: Day): Day {
  if (text === undefined) return addMonths(startOfQuarter(today), -3);
  const [, year, quarter] = /^(\d{4})-?[Qq]([1-4])$/.exec(text) ?? [];
  if (year === undefined || quarter === undefined) {
    throw new AispendError("quarter_invalid", `'${text}' is not a quarter`, {
      help: "Write it as 2026-Q3.",
    });
  }
  const first = parseDay(`${year}-${String(Number(quarter) * 3 - 2).padStart(2, "0")}-01`);
  if (first <= today) return first;
  throw new AispendError("quarter_invalid", `${text} has not begun yet`, {
    help: "Choose one that has begun.",
  });
}

function board(
  line: CommandLine,
  text: string | undefined,
  options: BoardOptions,
): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const { orgId, timeZone } = await organizationOf(line, pool, options.org);
    const now = line.clock();
    const org = await createOrgViews(pool)(orgId, now);
    const found = await loadBoard({ pool, org, now }, readQuarter(text, localDay(now, timeZone)));
    const answer = Answer.parse({
      ...boardAnswer(found),
      audience: { kind: "operator" },
      demonstration: org.demonstration,
    });
    if (options.html === undefined) return { text: plainText(answer), json: answer };
    const file = resolve(line.workingFolder, options.html);
    writeFileSync(file, boardHtml(found));
    return { text: `${answer.title}\nWritten to ${file}.`, json: { ...answer, file } };
  });
}
