import { expect, it } from "vitest";
import { buildPriceBook, loadCatalogue } from "#core/pricing/price-book.ts";
import { priceCalls } from "./call-price.ts";
import type { TrafficProfile } from "./schema.ts";

const book = buildPriceBook(loadCatalogue());
const at = new Date("2026-11-22T00:00:00Z");

/** claude-sonnet-4-5 costs $3 and $15 per million tokens, $0.30 for what is read from the cache. */
const refunds: TrafficProfile = {
  source: "measured",
  label: "workflow refunds",
  from: "2026-10-24",
  until: "2026-11-22",
  provider: "anthropic",
  model: "claude-sonnet-4-5",
  calls: 1_000,
  median: { input: 1_000, output: 200 },
  p90: { input: 4_000, output: 600 },
  total: { input: 1_600_000, output: 260_000 },
};

it("prices added prompt text at the input rate, once a call", () => {
  const price = priceCalls(book, refunds, { promptTokens: 470 }, at);
  expect(price.median).toMatchObject({ before: 6_000_000n, after: 7_410_000n });
  expect(price.p90).toMatchObject({ before: 21_000_000n, difference: 1_410_000n });
  expect(price.period).toMatchObject({ before: 8_700_000_000n, difference: 1_410_000_000n });
});

it("prices added text behind the cache marker at the cache rate", () => {
  const price = priceCalls(book, refunds, { promptTokens: 470, cached: true }, at);
  expect(price.period).toMatchObject({ difference: 141_000_000n });
});

it("prices another model on the same traffic", () => {
  const price = priceCalls(book, refunds, { model: "claude-haiku-4-5", promptTokens: 0 }, at);
  expect(price.median).toMatchObject({ before: 6_000_000n, after: 2_000_000n });
});

it("never prices an unknown model as another one", () => {
  const price = priceCalls(book, refunds, { model: "gpt-9-ultra", promptTokens: 0 }, at);
  expect(price.median).toMatchObject({ state: "unpriced" });
  expect(price.period).toMatchObject({ state: "unpriced" });
});

it("lets an output limit cut what is measured, and never add to it", () => {
  const lower = priceCalls(book, refunds, { promptTokens: 0, outputLimit: 100 }, at);
  expect(lower.median).toMatchObject({ difference: -1_500_000n });
  const higher = priceCalls(book, refunds, { promptTokens: 0, outputLimit: 8_000 }, at);
  expect(higher.median).toMatchObject({ difference: 0n });
});

it("shrinks a prompt to nothing at most, and its cached part with it", () => {
  const cached = { ...refunds, median: { input: 1_000, cacheRead: 900, output: 0 } };
  const price = priceCalls(book, cached, { promptTokens: -5_000 }, at);
  expect(price.median).toMatchObject({ after: 0n });
});
