import { intervalAt, type PriceBook, timelineOf } from "./price-book.ts";
import { type PriceLine, priceLines } from "./price-lines.ts";

/** A figure of the price list at one instant. */
export interface PricePoint extends PriceLine {
  readonly provider: string;
  readonly model: string;
}

/** `old` is absent where the price begins, `new` where it ends. Prices as in PriceLine. */
export interface PriceChange extends Omit<PricePoint, "price"> {
  readonly old?: string;
  readonly new?: string;
}

function pointsOf(book: PriceBook, provider: string, model: string, at: Date): PricePoint[] {
  const subject = { provider, model, tier: "standard", region: undefined } as const;
  const interval = intervalAt(timelineOf(book, subject), at.getTime());
  if (interval === undefined) return [];
  return priceLines(interval.cost).map((line) => ({ provider, model, ...line }));
}

/** What this organisation pays per standard request for every model of its book at one instant. */
export function pricesAt(book: PriceBook, at: Date): PricePoint[] {
  const listed = book.catalogue.providers.flatMap(({ id, models }) =>
    models.flatMap((model) => pointsOf(book, id, model.id, at)),
  );
  const known = new Set(listed.map(({ provider, model }) => `${provider}\n${model}`));
  const own = book.terms.prices
    .filter(({ service_tier }) => service_tier === "standard")
    .map(({ provider = "", model }) => ({ provider, model }))
    .filter(({ provider, model }) => !known.has(`${provider}\n${model}`));
  const distinct = new Map(own.map((term) => [`${term.provider}\n${term.model}`, term]));
  return [
    ...listed,
    ...[...distinct.values()].flatMap(({ provider, model }) => pointsOf(book, provider, model, at)),
  ];
}

function keyOf({ provider, model, unit, above, hours }: PricePoint): string {
  return JSON.stringify([provider, model, unit, above, hours]);
}

/** The difference of two price lists, of one book at two times or of two books. */
export function comparePrices(
  before: readonly PricePoint[],
  after: readonly PricePoint[],
): PriceChange[] {
  const old = new Map(before.map((point) => [keyOf(point), point]));
  const fresh = new Map(after.map((point) => [keyOf(point), point]));
  return [...new Map([...old, ...fresh])].flatMap(([key, { price: _, ...where }]) => {
    const from = old.get(key)?.price;
    const to = fresh.get(key)?.price;
    if (from === to) return [];
    return [
      {
        ...where,
        ...(from === undefined ? {} : { old: from }),
        ...(to === undefined ? {} : { new: to }),
      },
    ];
  });
}

/** Every price that is another one at `until` than it was at `from`. */
export function priceChanges(book: PriceBook, from: Date, until: Date): PriceChange[] {
  return comparePrices(pricesAt(book, from), pricesAt(book, until));
}
