import { AispendError } from "#core/errors.ts";
import type { Horizon } from "#core/forecasts/schema.ts";
import type { Assumptions } from "#core/forecasts/year.ts";
import type { Day } from "#core/time.ts";
import type { Word } from "../grammar/words.ts";
import { readSpendWords, type SpendWords } from "../spend/spend-words.ts";

export interface ForecastWords {
  readonly subject: SpendWords;
  readonly horizon: Horizon;
  readonly assumptions: Assumptions;
}

const HORIZON_WORDS: ReadonlyMap<string, Horizon> = new Map([
  ["month", "month"],
  ["quarter", "quarter"],
  ["year", "year"],
  ["annual", "year"],
]);
const NAMES: ReadonlyMap<string, keyof Assumptions> = new Map([
  ["growth", "adoptionPerMonth"],
  ["adoption", "adoptionPerMonth"],
  ["tokens", "tokens"],
  ["mix", "mix"],
]);
const FILLER = new Set(["for", "this", "next", "the", "of", "end"]);

function percentOf(word: Word | undefined, name: string): number {
  const match = /^([+-]?\d+(?:\.\d+)?)%?$/.exec(word?.lower ?? "");
  if (match !== null) return Number(match[1]);
  throw new AispendError("assumption_invalid", `${name} needs a percentage`, {
    kind: "unprocessable",
    help: "Write for example: forecast payments 12 months growth 5% tokens -10% mix -20%",
  });
}

/** What comes after this month is not forecast by itself: saying this one's would mislead. */
function ofLater(unit: string): AispendError {
  return new AispendError("horizon_unknown", `there is no forecast of the next ${unit} by itself`, {
    kind: "unprocessable",
    help: "Ask for this month, this quarter, or twelve months: forecast payments 12 months",
  });
}

/** "payments 12 months growth 5%": the horizon, what is assumed, and the rest is the name. */
export function readForecast(words: readonly Word[], today: Day): ForecastWords {
  let horizon: Horizon | undefined;
  const assumptions: { -readonly [K in keyof Assumptions]: number } = {
    adoptionPerMonth: 0,
    tokens: 0,
    mix: 0,
  };
  const name: Word[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    if (word === undefined) break;
    const assumed = NAMES.get(word.lower);
    if (assumed !== undefined) {
      at += 1;
      assumptions[assumed] = percentOf(words[at], word.lower);
      horizon ??= "year";
    } else if (/^(?:12|twelve)$/.test(word.lower) && /^months?$/.test(words[at + 1]?.lower ?? "")) {
      at += 1;
      horizon = "year";
    } else if (HORIZON_WORDS.has(word.lower)) horizon = HORIZON_WORDS.get(word.lower);
    else if (word.lower === "next" && /^(?:month|quarter|year)$/.test(words[at + 1]?.lower ?? "")) {
      throw ofLater(words[at + 1]?.lower ?? "");
    } else if (!FILLER.has(word.lower)) name.push(word);
  }
  const assumes = Object.values(assumptions).some((value) => value !== 0);
  if (assumes && horizon !== "year") {
    throw new AispendError(
      "assumption_invalid",
      "growth, tokens and mix are assumed of 12 months",
      {
        kind: "unprocessable",
        help: "Write for example: forecast payments 12 months growth 5%",
      },
    );
  }
  return {
    subject: readSpendWords(undefined, name, today),
    horizon: horizon ?? "month",
    assumptions,
  };
}

/** The canonical question. */
export function spellForecast(subject: string, words: Omit<ForecastWords, "subject">): string {
  const { adoptionPerMonth, tokens, mix } = words.assumptions;
  const horizon = { month: "", quarter: " quarter", year: " 12 months" }[words.horizon];
  return [
    `forecast ${subject}${horizon}`,
    ...(adoptionPerMonth === 0 ? [] : [`growth ${adoptionPerMonth}%`]),
    ...(tokens === 0 ? [] : [`tokens ${tokens}%`]),
    ...(mix === 0 ? [] : [`mix ${mix}%`]),
  ].join(" ");
}
