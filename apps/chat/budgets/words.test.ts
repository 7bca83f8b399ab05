import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AispendError } from "#core/errors.ts";
import { parseDay } from "#core/time.ts";
import { readForecast } from "../forecasts/forecast-words.ts";
import { readWhatIf } from "../forecasts/whatif-words.ts";
import { wordsOf } from "../grammar/words.ts";
import { readBudgetWords } from "./budget-words.ts";
import { readPressToken, readToken } from "./set-token.ts";

const TODAY = parseDay("2026-11-22");
const VOCABULARY = `set suggest plan history limit show payments "team x" 12000 $12k 1.5m 0 -5
  1e9 2026 12 months quarter year growth 5% tokens -10% mix calls +40% rate 0.0042 route 60% to
  ratio 10 at
  base then or because alerts 50 80 a month % . , | : = none`;

const word = fc.constantFrom(...VOCABULARY.split(/\s+/));
const text = fc.oneof(
  fc.array(word, { maxLength: 20 }).map((words) => words.join(" ")),
  fc.string({ maxLength: 200 }),
  fc.string({ unit: "binary", maxLength: 100 }),
);

/** Parses, or is refused by a message of ours: nothing else. */
function isAnswered(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof AispendError) return error.message !== "";
    throw error;
  }
}

describe("what can be typed about budgets and forecasts", () => {
  it.each([
    ["budget", (typed: string) => readBudgetWords(wordsOf(typed), TODAY)],
    ["forecast", (typed: string) => readForecast(wordsOf(typed), TODAY)],
    ["whatif", (typed: string) => readWhatIf(wordsOf(typed), TODAY)],
    ["a button", (typed: string) => readToken(typed)],
    ["a press", (typed: string) => readPressToken(typed)],
  ] as const)("as %s never fails", (_name, read) => {
    fc.assert(
      fc.property(text, (typed) => isAnswered(() => read(typed))),
      { numRuns: 500 },
    );
  });

  it.each([
    ["set payments to $12,000 a month", 12_000_000_000_000n, "month", "usd", undefined],
    ["set payments 12k quarterly because growth", 12_000_000_000_000n, "quarter", "usd", "growth"],
    ["set payments 1.5m tokens a week", 1_500_000n, "week", "tokens", undefined],
    [
      'set payments 12000.50 "the board said so"',
      12_000_500_000_000n,
      "month",
      "usd",
      "the board said so",
    ],
  ])("reads '%s'", (typed, amount, period, unit, reason) => {
    expect(readBudgetWords(wordsOf(typed), TODAY)).toMatchObject({
      kind: "set",
      set: { amount, period, unit, reason },
    });
  });
});
