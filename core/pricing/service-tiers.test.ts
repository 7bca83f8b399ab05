import { expect, it } from "vitest";
import { ServiceTier } from "#core/ledger/schema.ts";
import { priceUsage } from "./cost.ts";
import { buildPriceBook, loadCatalogue } from "./price-book.ts";

const book = buildPriceBook(loadCatalogue());

function cost(provider: string, model: string, serviceTier: ServiceTier): bigint | undefined {
  const at = new Date("2026-11-18T12:00:00Z");
  const tokens = { input: 1_000_000, output: 1_000_000 };
  const usage = { provider, model, at, serviceTier, tokens, requestCount: 0 };
  const priced = priceUsage(book, usage);
  return priced.state === "priced" ? priced.cost : undefined;
}

/** Input and output of a million tokens, in dollars, as the provider's page lists them. */
it.each<[string, string, ServiceTier, number]>([
  ["openai", "gpt-6-astra", "batch", 30],
  ["openai", "gpt-5.6-sol", "flex", 12],
  ["openai", "gpt-5.6-luna", "priority", 2.8],
  ["openai", "gpt-5.5", "priority", 87.5],
  ["openai", "gpt-5.4-mini", "priority", 10.5],
  ["openai", "gpt-5.2", "priority", 31.5],
  ["openai", "gpt-5-mini", "priority", 4.05],
  ["openai", "gpt-4.1-nano", "priority", 1],
  ["openai", "gpt-4.1", "priority", 17.5],
  ["openai", "gpt-4o-2024-05-13", "priority", 35],
  ["openai", "gpt-3.5-turbo-1106", "batch", 3],
  ["openai", "gpt-3.5-turbo-0125", "batch", 1],
  ["openai", "ft:gpt-4o-2024-08-06:acme::x", "batch", 14.725],
  ["openai", "o4-mini", "priority", 10],
  ["openai", "o4-mini", "flex", 2.75],
  ["google", "gemini-2.5-flash", "priority", 5.04],
])("%s %s %s costs what the page says", (provider, model, tier, dollars) => {
  expect(cost(provider, model, tier)).toBe(BigInt(Math.round(dollars * 1e9)));
});

it("gives every tier of every model a price that is exact, or none", () => {
  let tiers = 0;
  for (const { id, models } of book.catalogue.providers) {
    for (const model of models) {
      for (const tier of ServiceTier.options) {
        if (tier !== "standard" && cost(id, model.id, tier) !== undefined) tiers += 1;
      }
    }
  }
  expect(tiers).toBeGreaterThan(200);
});
