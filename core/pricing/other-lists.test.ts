import { describe, expect, it } from "vitest";
import { compareList, readLiteLlmPrices, readModelsDev } from "./other-lists.ts";
import { buildPriceBook, loadCatalogue } from "./price-book.ts";
import { costAt, disagree, effectOf } from "./price-effect.ts";

const book = buildPriceBook(loadCatalogue());
const AT = new Date("2026-07-01T12:00:00Z");

const LITELLM = {
  sample_spec: { mode: "one of: chat, embedding" },
  "gpt-4o": {
    litellm_provider: "openai",
    input_cost_per_token: 2.5e-6,
    output_cost_per_token: 1.1e-5,
    cache_read_input_token_cost: 1.25e-6,
  },
  "openai/no-such-model": { litellm_provider: "openai", input_cost_per_token: 1 },
};
const MODELS_DEV = {
  openai: { id: "openai", models: { "gpt-4o": { cost: { input: 2.51, output: 10 } } } },
};

describe("other published lists", () => {
  it("are read in dollars per million tokens, exactly", () => {
    expect(readLiteLlmPrices(LITELLM).slice(0, 3)).toEqual([
      { provider: "openai", model: "gpt-4o", unit: "input", price: "2.5" },
      { provider: "openai", model: "gpt-4o", unit: "output", price: "11" },
      { provider: "openai", model: "gpt-4o", unit: "cacheRead", price: "1.25" },
    ]);
    expect(readModelsDev(MODELS_DEV)[0]).toMatchObject({ unit: "input", price: "2.51" });
    expect(() => readModelsDev({ openai: 1 })).toThrow();
  });

  it("are flagged where they differ by more than 1%, and nothing is guessed", () => {
    const check = compareList(book, "LiteLLM", readLiteLlmPrices(LITELLM), AT);
    expect(check.compared).toBe(3);
    expect(check.found).toEqual([
      {
        provider: "openai",
        model: "gpt-4o",
        unit: "output",
        list: "LiteLLM",
        ours: "10",
        theirs: "11",
      },
    ]);
    // 2.51 against 2.5 is within 1%.
    expect(compareList(book, "models.dev", readModelsDev(MODELS_DEV), AT).found).toEqual([]);
    expect([disagree("100", "101"), disagree("100", "101.01"), disagree("5/3", "1.67")]).toEqual([
      false,
      true,
      false,
    ]);
  });
});

describe("the effect of a change of price", () => {
  const old = [
    { unit: "input", price: "10" },
    { unit: "cacheRead", price: "2.5" },
    { unit: "output", price: "40" },
  ] as const;
  const fresh = [
    { unit: "input", price: "2" },
    { unit: "output", price: "8" },
  ] as const;
  const volume = { input: 3_000_000n, cacheRead: 1_000_000n, cacheWrite: 0n, output: 500_000n };

  it("is the volume at the new prices less that at the old ones", () => {
    expect(costAt(old, volume)).toBe(52_500_000_000n);
    // Without a line of its own a cached token costs what a fresh one does.
    expect(costAt(fresh, volume)).toBe(12_000_000_000n);
    expect(effectOf(old, fresh, volume)).toBe(-40_500_000_000n);
  });

  it("is unknown where a class that was used has no price", () => {
    expect(effectOf(old, [{ unit: "input", price: "2" }], volume)).toBeUndefined();
  });
});
