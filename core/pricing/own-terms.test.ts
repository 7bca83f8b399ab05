import { describe, expect, it } from "vitest";
import { usdDecimal } from "#core/money.ts";
import { priceUsage, type Usage } from "./cost.ts";
import { ownPricesFrom, termProblems } from "./own-terms.ts";
import { buildPriceBook, loadCatalogue } from "./price-book.ts";
import { Discount, OwnPrice, PriceFile, RegionalUplift } from "./schema.ts";

function bookWith(terms: { prices?: unknown[]; discounts?: unknown[]; uplifts?: unknown[] }) {
  return buildPriceBook(loadCatalogue(), {
    prices: (terms.prices ?? []).map((price) => OwnPrice.parse(price)),
    discounts: (terms.discounts ?? []).map((discount) => Discount.parse(discount)),
    uplifts: (terms.uplifts ?? []).map((uplift) => RegionalUplift.parse(uplift)),
  });
}

function priced(book: ReturnType<typeof bookWith>, change: Partial<Usage> = {}): string {
  const result = priceUsage(book, {
    provider: "openai",
    model: "gpt-4o",
    at: new Date("2026-06-15T12:00:00Z"),
    serviceTier: "standard",
    tokens: { input: 1_000, output: 100 },
    requestCount: 1,
    ...change,
  });
  if (result.state === "unpriced") return `unpriced: ${result.reason}`;
  return `${usdDecimal(result.cost)} of ${usdDecimal(result.listCost)}`;
}

const at = (time: string): Partial<Usage> => ({ at: new Date(time) });

describe("own prices", () => {
  const agreed = { model: "gpt-4o", input: 2, output: "8.00", from: "2026-06-01" };

  it("beat the catalogue from their first day until the day they end, and keep the list cost", () => {
    const book = bookWith({ prices: [{ ...agreed, until: "2026-07-01" }] });
    expect(priced(book, at("2026-05-31T23:59:59.999Z"))).toBe("0.0035 of 0.0035");
    expect(priced(book, at("2026-06-01T00:00:00Z"))).toBe("0.0028 of 0.0035");
    expect(priced(book, at("2026-06-30T23:59:59.999Z"))).toBe("0.0028 of 0.0035");
    expect(priced(book, at("2026-07-01T00:00:00Z"))).toBe("0.0035 of 0.0035");
  });

  it("hold for every spelling of the model, and for a version only where it changes no price", () => {
    const book = bookWith({ prices: [agreed] });
    for (const model of ["GPT-4o", "azure/gpt-4o", "gpt-4o-2024-08-06", "openai/gpt-4o"]) {
      expect(priced(book, { model })).toMatch(/^0\.0028 of/);
    }
    expect(priced(book, { model: "gpt-4o-2024-05-13" })).toBe("0.0065 of 0.0065");
    expect(priced(book, { model: "gpt-4o-mini" })).toBe("0.00021 of 0.00021");
  });

  it("of a provider hold there only, and before one of any provider", () => {
    const azure = { ...agreed, provider: "azure.ai.openai", input: 1, output: 4 };
    const book = bookWith({ prices: [agreed, azure] });
    expect(priced(book)).toBe("0.0028 of 0.0035");
    expect(priced(book, { provider: "azure" })).toBe("0.0014 of 0.0035");
    expect(priced(book, { provider: "litellm", model: "azure/gpt-4o" })).toBe("0.0014 of 0.0035");
  });

  it("hold for their own service tier; the others stay at the catalogue's price", () => {
    const book = bookWith({
      prices: [agreed, { model: "gpt-4o", service_tier: "provisioned", input: 0, output: 0 }],
    });
    expect(priced(book, { serviceTier: "batch" })).toBe("0.00175 of 0.00175");
    expect(priced(book, { serviceTier: "provisioned" })).toBe("0 of 0");
    expect(priced(book, { serviceTier: "flex" })).toMatch(/unpriced/);
  });

  it("price what no catalogue knows", () => {
    const prices = [
      { model: "llama-tuned", provider: "vllm", input: "0.2", output: "0.4", requests: 5 },
      { model: "ft:gpt-4o:acme::x1", input: 1, output: 2 },
    ];
    const book = bookWith({ prices });
    expect(priced(book, { provider: "vllm", model: "llama-tuned" })).toBe("0.00524 of 0.00524");
    expect(priced(book, { model: "ft:gpt-4o:acme::x1" })).toBe("0.0012 of 0.00525");
    expect(priced(book, { provider: "vllm", model: "llama-other" })).toMatch(/unpriced/);
    const arn = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/ab12cd";
    const mapped = bookWith({ prices: [{ model: arn, input: 3, output: 15 }] });
    expect(priced(mapped, { provider: "bedrock", model: arn })).toBe("0.0045 of 0.0045");
    expect(priced(bookWith({}), { provider: "bedrock", model: arn })).toMatch(/does not say/);
  });

  it("have context tiers and cache prices of their own", () => {
    const price = {
      model: "m",
      input: 2,
      output: 10,
      cache_read: "0.2",
      cache_write_1h: 4,
      reasoning: 20,
      long_context: [{ above: 1_000, input: 4 }],
    };
    const book = bookWith({ prices: [price] });
    const m = { model: "m", provider: "openai" };
    expect(priced(book, m)).toBe("0.003 of 0.003");
    const tokens = { input: 1_001, output: 100 };
    expect(priced(book, { ...m, tokens })).toBe("0.005004 of 0.005004");
    const cached = { input: 1_000, cacheRead: 500, cacheWrite1h: 100, output: 100, reasoning: 50 };
    expect(priced(book, { ...m, tokens: cached })).toBe("0.0028 of 0.0028");
  });
});

describe("discounts and uplifts", () => {
  it("take a percentage off the list price, exactly", () => {
    const book = bookWith({ discounts: [{ name: "EDP", percent: "7.5", provider: "openai" }] });
    expect(priced(book)).toBe("0.0032375 of 0.0035");
    expect(priced(book, { serviceTier: "batch" })).toBe("0.00161875 of 0.00175");
    expect(priced(book, { provider: "azure" })).toBe("0.0035 of 0.0035");
  });

  it("leave own prices alone", () => {
    const book = bookWith({
      prices: [{ model: "gpt-4o", input: 2, output: 8 }],
      discounts: [{ name: "EDP", percent: 50 }],
      uplifts: [{ region: "eu", percent: 10 }],
    });
    expect(priced(book, { region: "eu" })).toBe("0.0028 of 0.00385");
  });

  it("let the more particular of two decide", () => {
    const discounts = [
      { name: "all", percent: 10 },
      { name: "4o", percent: 20, model: "gpt-4o", until: "2026-06-20" },
    ];
    const book = bookWith({ discounts });
    expect(priced(book)).toBe("0.0028 of 0.0035");
    expect(priced(book, at("2026-06-20T00:00:00Z"))).toBe("0.00315 of 0.0035");
  });

  it("make a region dearer in cost and list cost, instead of a published uplift", () => {
    const uplifts = [{ region: "swedencentral", percent: 10 }];
    const book = bookWith({ uplifts, discounts: [{ name: "EDP", percent: 10 }] });
    expect(priced(book, { region: "SwedenCentral" })).toBe("0.003465 of 0.00385");
    const own = bookWith({ uplifts: [{ region: "us", percent: 0, provider: "anthropic" }] });
    const opus = { provider: "anthropic", model: "claude-opus-5", region: "us" };
    expect(priced(own, opus)).toBe("0.0075 of 0.0075");
    expect(priced(bookWith({}), opus)).toBe("0.00825 of 0.00825");
  });

  it("say themselves in the provenance", () => {
    const book = bookWith({
      discounts: [{ name: "EDP", percent: 10 }],
      uplifts: [{ region: "eu", percent: 5 }],
    });
    const result = priceUsage(book, {
      provider: "openai",
      model: "gpt-4o",
      at: new Date("2026-06-15T12:00:00Z"),
      serviceTier: "standard",
      region: "eu",
      tokens: { input: 1, output: 1 },
      requestCount: 1,
    });
    expect(result).toMatchObject({
      provenance:
        "genai-prices 0.1.8 (2026-09-23) openai/gpt-4o, region eu x1.05 (own), discount EDP 10%",
    });
  });
});

describe("terms for the same thing", () => {
  const one = { model: "gpt-4o", input: 1, output: 1 };

  it("follow one another without an end: the one that began last holds", () => {
    const prices = [{ ...one, input: 2, from: "2026-06-01" }, one];
    const book = bookWith({ prices });
    expect(priced(book, at("2026-05-31T00:00:00Z"))).toBe("0.0011 of 0.0035");
    expect(priced(book, at("2026-06-01T00:00:00Z"))).toBe("0.0021 of 0.0035");
    const short = bookWith({
      prices: [one, { ...one, input: 2, from: "2026-06-01", until: "2026-06-02" }],
    });
    expect(priced(short, at("2026-06-03T00:00:00Z"))).toBe("0.0011 of 0.0035");
  });

  it("are a problem where they begin on the same day, with the place of the second", () => {
    const prices = [
      { ...one, from: "2026-03-01" },
      { ...one, provider: "azure", from: "2026-03-01" },
      { ...one, service_tier: "batch", from: "2026-03-01" },
      { ...one, model: "GPT-4o", from: "2026-03-01" },
    ].map((price) => OwnPrice.parse(price));
    expect(termProblems({ prices, discounts: [], uplifts: [] })).toEqual([
      {
        list: "prices",
        index: 3,
        message: "prices has two entries for GPT-4o, standard from 2026-03-01",
      },
    ]);
    expect(priced(bookWith({ prices: [one, { ...one, input: 3 }] }))).toBe("0.0031 of 0.0035");
  });
});

describe("the shape of own terms", () => {
  it("keeps a YAML number as its shortest decimal", () => {
    const parsed = OwnPrice.parse({ model: "m", input: 0.1, output: "1e-3", cache_read: "0.0250" });
    expect(parsed).toMatchObject({ input: "0.1", output: "0.001", cache_read: "0.025" });
    expect(OwnPrice.parse(parsed)).toEqual(parsed);
  });

  it.each([
    [{ model: "m", input: "two" }, /'two' is not a price in dollars per million tokens/],
    [{ model: "m", input: -1 }, /'-1' is not a price/],
    [{ model: "m", input: "0.0000000000001" }, /is not a price/],
    [{ model: "m", input: 1, from: "2026-03-01", until: "2026-03-01" }, /later day/],
    [{ model: "m", input: 1, from: "2026-02-30" }, /date/i],
    [{ model: "m", input: 1, prize: 2 }, /prize/],
    [{ input: 1 }, /model/],
  ])("refuses %j", (price, message) => {
    expect(() => OwnPrice.parse(price)).toThrow(message);
  });

  it("reads a file of prices by model", () => {
    const file = PriceFile.parse({ "kimi-k2": { input: 0.6, output: 2.5, cached_input: 0.15 } });
    const book = buildPriceBook(loadCatalogue(), { prices: ownPricesFrom(file) });
    const tokens = { input: 1_000, cacheRead: 400, output: 100 };
    expect(priced(book, { provider: "moonshot", model: "kimi-k2", tokens })).toMatch(
      /^0\.00067 of/,
    );
  });
});
