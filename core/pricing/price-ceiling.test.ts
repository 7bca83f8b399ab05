import fc from "fast-check";
import { expect, it } from "vitest";
import { priceUsage } from "./cost.ts";
import { buildPriceBook, loadCatalogue } from "./price-book.ts";
import { ceilingCost } from "./price-ceiling.ts";

const book = buildPriceBook(loadCatalogue());
const at = new Date("2026-11-18T12:00:00Z");

it("is what the dearest class of the reachable tiers costs", () => {
  const sonnet = { provider: "anthropic", model: "claude-sonnet-4-5", at, outputTokens: 100 };
  const tiers = ["standard"] as const;
  // $6 an hour-long cache write, $15 output; above 200,000 tokens $12 and $22.50.
  expect(ceilingCost(book, { ...sonnet, tiers, inputTokens: 1_000 })).toBe(7_500_000n);
  expect(ceilingCost(book, { ...sonnet, tiers, inputTokens: 200_001 })).toBe(2_402_262_000n);
  const gpt = { provider: "openai", model: "gpt-4o", at, inputTokens: 1_000, outputTokens: 100 };
  expect(ceilingCost(book, { ...gpt, tiers: ["standard", "priority"] })).toBe(5_950_000n);
});

it("rounds up: three tokens at 37.5 nano-dollars are 113", () => {
  const flash = { provider: "google", model: "gemini-flash-1.5-8b", at, outputTokens: 0 };
  const ceiling = ceilingCost(book, { ...flash, tiers: ["standard"], inputTokens: 3 });
  expect(ceiling).toBe(113n);
});

it("is not known where a tier has no price", () => {
  const gpt = { provider: "openai", model: "gpt-4o", at, inputTokens: 1, outputTokens: 1 };
  expect(ceilingCost(book, { ...gpt, tiers: ["standard", "flex"] })).toBeUndefined();
  expect(ceilingCost(book, { ...gpt, model: "gpt-x", tiers: ["standard"] })).toBeUndefined();
  expect(ceilingCost(book, { ...gpt, tiers: [] })).toBeUndefined();
});

it("is never below the cost of a call within the bounds, at any hour", () => {
  const models = [
    { provider: "anthropic", model: "claude-sonnet-4-5" },
    { provider: "deepseek", model: "deepseek-v4-flash" },
    { provider: "google", model: "gemini-2.5-pro" },
    { provider: "openai", model: "gpt-5.6-sol" },
    { provider: "perplexity", model: "sonar-deep-research" },
  ];
  const count = fc.integer({ min: 0, max: 400_000 });
  fc.assert(
    fc.property(
      fc.constantFrom(...models),
      fc.tuple(count, count, count, count, count),
      fc.integer({ min: 0, max: 86_399 }),
      (model, [fresh, cacheRead, cacheWrite5m, output, reasoning], second) => {
        const tokens = {
          input: fresh + cacheRead + cacheWrite5m,
          cacheRead,
          cacheWrite5m,
          output: output + reasoning,
          reasoning,
        };
        const call = { ...model, at: new Date(at.getTime() + second * 1000) };
        const usage = { ...call, serviceTier: "standard", tokens, requestCount: 1 } as const;
        const priced = priceUsage(book, usage);
        const most = ceilingCost(book, {
          ...call,
          tiers: ["standard"],
          inputTokens: tokens.input,
          outputTokens: tokens.output,
        });
        expect(priced.state).toBe("priced");
        expect(most).toBeDefined();
        if (priced.state === "priced") expect(priced.cost <= (most ?? -1n)).toBe(true);
      },
    ),
  );
});
