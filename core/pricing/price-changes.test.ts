import { describe, expect, it } from "vitest";
import { buildPriceBook, loadCatalogue } from "./price-book.ts";
import { comparePrices, priceChanges, pricesAt } from "./price-changes.ts";
import { OwnPrice } from "./schema.ts";

const book = buildPriceBook(loadCatalogue());
const day = (text: string): Date => new Date(`${text}T00:00:00Z`);

describe("price changes between two times", () => {
  it("name model, unit, old and new price", () => {
    const changes = priceChanges(book, day("2025-06-01"), day("2025-07-01"));
    expect(changes.filter(({ provider }) => provider === "openai")).toEqual([
      { provider: "openai", model: "o3", unit: "input", old: "10", new: "2" },
      { provider: "openai", model: "o3", unit: "output", old: "40", new: "8" },
    ]);
  });

  it("show a context tier that ends, and an own price that begins", () => {
    const ended = priceChanges(book, day("2026-03-01"), day("2026-04-01"));
    expect(ended).toContainEqual({
      provider: "anthropic",
      model: "claude-opus-4-6",
      unit: "output",
      above: 200_000,
      old: "37.5",
    });
    const prices = [
      { provider: "openai", model: "gpt-4o", input: 2, output: 10, from: "2026-03-15" },
      { model: "in-house", input: 1, output: 1, from: "2026-03-15" },
    ].map((price) => OwnPrice.parse(price));
    const own = buildPriceBook(loadCatalogue(), { prices });
    const began = priceChanges(own, day("2026-03-14"), day("2026-03-15"));
    expect(began).toEqual([
      { provider: "openai", model: "gpt-4o", unit: "input", old: "2.5", new: "2" },
      { provider: "openai", model: "gpt-4o", unit: "cacheRead", old: "1.25" },
      { provider: "", model: "in-house", unit: "input", new: "1" },
      { provider: "", model: "in-house", unit: "output", new: "1" },
    ]);
  });

  it("are none at the same instant, and the reverse when the times are swapped", () => {
    const [from, until] = [day("2026-07-01"), day("2026-09-15")];
    expect(priceChanges(book, from, from)).toEqual([]);
    const there = priceChanges(book, from, until);
    const back = priceChanges(book, until, from);
    expect(there.length).toBeGreaterThan(10);
    const swapped = back.map(({ old, new: to, ...where }) => ({
      ...where,
      ...(to === undefined ? {} : { old: to }),
      ...(old === undefined ? {} : { new: old }),
    }));
    const sorted = (list: object[]) =>
      list.map((each) => JSON.stringify(each, Object.keys(each).sort())).sort();
    expect(sorted(swapped)).toEqual(sorted(there));
  });

  it("compare two books at one time as well", () => {
    const prices = [OwnPrice.parse({ provider: "openai", model: "gpt-4.1", input: 1, output: 8 })];
    const own = buildPriceBook(loadCatalogue(), { prices });
    const at = day("2026-10-01");
    expect(comparePrices(pricesAt(book, at), pricesAt(own, at))).toEqual([
      { provider: "openai", model: "gpt-4.1", unit: "input", old: "2", new: "1" },
      { provider: "openai", model: "gpt-4.1", unit: "cacheRead", old: "0.5" },
    ]);
  });
});
