import { AispendError } from "#core/errors.ts";
import type { SpendDimension } from "#core/ledger/spend-query.ts";
import type { Asking } from "../asking.ts";
import type { Command } from "../command.ts";
import { DIMENSION_NAMES, dimensionOf, pluralOf } from "../grammar/dimension-words.ts";
import type { Word } from "../grammar/words.ts";
import { askButton, Refusal } from "../refusal.ts";
import { saidShare } from "../said/said-share.ts";
import { answerSpend } from "../spend/answer-spend.ts";
import { saidCost } from "../spend/at-least.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import type { SpendReport } from "../spend/spend-report.ts";
import { lineName } from "../spend/spend-table.ts";
import { readSpendWords, type SpendWords, spellClauses } from "../spend/spend-words.ts";

interface TopWords {
  readonly dimension: SpendDimension;
  readonly count: number;
  readonly words: SpendWords;
}

const SHOWN = 10;
const SHOWN_AT_MOST = 50;

/** "5 models in payments last week": the number may stand before the dimension or after it. */
function readTop(words: readonly Word[]): { count: number; dimension: Word; rest: Word[] } {
  const isCount = (word: Word | undefined) => /^\d{1,3}$/.test(word?.lower ?? "");
  const [first, second] = words;
  const counted = isCount(first) ? first : isCount(second) ? second : undefined;
  const dimension = isCount(first) ? second : first;
  const count = Number(counted?.lower ?? SHOWN);
  if (count < 1) {
    throw new AispendError("count_invalid", `'top ${count}' would show nothing`, {
      help: "Write for example: top 5 model last week",
    });
  }
  if (dimension === undefined || dimensionOf(dimension.lower) === undefined) {
    throw new AispendError(
      "dimension_unknown",
      `'${dimension?.text ?? ""}' is no dimension to rank; it can be ${DIMENSION_NAMES}`,
      { help: "Write for example: top model last week" },
    );
  }
  const rest = words.filter((word) => word !== dimension && word !== counted);
  return { count: Math.min(count, SHOWN_AT_MOST), dimension, rest };
}

function spell(top: TopWords, subject: string, words: SpendWords): string {
  const within = subject === "org" ? "" : ` in ${subject}`;
  const count = top.count === SHOWN ? "" : `${top.count} `;
  return `top ${count}${top.dimension}${within}${spellClauses({ ...words, by: undefined })}`;
}

/** The first line names the dearest three: that is what was asked for. */
function lead(top: TopWords, report: SpendReport): { title: string; sentence: string } {
  const { subject, asked, total, lines } = report;
  const shown = Math.min(3, top.count);
  const leaders = lines
    .slice(0, shown)
    .map(
      ({ name, measures }) =>
        `${lineName(report, name)} ${saidCost(measures)} (${saidShare(measures.cost, total.cost)})`,
    )
    .join(", ");
  const heading = top.count === 1 ? `Top ${top.dimension}` : `Top ${pluralOf(top.dimension)}`;
  const all = `of ${saidCost(total)} in all`;
  return {
    title: `${heading}, ${asked.said}: ${leaders}`,
    sentence: `${heading} of ${subject.said}, ${asked.said}: ${leaders}; ${all}.`,
  };
}

async function runTop(asking: Asking, top: TopWords): Promise<AnswerBody> {
  if (top.dimension === "person") {
    throw new Refusal(
      "people_not_ranked",
      "People are not ranked",
      "There is no ranking of people.",
      {
        kind: "forbidden",
        actions: [askButton("me", "My own spend"), askButton("top team")],
      },
    );
  }
  return answerSpend(asking, top.words, {
    linesShown: top.count,
    lead: (report) => lead(top, report),
    spell: (subject, words) => spell(top, subject, words),
  });
}

export const top: Command<TopWords> = {
  name: "top",
  usage: "top [N] DIMENSION [in NAME] [PERIOD]",
  summary: "The dearest teams, agents, models ...",
  isFirst: true,
  parse: (words, { today }) => {
    const { count, dimension, rest } = readTop(words);
    const by = dimensionOf(dimension.lower) ?? "team";
    const asked = readSpendWords(undefined, rest, today);
    const subjects = asked.subjects.length === 0 ? [{ kind: "org" as const }] : asked.subjects;
    return { dimension: by, count, words: { ...asked, subjects, by } };
  },
  run: runTop,
};
