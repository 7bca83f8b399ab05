import { invariant } from "#core/errors.ts";
import {
  divide,
  type Fraction,
  fraction,
  greatestCommonDivisor,
  multiply,
  ONE,
  parseFraction,
} from "./fraction.ts";
import type { CataloguePrice, CatalogueRates, OwnPrice } from "./schema.ts";
import type { TierRule } from "./service-tiers.ts";

/** What is charged for. `requests` is per request, the others per token. */
export const UNITS = [
  "input",
  "cacheRead",
  "cacheWrite5m",
  "cacheWrite1h",
  "output",
  "reasoning",
  "requests",
] as const;
export type Unit = (typeof UNITS)[number];

/** Nano-dollars per token or request, times `denominator`. Undefined = no price is known for the unit. */
export type Rates = Readonly<Record<Unit, bigint | undefined>> & { readonly denominator: bigint };

/** The rates of a whole request whose input is longer than `above` tokens; undefined = not offered. */
export interface Step {
  readonly above: number;
  readonly rates: Rates | undefined;
}

/** Steps by ascending `above`, the first at -1, so that every request has one. */
export interface Tariff {
  readonly steps: readonly Step[];
  /** Whose price, of which day, changed by what: stable text. */
  readonly provenance: string;
}

/** Prices of one step as published: dollars per million tokens, or per thousand requests. */
type Published = Readonly<Partial<Record<Unit, Fraction>>>;
interface PublishedStep {
  readonly above: number;
  readonly prices: Published;
}

/** Factors of each unit; undefined = no price known. */
type Factors = Readonly<Record<Unit, Fraction | undefined>>;

const NANO_PER_PRICE: Readonly<Record<Unit, Fraction>> = {
  input: fraction(1000n, 1n),
  cacheRead: fraction(1000n, 1n),
  cacheWrite5m: fraction(1000n, 1n),
  cacheWrite1h: fraction(1000n, 1n),
  output: fraction(1000n, 1n),
  reasoning: fraction(1000n, 1n),
  requests: fraction(1_000_000n, 1n),
};

function exact(text: string): Fraction {
  const value = parseFraction(text);
  invariant(value !== undefined, `not an exact number: ${text}`);
  return value;
}

function priceAt(price: CataloguePrice | undefined, above: number): Fraction | undefined {
  if (price === undefined) return undefined;
  if (typeof price === "string") return exact(price);
  const tier = price.tiers.findLast((each) => each.above <= above);
  return exact(tier?.price ?? price.base);
}

export function catalogueSteps(rates: CatalogueRates): PublishedStep[] {
  const thresholds = UNITS.flatMap((unit) => {
    const price = rates[unit];
    return typeof price === "object" ? price.tiers.map(({ above }) => above) : [];
  });
  const starts = [-1, ...new Set(thresholds)].sort((a, b) => a - b);
  return starts.map((above) => ({
    above,
    prices: published((unit) => priceAt(rates[unit], above)),
  }));
}

function published(priceOf: (unit: Unit) => Fraction | undefined): Published {
  const found = UNITS.map((unit) => [unit, priceOf(unit)] as const);
  return Object.fromEntries(found.filter(([, price]) => price !== undefined));
}

/** A long-context price that is not given stays as it is below the threshold. */
export function ownSteps(price: OwnPrice): PublishedStep[] {
  const texts = (given: Partial<OwnPrice>): Partial<Record<Unit, string | undefined>> => ({
    input: given.input,
    cacheRead: given.cache_read,
    cacheWrite5m: given.cache_write_5m,
    cacheWrite1h: given.cache_write_1h,
    output: given.output,
    reasoning: given.reasoning,
    requests: price.requests,
  });
  const base = texts(price);
  const step = (above: number, own: Partial<Record<Unit, string | undefined>>): PublishedStep => ({
    above,
    prices: published((unit) => {
      const text = own[unit] ?? base[unit];
      return text === undefined ? undefined : exact(text);
    }),
  });
  const long = [...(price.long_context ?? [])].sort((a, b) => a.above - b.above);
  return [step(-1, base), ...long.map(({ above, ...given }) => step(above, texts(given)))];
}

const PLAIN: Factors = {
  input: ONE,
  cacheRead: ONE,
  cacheWrite5m: ONE,
  cacheWrite1h: ONE,
  output: ONE,
  reasoning: ONE,
  requests: ONE,
};

/** The rule's factor of a unit for these prices; a cached token without a discount costs what input does. */
function tierFactors(rule: TierRule, prices: Published): Factors {
  const input = exact(rule.input);
  const factorOf = (text: string | undefined, price: Fraction | undefined) => {
    if (price === undefined) return input;
    if (text !== "input") return text === undefined ? undefined : exact(text);
    if (prices.input === undefined || price.numerator === 0n) return undefined;
    return divide(multiply(prices.input, input), price);
  };
  return {
    input,
    output: exact(rule.output),
    reasoning: exact(rule.output),
    requests: ONE,
    cacheRead: factorOf(rule.cacheRead, prices.cacheRead),
    cacheWrite5m: factorOf(rule.cacheWrite, prices.cacheWrite5m),
    cacheWrite1h: factorOf(rule.cacheWrite, prices.cacheWrite1h),
  };
}

/**
 * A token class without a price of its own: cached tokens are input, reasoning is output. Where a list
 * has a price for cache writes but none for the hour-long ones, theirs is not known.
 */
function withParents(prices: Published): Published {
  const { input, output, cacheRead, cacheWrite5m, cacheWrite1h, reasoning } = prices;
  const hour = cacheWrite1h ?? (cacheWrite5m === undefined ? input : undefined);
  return {
    ...prices,
    ...(input === undefined ? {} : { cacheRead: cacheRead ?? input }),
    ...(input === undefined ? {} : { cacheWrite5m: cacheWrite5m ?? input }),
    ...(hour === undefined ? {} : { cacheWrite1h: hour }),
    ...(output === undefined ? {} : { reasoning: reasoning ?? output }),
  };
}

/** Fees per request are no token price: only a discount changes them. */
function toRates(prices: Published, tier: Factors, uplift: Fraction, discount: Fraction): Rates {
  const complete = withParents(prices);
  const exactRates = UNITS.map((unit) => {
    const price = complete[unit];
    const factor = tier[unit];
    if (price === undefined || factor === undefined) return undefined;
    const geography = unit === "requests" ? ONE : uplift;
    const nano = multiply(price, NANO_PER_PRICE[unit]);
    return multiply(multiply(multiply(nano, factor), geography), discount);
  });
  let denominator = 1n;
  for (const rate of exactRates) {
    if (rate === undefined) continue;
    denominator *= rate.denominator / greatestCommonDivisor(denominator, rate.denominator);
  }
  const scaled = UNITS.map((unit, index) => {
    const rate = exactRates[index];
    const value = rate && rate.numerator * (denominator / rate.denominator);
    return [unit, value] as const;
  });
  return { ...fromUnits(scaled), denominator };
}

function fromUnits(pairs: readonly (readonly [Unit, bigint | undefined])[]) {
  const none = { input: undefined, cacheRead: undefined, cacheWrite5m: undefined };
  const rest = { cacheWrite1h: undefined, output: undefined, reasoning: undefined };
  const rates: Record<Unit, bigint | undefined> = { ...none, ...rest, requests: undefined };
  for (const [unit, value] of pairs) rates[unit] = value;
  return rates;
}

export interface Changes {
  readonly tier?: TierRule | undefined;
  readonly uplift?: Fraction | undefined;
  readonly discount?: Fraction | undefined;
}

/** Published prices, changed by tier, geography and discount, as whole numbers with one denominator. */
export function toSteps(steps: readonly PublishedStep[], changes: Changes = {}): Step[] {
  const { tier, uplift = ONE, discount = ONE } = changes;
  return steps.map(({ above, prices }) => {
    if (tier !== undefined && above >= 0 && !tier.longContext) return { above, rates: undefined };
    const factors = tier === undefined ? PLAIN : tierFactors(tier, prices);
    return { above, rates: toRates(prices, factors, uplift, discount) };
  });
}
