import type { ServiceTier } from "#core/ledger/schema.ts";
import {
  type CatalogueIndex,
  type FoundModel,
  findModel,
  isSameModel,
  type UnknownModel,
} from "./find-model.ts";
import { add, type Fraction, fraction, fractionText, multiply, parseFraction } from "./fraction.ts";
import {
  dayMs,
  isValidAt,
  type OwnTerms,
  type TermSubject,
  termNames,
  termsFor,
} from "./own-terms.ts";
import { providerId } from "./provider-name.ts";
import { publishedUplift } from "./regional-uplifts.ts";
import type { CataloguePeriod, CatalogueRates, OwnPrice, RegionalUplift } from "./schema.ts";
import { findTierRule } from "./service-tiers.ts";
import { catalogueSteps, ownSteps, type Tariff, toSteps } from "./tariff.ts";

export interface Unpriced {
  readonly unpriced: string;
}

/** Hours of the day at other rates, as seconds of the UTC day, [start, end). */
export interface Window {
  readonly start: number;
  readonly end: number;
  readonly weekdaysOnly: boolean;
  readonly tariff: Tariff;
}

export interface DayTariff {
  readonly usual: Tariff;
  readonly windows: readonly Window[];
}

/** What holds on [from, until): what this organisation pays, and the list price beside it. */
export interface Interval {
  readonly from: number;
  readonly until: number;
  readonly cost: DayTariff | Unpriced;
  readonly list: DayTariff | Unpriced;
  /** Was the cost agreed by this organisation? */
  readonly own: boolean;
}

export interface Subject {
  readonly provider: string | undefined;
  readonly model: string;
  readonly tier: ServiceTier;
  readonly region: string | undefined;
}

export interface PriceSource {
  readonly index: CatalogueIndex;
  readonly label: string;
  readonly terms: OwnTerms;
}

const HUNDRED = fraction(100n, 1n);
const secondsOf = (time: string): number =>
  Number(time.slice(0, 2)) * 3600 + Number(time.slice(3, 5)) * 60;

function percentFactor(percent: string, sign: 1n | -1n): Fraction {
  const value = parseFraction(percent) ?? fraction(0n, 1n);
  return multiply(add(HUNDRED, fraction(value.numerator * sign, value.denominator)), {
    numerator: 1n,
    denominator: 100n,
  });
}

interface Terms {
  readonly prices: readonly OwnPrice[];
  readonly discounts: OwnTerms["discounts"];
  readonly uplifts: readonly RegionalUplift[];
}

function subjectOf(
  source: PriceSource,
  found: FoundModel | UnknownModel,
  asked: Subject,
): TermSubject {
  const providers = new Set([found.host]);
  if (asked.provider !== undefined) providers.add(providerId(asked.provider));
  const isSame = (name: string): boolean =>
    found.state === "found" && isSameModel(source.index, found, name);
  return {
    providers,
    models: termNames(asked.model, found.name.names, isSame),
    tier: asked.tier,
    region: asked.region ?? found.name.region,
  };
}

/** Every interval between two changes of the price, by time; they meet and never overlap. */
export function compileTimeline(source: PriceSource, asked: Subject): readonly Interval[] {
  const found = findModel(source.index, asked.provider, asked.model);
  const subject = subjectOf(source, found, asked);
  const { prices, discounts, uplifts } = source.terms;
  const terms: Terms = {
    prices: termsFor(prices, subject),
    discounts: termsFor(discounts, subject),
    uplifts: termsFor(uplifts, subject),
  };
  const starts = breakpoints(found, terms);
  return starts.map((from, position) => ({
    from,
    until: starts[position + 1] ?? Number.POSITIVE_INFINITY,
    ...intervalAt(source, found, subject, terms, from),
  }));
}

function breakpoints(found: FoundModel | UnknownModel, terms: Terms): number[] {
  const days = [...terms.prices, ...terms.discounts, ...terms.uplifts]
    .flatMap(({ from, until }) => [from, until])
    .filter((day) => day !== undefined)
    .map(dayMs);
  const instants = (found.state === "found" ? found.model.periods : [])
    .flatMap(({ from, until }) => [from, until])
    .filter((instant) => instant !== undefined)
    .map((instant) => Date.parse(instant));
  const sorted = [...new Set([...days, ...instants])].sort((a, b) => a - b);
  return [Number.NEGATIVE_INFINITY, ...sorted];
}

function intervalAt(
  source: PriceSource,
  found: FoundModel | UnknownModel,
  subject: TermSubject,
  terms: Terms,
  at: number,
): Pick<Interval, "cost" | "list" | "own"> {
  const list = listAt(source, found, subject, terms, at);
  const own = terms.prices.find((price) => isValidAt(price, at));
  if (own !== undefined) {
    const usual = { steps: toSteps(ownSteps(own)), provenance: ownProvenance(own) };
    return { cost: { usual, windows: [] }, list: list.plain, own: true };
  }
  const discount = terms.discounts.find((each) => isValidAt(each, at));
  if (discount === undefined) return { cost: list.plain, list: list.plain, own: false };
  const factor = percentFactor(discount.percent, -1n);
  const note = `, discount ${discount.name} ${discount.percent}%`;
  return { cost: list.discounted(factor, note), list: list.plain, own: true };
}

function ownProvenance({ model, provider, service_tier, region, from }: OwnPrice): string {
  const where = [provider, region, service_tier === "standard" ? undefined : service_tier];
  const said = where.filter((part) => part !== undefined).join(", ");
  const since = from === undefined ? "" : ` from ${from}`;
  return `own price ${model}${said === "" ? "" : ` (${said})`}${since}`;
}

interface ListPrice {
  readonly plain: DayTariff | Unpriced;
  readonly discounted: (factor: Fraction, note: string) => DayTariff | Unpriced;
}

function unlisted(reason: string): ListPrice {
  const plain = { unpriced: reason };
  return { plain, discounted: () => plain };
}

function periodAt(periods: readonly CataloguePeriod[], at: number): CataloguePeriod | undefined {
  return periods.findLast(
    ({ from, until }) =>
      (from === undefined || Date.parse(from) <= at) &&
      (until === undefined || at < Date.parse(until)),
  );
}

function listAt(
  source: PriceSource,
  found: FoundModel | UnknownModel,
  subject: TermSubject,
  terms: Terms,
  at: number,
): ListPrice {
  if (found.state === "unknown") return unlisted(found.reason);
  const { model, seller, host } = found;
  const key = `${host === seller ? "" : `${host} > `}${seller}/${model.id}`;
  if (model.mixedTokens !== undefined) {
    return unlisted(`${key} prices ${model.mixedTokens} tokens apart; usage does not split them`);
  }
  const period = periodAt(model.periods, at);
  if (period === undefined) return unlisted(`${source.label} has no price of ${key} for that day`);
  if (period.rates.input === undefined) return unlisted(`${key} is not priced per token`);
  const tier = subject.tier === "standard" ? undefined : findTierRule(host, model.id, subject.tier);
  if (subject.tier !== "standard" && tier === undefined) {
    return unlisted(`no price known for the ${subject.tier} tier of ${key}`);
  }
  const uplift = upliftAt(found, subject, terms, at);
  if ("unpriced" in uplift) return unlisted(uplift.unpriced);
  const since = period.from === undefined ? "" : ` from ${period.from.slice(0, 10)}`;
  const provenance =
    `${source.label} ${key}${since}` +
    (tier === undefined ? "" : `, ${subject.tier} x${tier.input}`) +
    uplift.note;
  const priced = (discount: Fraction | undefined, note: string): DayTariff => {
    const of = (rates: CatalogueRates, hours: string): Tariff => ({
      steps: toSteps(catalogueSteps(rates), { tier, uplift: uplift.factor, discount }),
      provenance: `${provenance}${hours}${note}`,
    });
    const windows = (period.windows ?? []).map(({ start, end, weekdaysOnly, rates }) => ({
      start: secondsOf(start),
      end: secondsOf(end),
      weekdaysOnly,
      tariff: of(rates, `, ${start}-${end} UTC`),
    }));
    return { usual: of(period.rates, ""), windows };
  };
  return { plain: priced(undefined, ""), discounted: (factor, note) => priced(factor, note) };
}

function upliftAt(
  { host, model }: FoundModel,
  { region }: TermSubject,
  terms: Terms,
  at: number,
): { factor: Fraction | undefined; note: string } | Unpriced {
  const own = terms.uplifts.find((each) => isValidAt(each, at));
  if (own !== undefined) {
    const factor = percentFactor(own.percent, 1n);
    return { factor, note: `, region ${own.region} x${fractionText(factor)} (own)` };
  }
  const published = publishedUplift(host, model.id, region);
  if (published === undefined) return { factor: undefined, note: "" };
  const factor = parseFraction(published);
  return factor === undefined
    ? { unpriced: `no price known for ${model.id} in region '${region}' of ${host}` }
    : { factor, note: `, region ${region} x${published}` };
}
