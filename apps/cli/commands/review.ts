import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { createOrgViews } from "#apps/chat/org-view.ts";
import { reviewAnswer } from "#apps/chat/reviews/review-answer.ts";
import { lastMonth, loadReview } from "#apps/chat/reviews/review-report.ts";
import { reviewHtml } from "#apps/reports/review-html.ts";
import { plainText } from "#core/answers/plain-text.ts";
import { Answer } from "#core/answers/schema.ts";
import { localDay } from "#core/time.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { type CommonOptions, JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf } from "../organization.ts";
import { readMonth } from "../read-month.ts";
import { report } from "../report.ts";

interface ReviewOptions extends CommonOptions {
  html?: string;
}

export function addReview(program: Command, line: CommandLine): void {
  program
    .command("review")
    .description("the monthly review: KPIs, budgets, levers, what is to be decided")
    .argument("[month]", "YYYY-MM; the last month that is over unless given")
    .option("--html <file>", "write it as one self-contained page, ready to print")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((month: string | undefined, options: ReviewOptions) =>
      report(line, options.json === true, () => review(line, month, options)),
    );
}

function review(
  line: CommandLine,
  text: string | undefined,
  options: ReviewOptions,
): Promise<Outcome> {
  return withDatabase(line, async ({ pool }) => {
    const { orgId, timeZone } = await organizationOf(line, pool, options.org);
    const now = line.clock();
    const org = await createOrgViews(pool)(orgId, now);
    const month =
      text === undefined ? lastMonth(now, timeZone) : readMonth(text, localDay(now, timeZone));
    const found = await loadReview(
      { pool, org, now },
      { month, breadth: "organisation", personId: undefined },
    );
    const answer = Answer.parse({
      ...reviewAnswer(found),
      audience: { kind: "operator" },
      demonstration: org.demonstration,
    });
    if (options.html === undefined) return { text: plainText(answer), json: answer };
    const file = resolve(line.workingFolder, options.html);
    writeFileSync(file, reviewHtml(found));
    return { text: `${answer.title}\nWritten to ${file}.`, json: { ...answer, file } };
  });
}
