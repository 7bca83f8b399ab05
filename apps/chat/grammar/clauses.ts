import { AispendError } from "#core/errors.ts";
import type { SpendDimension } from "#core/ledger/spend-query.ts";
import type { Day } from "#core/time.ts";
import { dimensionOf } from "./dimension-words.ts";
import type { PeriodPhrase } from "./period-phrase.ts";
import { type PeriodRead, readPeriod } from "./read-period.ts";
import { joined, matches, plainWord, type Word } from "./words.ts";

/** A question taken apart: names in the order they were said, and what was asked of them. */
export interface Clauses {
  /** The words before the first preposition, then those after each. */
  readonly subjects: readonly (readonly Word[])[];
  readonly period: PeriodPhrase | undefined;
  readonly versus: PeriodPhrase | undefined;
  readonly by: SpendDimension | undefined;
  /** Everything as typed: a name may hold any of the words of the grammar. */
  readonly text: string;
}

const SUBJECT_PREPOSITIONS = "on|in|for|of|with|using|via|through|within|across|inside|at|from|to";
const PERIOD_PREPOSITIONS =
  "in|for|during|over|on|of|within|throughout|through|across|at|and|with|from";
const VERSUS = ["vs", "versus", "against", "compared to|with", "relative to", "than"];
const BY = ["by", "per", "broken down by", "split by", "grouped by", "for|in each", "for every"];
const TRAILING_UNITS = new Set(["week", "month", "quarter", "year"]);

interface Draft {
  subjects: Word[][];
  period: PeriodPhrase | undefined;
  versus: PeriodPhrase | undefined;
  by: SpendDimension | undefined;
}

function leading(words: readonly Word[], at: number, phrases: readonly string[]): number {
  const found = phrases.find((phrase) => matches(words, at, phrase));
  return found === undefined ? 0 : found.split(" ").length;
}

function skipArticle(words: readonly Word[], at: number): number {
  return matches(words, at, "the|all|whole") ? at + 1 : at;
}

/** A period here, with a preposition and an article before it or without; its full length. */
function periodAt(words: readonly Word[], at: number, today: Day): PeriodRead | undefined {
  const bare = readPeriod(words, skipArticle(words, at), today);
  if (bare !== undefined) return { ...bare, length: bare.length + skipArticle(words, at) - at };
  if (!matches(words, at, PERIOD_PREPOSITIONS)) return undefined;
  const start = skipArticle(words, at + 1);
  const led = readPeriod(words, start, today);
  return led === undefined ? undefined : { ...led, length: led.length + start - at };
}

/** "vs last month"; undefined where no comparison is meant. */
function versusAt(words: readonly Word[], at: number, today: Day): PeriodRead | undefined {
  const lead = leading(words, at, VERSUS);
  if (lead === 0) return undefined;
  const start = skipArticle(words, at + lead);
  const read = readPeriod(words, start, today);
  if (read !== undefined) return { ...read, length: read.length + start - at };
  if (!matches(words, at, "vs|versus")) return undefined;
  throw new AispendError(
    "versus_invalid",
    `'vs ${joined(words.slice(at + lead, at + lead + 3))}' is not a period; vs compares periods`,
    { help: "Write for example: team payments this month vs last month" },
  );
}

/** "by model"; "by day" is what the chart shows anyway and asks for nothing more. */
function byAt(
  words: readonly Word[],
  at: number,
): { by: SpendDimension | undefined; length: number } | undefined {
  const lead = leading(words, at, BY);
  if (lead === 0) return undefined;
  const word = words[at + lead]?.lower ?? "";
  if (/^(?:day|days|daily)$/.test(word)) return { by: undefined, length: lead + 1 };
  const by = dimensionOf(word);
  return by === undefined ? undefined : { by, length: lead + 1 };
}

function addPeriod(draft: Draft, phrase: PeriodPhrase): void {
  if (draft.period === undefined) draft.period = phrase;
  else if (draft.versus === undefined) draft.versus = phrase;
  else {
    throw new AispendError("period_invalid", "more than two periods in one question", {
      help: "Name one period, or two with vs between them.",
    });
  }
}

/** One clause at this word, taken into the draft; its length, or 0 where none begins. */
function takeClause(draft: Draft, words: readonly Word[], at: number, today: Day): number {
  if (words[at]?.quoted) return 0;
  const versus = versusAt(words, at, today);
  if (versus !== undefined) {
    if (draft.versus !== undefined) addPeriod(draft, versus.phrase);
    draft.versus = versus.phrase;
    return versus.length;
  }
  const by = byAt(words, at);
  if (by !== undefined) {
    if (by.by !== undefined && draft.by !== undefined && by.by !== draft.by) {
      throw new AispendError(
        "dimension_invalid",
        `'by ${draft.by}' and 'by ${by.by}' cannot be asked about together`,
        { help: `Ask for one of them, for example: team payments by ${by.by}` },
      );
    }
    draft.by = by.by ?? draft.by;
    return by.length;
  }
  const period = periodAt(words, at, today);
  if (period !== undefined) {
    addPeriod(draft, period.phrase);
    return period.length;
  }
  const unit = words[at]?.lower ?? "";
  const lastWord = at === words.length - 1;
  if (lastWord && at > 0 && draft.period === undefined && TRAILING_UNITS.has(unit)) {
    const read = readPeriod([plainWord("this"), ...words.slice(at)], 0, today);
    if (read !== undefined) addPeriod(draft, read.phrase);
    return 1;
  }
  return 0;
}

/**
 * Takes the words of a question apart, in any order. Whatever is no clause is part of a name;
 * quoted words always are. Throws for a date that is none and for "vs" without a period.
 */
export function readClauses(words: readonly Word[], today: Day): Clauses {
  const draft: Draft = { subjects: [], period: undefined, versus: undefined, by: undefined };
  let current: Word[] = [];
  let at = 0;
  for (; at < words.length; ) {
    const taken = takeClause(draft, words, at, today);
    const word = words[at];
    if (word === undefined) break;
    if (taken > 0) {
      at += taken;
    } else {
      if (matches(words, at, SUBJECT_PREPOSITIONS)) {
        if (current.length > 0) draft.subjects.push(current);
        current = [];
      } else current.push(word);
      at += 1;
    }
  }
  if (current.length > 0) draft.subjects.push(current);
  return { ...draft, text: joined(words) };
}
