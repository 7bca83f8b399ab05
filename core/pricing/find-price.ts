import { distance } from "fastest-levenshtein";
import { ServiceTier } from "#core/ledger/schema.ts";
import { findModel } from "./find-model.ts";
import { readModelName } from "./model-name.ts";
import { intervalAt, type PriceBook, timelineOf } from "./price-book.ts";
import { type PriceLine, priceLines } from "./price-lines.ts";
import type { Interval, Subject, Unpriced } from "./timeline.ts";

/** What a service tier costs, or why that is not known. */
type TierPrice =
  | { readonly tier: ServiceTier; readonly state: "priced"; readonly lines: readonly PriceLine[] }
  | { readonly tier: ServiceTier; readonly state: "unpriced"; readonly reason: string };

/** A price of another time. Instants in ISO 8601; an absent end is open. */
interface PricePeriod {
  readonly from?: string;
  readonly until?: string;
  readonly lines: readonly PriceLine[];
}

export interface PriceCard extends PricePeriod {
  readonly state: "found";
  /** Who serves it. Absent for an own price of any provider. */
  readonly provider?: string;
  readonly model: string;
  /** Agreed by this organisation; then `listLines` is what the catalogue says. */
  readonly own: boolean;
  readonly listLines: readonly PriceLine[];
  readonly provenance: string;
  /** The other service tiers. */
  readonly tiers: readonly TierPrice[];
  /** All periods of the standard price, the earliest first. */
  readonly history: readonly PricePeriod[];
  /** Units that the catalogue prices and usage does not count: {"web_searches_kcount": "10"}. */
  readonly uncounted: Readonly<Record<string, string>>;
}

export type FoundPrice =
  | PriceCard
  | { readonly state: "unpriced"; readonly reason: string; readonly near: readonly string[] };

const NO_TIME: Unpriced = { unpriced: "the time is not a time" };

function period(interval: Interval): PricePeriod {
  const { from, until } = interval;
  return {
    ...(Number.isFinite(from) ? { from: new Date(from).toISOString() } : {}),
    ...(Number.isFinite(until) ? { until: new Date(until).toISOString() } : {}),
    lines: priceLines(interval.cost),
  };
}

function tierPrice(book: PriceBook, subject: Subject, tier: ServiceTier, at: Date): TierPrice {
  const cost = intervalAt(timelineOf(book, { ...subject, tier }), at.getTime())?.cost ?? NO_TIME;
  return "unpriced" in cost
    ? { tier, state: "unpriced", reason: cost.unpriced }
    : { tier, state: "priced", lines: priceLines(cost) };
}

function uncountedOf(book: PriceBook, subject: Subject, at: Date): Record<string, string> {
  const found = findModel(book.index, subject.provider, subject.model);
  const periods = found.state === "found" ? found.model.periods : [];
  const current = periods.findLast(({ from }) => from === undefined || Date.parse(from) <= +at);
  const units = Object.entries(current?.rates.uncounted ?? {});
  return Object.fromEntries(
    units.map(([unit, price]) => [unit, typeof price === "string" ? price : price.base]),
  );
}

function isSame(left: PricePeriod, right: PricePeriod): boolean {
  return JSON.stringify(left.lines) === JSON.stringify(right.lines);
}

/** Periods that differ in price: neighbours with the same figures are one. */
function historyOf(timeline: readonly Interval[]): PricePeriod[] {
  const joined: PricePeriod[] = [];
  for (const next of timeline.map(period)) {
    const last = joined.at(-1);
    if (last === undefined || !isSame(last, next)) joined.push(next);
    else {
      const { until: _, ...open } = last;
      joined[joined.length - 1] = next.until === undefined ? open : { ...open, until: next.until };
    }
  }
  return joined.filter(({ lines }) => lines.length > 0);
}

/**
 * The price of a model at a time, with every unit, tier and earlier price; without a provider its name
 * or maker decides. Where there is none: why, and names that are near.
 */
export function findPrice(
  book: PriceBook,
  provider: string | undefined,
  model: string,
  at: Date,
): FoundPrice {
  const subject: Subject = { provider, model, tier: "standard", region: undefined };
  const timeline = timelineOf(book, subject);
  const interval = intervalAt(timeline, at.getTime());
  const found = findModel(book.index, provider, model);
  const cost = interval?.cost ?? NO_TIME;
  if (interval === undefined || "unpriced" in cost) {
    const reason = "unpriced" in cost ? cost.unpriced : NO_TIME.unpriced;
    return { state: "unpriced", reason, near: found.state === "found" ? [] : near(book, model) };
  }
  return {
    state: "found",
    ...(found.host === "" ? {} : { provider: found.host }),
    model: found.state === "found" ? found.model.id : model,
    own: interval.own,
    ...period(interval),
    listLines: priceLines(interval.list),
    provenance: cost.usual.provenance,
    tiers: ServiceTier.options
      .filter((tier) => tier !== "standard")
      .map((tier) => tierPrice(book, subject, tier, at)),
    history: historyOf(timeline),
    uncounted: uncountedOf(book, subject, at),
  };
}

export interface ListedModel {
  /** Absent for an own price of any provider. */
  readonly provider?: string;
  readonly model: string;
  readonly names: readonly string[];
}

/** Every model with a price: the catalogue's, and those that only own prices name. */
export function listModels(book: PriceBook, provider?: string): ListedModel[] {
  const listed = book.catalogue.providers.flatMap(({ id, models }) =>
    models.map(({ id: model, names }): ListedModel => ({ provider: id, model, names })),
  );
  const known = new Set(listed.flatMap(({ names }) => names));
  const own = book.terms.prices
    .filter(({ model }) => !known.has(model.toLowerCase()))
    .map(({ model, provider: by }): ListedModel => {
      const names = [model.toLowerCase()];
      return by === undefined ? { model, names } : { provider: by, model, names };
    });
  const all = [...own, ...listed];
  return provider === undefined ? all : all.filter(({ provider: by }) => by === provider);
}

const NEAR_LIMIT = 5;

/** Names that a misspelled one may have meant, the nearest first; none that is far off. */
export function near(book: PriceBook, model: string): string[] {
  const sought = readModelName(model).names[0] ?? "";
  const scored = new Map<string, number>();
  for (const { names } of listModels(book)) {
    for (const name of names) {
      const far = distance(sought, name) / Math.max(sought.length, name.length, 1);
      if (far <= 0.3) scored.set(name, far);
    }
  }
  return [...scored]
    .sort(([a, x], [b, y]) => x - y || a.localeCompare(b))
    .slice(0, NEAR_LIMIT)
    .map(([name]) => name);
}
