import { BudgetPeriod } from "#core/budgets/schema.ts";
import type { Day } from "#core/time.ts";
import { readAmount } from "../budgets/said-amount.ts";
import type { Word } from "../grammar/words.ts";
import { splitReason } from "./read-key-words.ts";
import { invalid } from "./request-press.ts";

export interface CapWords {
  readonly verb: "show" | "set" | "raise";
  readonly target: readonly Word[];
  readonly amount: bigint | undefined;
  /** Undefined: as the cap that is there, else a day. */
  readonly period: BudgetPeriod | undefined;
  readonly until: Day | undefined;
  readonly reason: string;
}

const PERIODS: ReadonlyMap<string, BudgetPeriod> = new Map([
  ...BudgetPeriod.options.map((period) => [period, period] as const),
  ["daily", "day"],
  ["weekly", "week"],
  ["monthly", "month"],
]);
const FILLER = new Set(["to", "a", "per", "each", "usd", "dollars"]);

/** "set agent NAME 50 a day", "raise agent NAME 75 today because ...", "agent NAME". */
export function readCapWords(words: readonly Word[], today: Day): CapWords {
  const [first, ...others] = words;
  const verb = first?.lower === "set" || first?.lower === "raise" ? first.lower : "show";
  const { rest, reason = "" } = splitReason(verb === "show" ? words : others);
  const said = rest.filter(({ lower }) => !FILLER.has(lower));
  const at = said.findIndex(
    ({ lower }, index) => index > 0 && readAmount(lower, "usd") !== undefined,
  );
  if (verb === "show" || at < 0) {
    if (verb === "show") {
      return { verb, target: rest, amount: undefined, period: undefined, until: undefined, reason };
    }
    throw invalid("To what?", `Write for example: cap ${verb} agent payments-agent 75 today`);
  }
  let period: BudgetPeriod | undefined;
  let until: Day | undefined;
  for (const { lower, text } of said.slice(at + 1)) {
    const named = PERIODS.get(lower);
    if (named !== undefined) period = named;
    else if (lower === "today") until = today;
    else throw invalid(`'${text}' says nothing about a cap.`, "Write a period, today, or because.");
  }
  const amount = readAmount(said[at]?.lower ?? "", "usd");
  return { verb, target: said.slice(0, at), amount, period, until, reason };
}
