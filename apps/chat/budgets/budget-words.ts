import {
  type BudgetPeriod,
  BudgetPeriod as BudgetPeriods,
  type BudgetUnit,
} from "#core/budgets/schema.ts";
import { AispendError } from "#core/errors.ts";
import type { Day } from "#core/time.ts";
import { joined, type Word } from "../grammar/words.ts";
import { readSpendWords, type SpendWords } from "../spend/spend-words.ts";
import { isAmount, readAmount } from "./said-amount.ts";

export type BudgetWords =
  | { readonly kind: "show" | "suggest" | "history"; readonly subject: SpendWords }
  | { readonly kind: "set"; readonly subject: SpendWords; readonly set: SetWords | undefined }
  | { readonly kind: "limit"; readonly above: bigint | "none" | undefined }
  | { readonly kind: "warn"; readonly days: number | undefined }
  | { readonly kind: "alerts"; readonly subject: SpendWords; readonly alerts: AlertWords }
  | { readonly kind: "plan"; readonly subject: SpendWords; readonly plan: PlanWords };

export interface SetWords {
  readonly amount: bigint;
  readonly period: BudgetPeriod;
  readonly unit: BudgetUnit;
  readonly thresholds: readonly number[] | undefined;
  readonly reason: string | undefined;
}

/** At how many percent people are told; none: asked for. */
export interface AlertWords {
  readonly percents: readonly number[];
  /** Undefined: every budget of the subject. */
  readonly period: BudgetPeriod | undefined;
  readonly reason: string | undefined;
}

/** The plan of a year: shown without amounts, else one for the year or one for each of its months. */
export interface PlanWords {
  readonly year: number;
  readonly amounts: readonly bigint[];
  readonly reason: string | undefined;
}

const PERIOD_WORDS: ReadonlyMap<string, BudgetPeriod> = new Map([
  ...BudgetPeriods.options.map((period) => [period, period] as const),
  ["daily", "day"],
  ["weekly", "week"],
  ["monthly", "month"],
  ["quarterly", "quarter"],
  ["yearly", "year"],
  ["annual", "year"],
  ["annually", "year"],
]);
const REASON = new Set(["because", "reason", "since"]);
const FILLER = new Set(["a", "an", "per", "each", "every", "to", "of", "at", "usd", "dollars"]);

/** The words before "because", and what comes after it as typed. */
function withoutReason(words: readonly Word[]): { rest: readonly Word[]; reason?: string } {
  const at = words.findIndex(({ lower }) => REASON.has(lower));
  const quoted = words.findLastIndex(({ quoted: isQuoted }) => isQuoted);
  if (at >= 0) return { rest: words.slice(0, at), reason: joined(words.slice(at + 1)) };
  // A quoted text at the end, after an amount, is a reason as well.
  if (quoted === words.length - 1 && words.slice(0, quoted).some((word) => isAmount(word.lower))) {
    return { rest: words.slice(0, quoted), reason: joined(words.slice(quoted)) };
  }
  return { rest: words };
}

function readSet(all: readonly Word[], today: Day): BudgetWords {
  const { rest, reason } = withoutReason(all);
  const at = rest.findIndex(
    ({ lower }, index) => index > 0 && (isAmount(lower) || BELOW_ZERO.test(lower)),
  );
  const before = at < 0 ? rest : rest.slice(0, at);
  // "payments to 12000": what leads to the amount is no part of the name.
  const name = [...before];
  while (name.length > 1 && FILLER.has(name.at(-1)?.lower ?? "")) name.pop();
  const subject = readSpendWords(undefined, name, today);
  if (at < 0) return { kind: "set", subject, set: undefined };
  let period: BudgetPeriod = "month";
  let unit: BudgetUnit = "usd";
  const thresholds: number[] = [];
  let inAlerts = false;
  for (const { lower, text } of rest.slice(at + 1)) {
    const named = PERIOD_WORDS.get(lower);
    const percent = /^(\d{1,4})%?,?$/.exec(lower)?.[1];
    if (named !== undefined) period = named;
    else if (lower === "tokens" || lower === "token") unit = "tokens";
    else if (lower === "alert" || lower === "alerts") inAlerts = true;
    else if (inAlerts && percent !== undefined) thresholds.push(Number(percent));
    else if (!FILLER.has(lower)) throw unknownWord(text);
  }
  const typed = rest[at]?.lower ?? "";
  const amount = readAmount(typed, unit);
  if (amount === undefined) throw unknownWord(typed);
  return {
    kind: "set",
    subject,
    set: {
      amount,
      period,
      unit,
      thresholds: thresholds.length === 0 ? undefined : thresholds,
      reason: reason === "" ? undefined : reason,
    },
  };
}

/** Refused as the amount that it was meant to be, not looked for as a part of the name. */
const BELOW_ZERO = /^-\$?\d/;

function unknownWord(text: string): AispendError {
  return new AispendError("budget_words_unknown", `'${text}' says nothing about a budget`, {
    // Not to be read as a question about spend instead.
    kind: "unprocessable",
    help:
      "Write for example: budget set payments 12000 a month because measured in October. " +
      "A period is day, week, month, quarter or year; add tokens, or alerts 50 80 100.",
  });
}

/** "payments 60 90 100 a month because fewer messages". */
function readAlerts(all: readonly Word[], today: Day): BudgetWords {
  const { rest, reason } = withoutReason(all);
  const percentOf = (lower: string) => /^(\d{1,4})%?,?$/.exec(lower)?.[1];
  const first = rest.findIndex(({ lower }) => percentOf(lower) !== undefined);
  const name = [...(first < 0 ? rest : rest.slice(0, first))];
  let period: BudgetPeriod | undefined;
  for (let last = name.at(-1)?.lower ?? ""; name.length > 1; last = name.at(-1)?.lower ?? "") {
    if (!FILLER.has(last) && !PERIOD_WORDS.has(last)) break;
    period = PERIOD_WORDS.get(last) ?? period;
    name.pop();
  }
  const percents: number[] = [];
  for (const { lower, text } of first < 0 ? [] : rest.slice(first)) {
    const percent = percentOf(lower);
    const named = PERIOD_WORDS.get(lower);
    if (percent !== undefined) percents.push(Number(percent));
    else if (named !== undefined) period = named;
    else if (!FILLER.has(lower) && lower !== "percent" && lower !== "and") throw unknownWord(text);
  }
  const subject = readSpendWords(undefined, trimmed(name), today);
  return {
    kind: "alerts",
    subject,
    alerts: { percents, period, reason: reason === "" ? undefined : reason },
  };
}

const PLAN_MONTHS = 12;

function readPlan(all: readonly Word[], today: Day): BudgetWords {
  const { rest, reason } = withoutReason(all);
  const at = rest.findIndex(({ lower }, index) => index > 0 && /^20\d\d$/.test(lower));
  const year = at < 0 ? Number(today.slice(0, 4)) : Number(rest[at]?.lower);
  const typed = at < 0 ? [] : rest.slice(at + 1).filter(({ lower }) => !FILLER.has(lower));
  const amounts = typed.map(({ lower, text }) => {
    const amount = readAmount(lower, "usd");
    if (amount === undefined) throw unknownWord(text);
    return amount;
  });
  if (amounts.length > 1 && amounts.length !== PLAN_MONTHS) {
    throw new AispendError(
      "plan_months_wrong",
      `a plan is one amount for the year or ${PLAN_MONTHS} for its months, not ${amounts.length}`,
      {
        kind: "unprocessable",
        help: "Write for example: budget plan payments 2027 144000 because the annual plan",
      },
    );
  }
  const name = at < 0 ? rest : rest.slice(0, at);
  const subject = readSpendWords(undefined, name, today);
  return { kind: "plan", subject, plan: { year, amounts, reason } };
}

/** "50000", "none"; undefined: asked for. */
function readLimit(words: readonly Word[]): bigint | "none" | undefined {
  const [typed] = words.filter(({ lower }) => !FILLER.has(lower) && lower !== "above");
  if (typed === undefined) return undefined;
  if (typed.lower === "none" || typed.lower === "never") return "none";
  const amount = readAmount(typed.lower, "usd");
  if (amount === undefined) throw unknownWord(typed.text);
  return amount;
}

/** "7", "7 days ahead"; undefined: asked for. */
function readDays(words: readonly Word[]): number | undefined {
  const [typed] = words.filter(({ lower }) => !FILLER.has(lower));
  if (typed === undefined) return undefined;
  if (!/^\d{1,3}$/.test(typed.lower)) throw unknownWord(typed.text);
  return Number(typed.lower);
}

/** "budget payments", "budget set payments 12000", "budget suggest payments", "budget plan org 2026". */
export function readBudgetWords(words: readonly Word[], today: Day): BudgetWords {
  const [first, ...rest] = words;
  switch (first?.lower) {
    case "set":
    case "raise":
    case "lower":
    case "change":
      return readSet(rest, today);
    case "suggest":
    case "suggestion":
    case "propose":
      return { kind: "suggest", subject: readSpendWords(undefined, trimmed(rest), today) };
    case "history":
      return { kind: "history", subject: readSpendWords(undefined, trimmed(rest), today) };
    case "limit":
      return { kind: "limit", above: readLimit(rest) };
    case "warn":
      return { kind: "warn", days: readDays(rest) };
    case "alert":
    case "alerts":
      return readAlerts(rest, today);
    case "plan":
      return readPlan(rest, today);
    case "show":
      return { kind: "show", subject: readSpendWords(undefined, trimmed(rest), today) };
    default:
      return { kind: "show", subject: readSpendWords(undefined, trimmed(words), today) };
  }
}

/** "for payments": the name alone. */
function trimmed(words: readonly Word[]): readonly Word[] {
  return words[0]?.lower === "for" || words[0]?.lower === "of" ? words.slice(1) : words;
}
