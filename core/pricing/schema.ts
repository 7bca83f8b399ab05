import { z } from "zod";
import { ServiceTier } from "#core/ledger/schema.ts";
import { decimalOf } from "#core/money.ts";
import { fractionText, fromDecimal } from "./fraction.ts";

const MAX_PLACES = 12;

/** A decimal kept as text, so that YAML's 0.1 and "0.1" are the same tenth. Idempotent. */
function decimalBetween(minimum: number, maximum: number, what: string) {
  return z.union([z.string().max(40), z.number()]).transform((value, context) => {
    const decimal = decimalOf(value);
    const text = decimal === undefined ? undefined : fractionText(fromDecimal(decimal));
    const inRange = Number(text) >= minimum && Number(text) <= maximum;
    const places = text?.split(".")[1]?.length ?? 0;
    if (text !== undefined && inRange && places <= MAX_PLACES) return text;
    const message = `'${value}' is not ${what} (a decimal from ${minimum} to ${maximum})`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });
}

/** US dollars per million tokens. */
const Price = decimalBetween(0, 1_000_000, "a price in dollars per million tokens");
const Day = z.iso.date();
const Name = z.string().trim().min(1).max(256);

/** Valid on [from, until), whole days in UTC; an absent end is open. */
const validity = { from: Day.optional(), until: Day.optional() };

function endsAfterStart(term: { from?: string | undefined; until?: string | undefined }): boolean {
  return term.from === undefined || term.until === undefined || term.from < term.until;
}
const ORDER = { message: "'until' must be a later day than 'from'", path: ["until"] };

/** Prices of one model. A class without a price of its own is charged as its parent is, see compile.ts. */
const tokenPrices = {
  input: Price,
  output: Price.optional(),
  cache_read: Price.optional(),
  cache_write_5m: Price.optional(),
  cache_write_1h: Price.optional(),
  reasoning: Price.optional(),
};

/**
 * What this organisation pays for a model. Keys as aispend.yaml holds them. It is final: no uplift,
 * no discount.
 */
export const OwnPrice = z
  .strictObject({
    /** Absent: whoever serves it. */
    provider: Name.optional(),
    model: Name,
    service_tier: ServiceTier.default("standard"),
    region: Name.optional(),
    ...tokenPrices,
    /** US dollars per thousand requests. */
    requests: Price.optional(),
    /** Prices of a whole request whose input is longer than `above` tokens. */
    long_context: z
      .array(z.strictObject({ above: z.int().min(1).max(100_000_000), ...tokenPrices }))
      .max(8)
      .optional(),
    ...validity,
  })
  .refine(endsAfterStart, ORDER);
export type OwnPrice = z.infer<typeof OwnPrice>;

/** A negotiated discount on the catalogue's price. */
export const Discount = z
  .strictObject({
    name: Name,
    percent: decimalBetween(0, 100, "a percentage"),
    provider: Name.optional(),
    model: Name.optional(),
    service_tier: ServiceTier.optional(),
    ...validity,
  })
  .refine(endsAfterStart, ORDER);
export type Discount = z.infer<typeof Discount>;

/** What a region costs more than the catalogue's price. Replaces a published uplift of the same region. */
export const RegionalUplift = z
  .strictObject({
    region: Name,
    percent: decimalBetween(-100, 1000, "a percentage"),
    provider: Name.optional(),
    model: Name.optional(),
    ...validity,
  })
  .refine(endsAfterStart, ORDER);
export type RegionalUplift = z.infer<typeof RegionalUplift>;

/** A file of prices by model, US dollars per million tokens: {"gpt-5": {"input": 1.25, ...}}. */
export const PriceFile = z.record(
  Name,
  z.strictObject({ input: Price, output: Price, cached_input: Price.optional() }),
);
export type PriceFile = z.infer<typeof PriceFile>;

/** One price, or a base and what the whole request costs above so many input tokens. */
export const CataloguePrice = z.union([
  z.string(),
  z.strictObject({
    base: z.string(),
    tiers: z.array(z.strictObject({ above: z.int(), price: z.string() })),
  }),
]);
export type CataloguePrice = z.infer<typeof CataloguePrice>;

export const CatalogueRates = z.strictObject({
  input: CataloguePrice.optional(),
  cacheRead: CataloguePrice.optional(),
  cacheWrite5m: CataloguePrice.optional(),
  cacheWrite1h: CataloguePrice.optional(),
  output: CataloguePrice.optional(),
  reasoning: CataloguePrice.optional(),
  /** US dollars per thousand requests. */
  requests: CataloguePrice.optional(),
  /** Units that usage does not count (searches, audio hours), shown with the price and not charged. */
  uncounted: z.record(z.string(), CataloguePrice).optional(),
});
export type CatalogueRates = z.infer<typeof CatalogueRates>;

export const CataloguePeriod = z.strictObject({
  /** Instants, ISO 8601 in UTC: the rates hold on [from, until). */
  from: z.iso.datetime().optional(),
  until: z.iso.datetime().optional(),
  rates: CatalogueRates,
  /** Dearer or cheaper hours, "HH:MM" in UTC, [start, end). */
  windows: z
    .array(
      z.strictObject({
        start: z.string(),
        end: z.string(),
        weekdaysOnly: z.boolean(),
        rates: CatalogueRates,
      }),
    )
    .optional(),
});
export type CataloguePeriod = z.infer<typeof CataloguePeriod>;

export const CatalogueModel = z.strictObject({
  id: z.string(),
  /** Exact names, lower case; `id` is always one of them. */
  names: z.array(z.string()),
  /** A name may go on after a stem with a version only (model-name.ts). */
  stems: z.array(z.string()).optional(),
  patterns: z.array(z.string()).optional(),
  /** Why tokens alone do not say the cost ("text and audio"), where they do not. */
  mixedTokens: z.string().optional(),
  periods: z.array(CataloguePeriod),
});
export type CatalogueModel = z.infer<typeof CatalogueModel>;

export const Catalogue = z.strictObject({
  source: z.string(),
  version: z.string(),
  /** The day of its release. */
  date: z.iso.date(),
  licence: z.string(),
  providers: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      /** Whose models this provider also sells, at their price. */
      fallback: z.array(z.string()).optional(),
      models: z.array(CatalogueModel),
    }),
  ),
});
export type Catalogue = z.infer<typeof Catalogue>;
