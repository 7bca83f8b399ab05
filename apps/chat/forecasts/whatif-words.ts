import { AispendError } from "#core/errors.ts";
import { type Change, driverValue, readChange } from "#core/forecasts/scenario.ts";
import type { Fraction } from "#core/pricing/fraction.ts";
import type { Day } from "#core/time.ts";
import { joined, type Word } from "../grammar/words.ts";
import { readSpendWords, type SpendWords } from "../spend/spend-words.ts";

/** A route as typed: the model's price is found later, unless a ratio or a rate says it. */
export interface RouteWords {
  readonly share: Fraction;
  readonly model: string;
  readonly ratio: Fraction | undefined;
  readonly rate: Fraction | undefined;
}

export interface ScenarioWords {
  readonly name: string;
  readonly calls?: Change;
  readonly tokens?: Change;
  readonly rate?: Change;
  readonly route?: RouteWords;
}

/** Drivers of today that are typed instead of taken from the ledger. */
export interface BaseWords {
  readonly calls: Fraction | undefined;
  readonly tokens: Fraction | undefined;
  readonly rate: Fraction | undefined;
}

export interface WhatIfWords {
  /** Undefined: only typed drivers are asked about. */
  readonly subject: SpendWords;
  readonly named: boolean;
  readonly base: BaseWords;
  readonly scenarios: readonly ScenarioWords[];
  /** Everything after the subject as typed: how to ask again. */
  readonly typed: string;
}

const DRIVERS: ReadonlyMap<string, "calls" | "tokens" | "rate"> = new Map([
  ["calls", "calls"],
  ["requests", "calls"],
  ["volume", "calls"],
  ["adoption", "calls"],
  ["tokens", "tokens"],
  ["context", "tokens"],
  ["rate", "rate"],
  ["price", "rate"],
]);
const SEPARATORS = new Set(["or", "then"]);
const BASE = new Set(["base", "today", "from"]);
const FILLER = new Set(["and", "with", "at", "per", "call", "is", "of", "the", "1k", "monthly"]);

function isStart({ lower }: Word): boolean {
  return DRIVERS.has(lower) || SEPARATORS.has(lower) || BASE.has(lower) || isRoute(lower);
}

function isRoute(lower: string): boolean {
  return lower === "route" || lower === "routing";
}

function wrong(said: string): AispendError {
  return new AispendError("whatif_invalid", said, {
    kind: "unprocessable",
    help:
      "Write for example: whatif payments calls +40% tokens 9100 rate 0.0042 " +
      "route 60% to claude-haiku-4-5; join scenarios by or",
  });
}

function value(words: readonly Word[], at: number, what: string): string {
  const word = words[at];
  if (word !== undefined && word.lower !== "") return word.lower;
  throw wrong(`${what} needs a value`);
}

/** "60% to MODEL [ratio 10 | at 0.0005]"; how many words it took. */
function readRoute(words: readonly Word[], at: number): { route: RouteWords; length: number } {
  const share = /^(\d+(?:\.\d+)?)%?$/.exec(value(words, at, "route"))?.[1];
  if (share === undefined) throw wrong("route needs the share that goes there, such as 60%");
  let next = at + 1;
  while (["to", "on", "of", "calls", "tokens", "onto"].includes(words[next]?.lower ?? ""))
    next += 1;
  const model = words[next];
  if (model === undefined || isStart(model)) throw wrong("route needs the model that it goes to");
  next += 1;
  let ratio: Fraction | undefined;
  let rate: Fraction | undefined;
  const lower = words[next]?.lower;
  if (lower === "ratio" || lower === "at") {
    const found = driverValue(value(words, next + 1, lower).replace(/^\$|x$/g, ""), "price");
    if (found.numerator === 0n) throw wrong("a price or ratio of a model is above 0");
    if (lower === "ratio") ratio = found;
    else rate = found;
    next += 2;
  }
  return {
    route: { share: driverValue(share, "share"), model: model.text, ratio, rate },
    length: next - at,
  };
}

function readScenario(words: readonly Word[]): ScenarioWords {
  let scenario: ScenarioWords = { name: joined(words) };
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    if (word === undefined) break;
    const driver = DRIVERS.get(word.lower);
    if (driver !== undefined) {
      at += 1;
      scenario = { ...scenario, [driver]: readChange(value(words, at, word.lower), driver) };
    } else if (isRoute(word.lower)) {
      const { route, length } = readRoute(words, at + 1);
      scenario = { ...scenario, route };
      at += length;
    } else if (!FILLER.has(word.lower)) throw wrong(`'${word.text}' is no part of a scenario`);
  }
  return scenario;
}

function readBase(words: readonly Word[]): BaseWords {
  const { calls, tokens, rate, route } = readScenario(words);
  if (route !== undefined) throw wrong("a route is part of a scenario, not of today");
  const exact = (change: Change | undefined, what: string) => {
    if (change === undefined) return undefined;
    if (change.kind === "to") return change.value;
    throw wrong(`${what} of today are a number, not a change`);
  };
  return {
    calls: exact(calls, "calls"),
    tokens: exact(tokens, "tokens"),
    rate: exact(rate, "rates"),
  };
}

/** Parts between "or" and "then"; the one after "base" says what is today. */
export function readWhatIf(words: readonly Word[], today: Day): WhatIfWords {
  const start = words.findIndex(isStart);
  const at = start < 0 ? words.length : start;
  const subject = readSpendWords(undefined, words.slice(0, at), today);
  const parts: Word[][] = [[]];
  for (const word of words.slice(at)) {
    if (SEPARATORS.has(word.lower)) parts.push([]);
    else parts.at(-1)?.push(word);
  }
  let base: BaseWords = { calls: undefined, tokens: undefined, rate: undefined };
  const scenarios: ScenarioWords[] = [];
  for (const part of parts) {
    const [first, ...rest] = part;
    if (first !== undefined && BASE.has(first.lower)) base = readBase(rest);
    else if (first !== undefined) scenarios.push(readScenario(part));
  }
  return {
    subject,
    named: at > 0,
    base,
    scenarios,
    typed: words
      .slice(at)
      .map(({ text }) => text)
      .join(" "),
  };
}
