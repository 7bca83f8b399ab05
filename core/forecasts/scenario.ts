import { AispendError } from "../errors.ts";
import { divideHalfEven, type NanoUsd, nanoUsd } from "../money.ts";
import {
  add,
  divide,
  type Fraction,
  fraction,
  multiply,
  parseFraction,
} from "../pricing/fraction.ts";
import { type Blend, blend } from "../pricing/mix.ts";

/** Cost = calls x tokens per call x rate (domain.md section 4). All exact, a month. */
export interface Drivers {
  readonly calls: Fraction;
  readonly tokensPerCall: Fraction;
  /** Dollars per 1,000 tokens. */
  readonly rate: Fraction;
}

/** What a scenario makes of a driver: a new value, or a change of it in percent. */
export type Change =
  | { readonly kind: "to"; readonly value: Fraction }
  | { readonly kind: "by"; readonly percent: Fraction };

/** A share of the tokens goes to a model of another price. */
export interface Route {
  /** In percent, 0 to 100. */
  readonly share: Fraction;
  readonly model: string;
  /** Dollars per 1,000 tokens of the same input and output. */
  readonly rate: Fraction;
}

export interface Scenario {
  readonly name: string;
  readonly calls?: Change;
  readonly tokens?: Change;
  readonly rate?: Change;
  readonly route?: Route;
}

export interface ScenarioLine {
  readonly name: string;
  readonly drivers: Drivers;
  readonly projected: NanoUsd;
  /** Against today, in whole percent, half even; undefined where today is nothing. */
  readonly changePercent: bigint | undefined;
  /** Dollars per 1,000 tokens of what is not routed. */
  readonly stays: Fraction;
  readonly blend: Blend | undefined;
}

export interface ScenarioTable {
  readonly today: ScenarioLine;
  readonly lines: readonly ScenarioLine[];
  /** The dearest scenario less the cheapest; undefined with less than two. */
  readonly swing:
    | { readonly amount: NanoUsd; readonly from: string; readonly to: string }
    | undefined;
}

const HUNDRED = fraction(100n, 1n);
const ONE_THOUSAND = 1_000n;

function changed(value: Fraction, change: Change | undefined, what: string): Fraction {
  if (change === undefined) return value;
  const next =
    change.kind === "to"
      ? change.value
      : divide(multiply(value, add(HUNDRED, change.percent)), HUNDRED);
  if (next.numerator >= 0n) return next;
  throw new AispendError("scenario_invalid", `${what} cannot be under 0`, {
    kind: "unprocessable",
    help: "A fall is at most -100%.",
  });
}

/** Nano-dollars, rounded once, half even. */
export function projectedCost({ calls, tokensPerCall, rate }: Drivers): NanoUsd {
  const { numerator, denominator } = multiply(multiply(calls, tokensPerCall), rate);
  return nanoUsd(divideHalfEven(numerator * 1_000_000_000n, denominator * ONE_THOUSAND));
}

function text({ numerator, denominator }: Fraction): string {
  return `${numerator}/${denominator}`;
}

/** The mix that a route makes of the rate: at equal tokens per query. Throws `mix_invalid`. */
function routed(rate: Fraction, route: Route): { rate: Fraction; blend: Blend } {
  const rest = add(HUNDRED, fraction(-route.share.numerator, route.share.denominator));
  if (rest.numerator < 0n || route.share.numerator < 0n) {
    throw new AispendError("mix_invalid", "a share is from 0 to 100%", {
      kind: "unprocessable",
      help: "Write for example: route 60% to gpt-4o-mini",
    });
  }
  const mixed = blend([
    { name: "today's mix", share: text(rest), price: text(rate) },
    { name: route.model, share: text(route.share), price: text(route.rate) },
  ]);
  return { rate: mixed.price, blend: mixed };
}

/** Dollars per 1,000 tokens of what a scenario does not route. Throws `scenario_invalid`. */
export function unroutedRate(base: Drivers, { rate }: Pick<Scenario, "rate">): Fraction {
  return changed(base.rate, rate, "the rate");
}

function lineOf(base: Drivers, today: NanoUsd, scenario: Scenario): ScenarioLine {
  const rate = unroutedRate(base, scenario);
  const mixed = scenario.route === undefined ? undefined : routed(rate, scenario.route);
  const drivers: Drivers = {
    calls: changed(base.calls, scenario.calls, "calls"),
    tokensPerCall: changed(base.tokensPerCall, scenario.tokens, "tokens"),
    rate: mixed?.rate ?? rate,
  };
  const projected = projectedCost(drivers);
  return {
    name: scenario.name,
    drivers,
    projected,
    changePercent: today === 0n ? undefined : divideHalfEven((projected - today) * 100n, today),
    stays: rate,
    blend: mixed?.blend,
  };
}

/** Prices scenarios against today's drivers, each from today and none from the one before it. */
export function scenarioTable(base: Drivers, scenarios: readonly Scenario[]): ScenarioTable {
  const cost = projectedCost(base);
  const today = lineOf(base, cost, { name: "today" });
  const lines = scenarios.map((scenario) => lineOf(base, cost, scenario));
  return { today, lines, swing: swingOf(lines) };
}

function swingOf(lines: readonly ScenarioLine[]): ScenarioTable["swing"] {
  const sorted = [...lines].sort((a, b) => (a.projected < b.projected ? -1 : 1));
  const [low] = sorted;
  const high = sorted.at(-1);
  if (low === undefined || high === undefined || lines.length < 2) return undefined;
  return { amount: nanoUsd(high.projected - low.projected), from: high.name, to: low.name };
}

/** A number of a scenario, above 0 or 0. Throws `scenario_invalid`. */
export function driverValue(value: string, what: string): Fraction {
  const parsed = parseFraction(value.replaceAll(",", ""));
  if (parsed !== undefined && parsed.numerator >= 0n) return parsed;
  throw new AispendError("scenario_invalid", `'${value}' is not a number of ${what}`, {
    kind: "unprocessable",
    help: `Write a number, or a change such as +40%: whatif payments ${what} +40%`,
  });
}

/** "9100", "0.0042", "+40%", "-15%": a value, or a change by percent. Throws `scenario_invalid`. */
export function readChange(value: string, what: string): Change {
  const percent = /^([+-]?)(\d[\d.,]*)%$/.exec(value);
  if (percent === null) return { kind: "to", value: driverValue(value.replace(/^\$/, ""), what) };
  const size = driverValue(percent[2] ?? "", what);
  const sign = percent[1] === "-" ? -1n : 1n;
  return { kind: "by", percent: fraction(size.numerator * sign, size.denominator) };
}
