import { describe, expect, it } from "vitest";
import { findPrice, listModels, near } from "./find-price.ts";
import { buildPriceBook, loadCatalogue } from "./price-book.ts";
import { OwnPrice } from "./schema.ts";

const book = buildPriceBook(loadCatalogue());
const march = new Date("2026-03-01T00:00:00Z");

describe("the price of a model", () => {
  it("has every unit that differs, and the tiers that are known", () => {
    const found = findPrice(book, undefined, "gpt-4o", march);
    expect(found).toMatchObject({
      state: "found",
      provider: "openai",
      model: "gpt-4o",
      own: false,
      lines: [
        { unit: "input", price: "2.5" },
        { unit: "cacheRead", price: "1.25" },
        { unit: "output", price: "10" },
      ],
      tiers: [
        { tier: "batch", state: "priced" },
        { tier: "flex", state: "unpriced" },
        { tier: "priority", state: "priced" },
        { tier: "provisioned", state: "unpriced" },
      ],
      uncounted: { web_searches_kcount: "10" },
    });
  });

  it("has context tiers and cache writes", () => {
    const found = findPrice(book, "anthropic", "claude-sonnet-4-5", march);
    expect(found).toMatchObject({
      lines: [
        { unit: "input", price: "3" },
        { unit: "cacheRead", price: "0.3" },
        { unit: "cacheWrite5m", price: "3.75" },
        { unit: "cacheWrite1h", price: "6" },
        { unit: "output", price: "15" },
        { unit: "input", price: "6", above: 200_000 },
        { unit: "cacheRead", price: "0.6", above: 200_000 },
        { unit: "cacheWrite5m", price: "7.5", above: 200_000 },
        { unit: "cacheWrite1h", price: "12", above: 200_000 },
        { unit: "output", price: "22.5", above: 200_000 },
      ],
    });
  });

  it("has hours and a history where they exist", () => {
    const flash = findPrice(
      book,
      "deepseek",
      "deepseek-v4-flash",
      new Date("2026-09-01T00:00:00Z"),
    );
    expect(flash).toMatchObject({ from: "2026-08-23T00:00:00.000Z" });
    expect(flash.state === "found" && flash.lines).toContainEqual({
      unit: "input",
      price: "0.44",
      hours: "01:00-04:00 Mon-Fri",
    });
    const o3 = findPrice(book, undefined, "o3", march);
    expect(o3.state === "found" && o3.history).toMatchObject([
      { until: "2025-06-10T00:00:00.000Z" },
      { from: "2025-06-10T00:00:00.000Z" },
    ]);
  });

  it("shows an own price beside the list, until the day it ends", () => {
    const price = { model: "gpt-4o", input: 2, output: 8, until: "2026-04-01" };
    const own = buildPriceBook(loadCatalogue(), { prices: [OwnPrice.parse(price)] });
    expect(findPrice(own, undefined, "gpt-4o", march)).toMatchObject({
      own: true,
      until: "2026-04-01T00:00:00.000Z",
      lines: [
        { unit: "input", price: "2" },
        { unit: "output", price: "8" },
      ],
      listLines: [{ price: "2.5" }, { price: "1.25" }, { price: "10" }],
      provenance: "own price gpt-4o",
    });
    expect(findPrice(own, undefined, "gpt-4o", new Date("2026-04-01"))).toMatchObject({
      own: false,
    });
  });

  it("that is not known comes with near names", () => {
    expect(findPrice(book, undefined, "claude-sonnet-45", march)).toMatchObject({
      state: "unpriced",
      near: expect.arrayContaining(["claude-sonnet-4-5"]),
    });
    expect(near(book, "gpt4o")).toEqual(["gpt-4o"]);
    expect(near(book, "something else entirely")).toEqual([]);
  });
});

it("lists every model, own ones too", () => {
  const prices = [OwnPrice.parse({ provider: "vllm", model: "Tuned", input: 1, output: 1 })];
  const own = buildPriceBook(loadCatalogue(), { prices });
  expect(listModels(own)).toHaveLength(listModels(book).length + 1);
  expect(listModels(own, "vllm")).toEqual([{ provider: "vllm", model: "Tuned", names: ["tuned"] }]);
  expect(near(own, "tuned")).toEqual(["tuned"]);
  expect(listModels(book, "openai").length).toBeGreaterThan(50);
});
