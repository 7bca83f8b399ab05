import { calcPrice, waitForUpdate } from "@pydantic/genai-prices";
import { describe, expect, it } from "vitest";
import { catalogueText, walkCatalogue } from "#core/pricing/catalogue/walk-catalogue.ts";
import { priceUsage } from "#core/pricing/cost.ts";
import { findModel } from "#core/pricing/find-model.ts";
import { buildPriceBook, loadCatalogue } from "#core/pricing/price-book.ts";
import { Catalogue } from "#core/pricing/schema.ts";

const book = buildPriceBook(loadCatalogue());
const providers = (await waitForUpdate()) ?? [];

it("is what the walk makes of the installed package", () => {
  const { version, date } = book.catalogue;
  const walked = Catalogue.parse(walkCatalogue(providers, version, date));
  expect(catalogueText(walked)).toBe(catalogueText(book.catalogue));
});

/** Where corrections.ts departs from the package, and what usage cannot split. */
const DEPARTS = /^(?:deepseek\/deepseek-(?:chat|reasoner|v4-)|mistral\/mistral-large)/;

const TIMES = ["2025-03-05T12:00:00Z", "2025-07-02T20:00:00Z", "2026-11-18T12:00:00Z"];
const COUNTS = [
  { input: 1_000, cacheRead: 300, output: 100 },
  { input: 300_001, cacheRead: 100_000, output: 7_000 },
];

describe("genai-prices as an oracle", () => {
  const compared: string[] = [];
  const different: string[] = [];
  const unpriced = new Map<string, string>();
  for (const { id: provider, models } of book.catalogue.providers) {
    for (const model of models) {
      const key = `${provider}/${model.id}`;
      if (DEPARTS.test(key)) continue;
      for (const name of model.names) compare(provider, model.id, name);
    }
  }

  function compare(provider: string, id: string, name: string): void {
    for (const time of TIMES) {
      for (const { input, cacheRead, output } of COUNTS) {
        const at = new Date(time);
        const usage = { input_tokens: input, cache_read_tokens: cacheRead, output_tokens: output };
        const theirs = calcPrice(usage, name, { providerId: provider, timestamp: at });
        // Ids that are no name of a model there, and models that corrections.ts adds.
        if (theirs === null || theirs.model.id !== id) continue;
        const ours = priceUsage(book, {
          provider,
          model: name,
          at,
          serviceTier: "standard",
          tokens: { input, cacheRead, output },
          requestCount: 1,
        });
        if (ours.state === "unpriced") {
          unpriced.set(`${provider}/${id}`, ours.reason);
          continue;
        }
        compared.push(name);
        const float = Number(ours.cost) / 1e9;
        const tolerance = 1e-9 + theirs.total_price * 1e-9;
        if (Math.abs(float - theirs.total_price) > tolerance) {
          different.push(`${provider} ${name} ${time}: ${float} and ${theirs.total_price}`);
        }
      }
    }
  }

  it("prices every name of every model as the package does", () => {
    expect(different).toEqual([]);
    expect(compared.length).toBeGreaterThan(10_000);
  });

  it("leaves only those unpriced whose price or tokens are not known", () => {
    const known = /usage does not split them|is not priced per token|no price known for output/;
    const others = [...unpriced].filter(([, reason]) => !known.test(reason));
    // The package has `{}` for them, which is a price for models that it calls free only.
    expect(others.map(([key]) => key).sort()).toEqual([
      "cerebras/qwen-3-coder-480b",
      "huggingface_together/ServiceNow-AI/Apriel-1.6-15b-Thinker",
      "openrouter/gemini-2.5-pro-exp-03-25",
      "openrouter/google/gemini-flash-1.5-8b-exp",
      "openrouter/google/lyria-3-clip-preview",
      "openrouter/google/lyria-3-pro-preview",
    ]);
  });
});

describe("a name that goes on after a known one", () => {
  const WORDS = ["-mini", "-pro", "-nano", "-lite", "-5", "-9", "x", "-turbo", "-fast", "-v2", "2"];

  it("never takes its price, unless the catalogue holds that very name", () => {
    const taken: string[] = [];
    let refused = 0;
    for (const { id: provider, models } of book.catalogue.providers) {
      for (const name of models.flatMap(({ names }) => names)) {
        // What follows ".ft-" is the customer's own name.
        if (name.includes(".ft-")) continue;
        for (const word of WORDS) {
          const longer = name + word;
          const found = findModel(book.index, provider, longer);
          if (found.state === "unknown") {
            refused += 1;
            continue;
          }
          const known = [...found.model.names, ...(found.model.stems ?? [])];
          const said = [longer, ...found.name.names];
          if (!said.some((each) => known.includes(each))) {
            taken.push(`${provider} ${longer} > ${found.model.id}`);
          }
        }
      }
    }
    expect(taken).toEqual([]);
    expect(refused).toBeGreaterThan(20_000);
  });
});
