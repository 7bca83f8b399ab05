import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { divideHalfEven, usdDecimal } from "#core/money.ts";
import { type Priced, priceUsage, rateVariance, type Usage } from "./cost.ts";
import { buildPriceBook, loadCatalogue } from "./price-book.ts";

const book = buildPriceBook(loadCatalogue());

function usage(change: Partial<Usage>): Usage {
  return {
    provider: "openai",
    model: "gpt-4o",
    at: new Date("2026-11-18T12:00:00Z"),
    serviceTier: "standard",
    tokens: { input: 1_000, output: 100 },
    requestCount: 1,
    ...change,
  };
}

function said(priced: Priced): string {
  return priced.state === "priced" ? usdDecimal(priced.cost) : `unpriced: ${priced.reason}`;
}

const price = (change: Partial<Usage>): string => said(priceUsage(book, usage(change)));

function provenanceOf(change: Partial<Usage>): string {
  const priced = priceUsage(book, usage(change));
  return priced.state === "priced" ? priced.provenance : "unpriced";
}

function classesOf(change: Partial<Usage>) {
  const priced = priceUsage(book, usage(change));
  return priced.state === "priced" ? priced.classes : undefined;
}

const sonnet = { provider: "anthropic", model: "claude-sonnet-4" };
const gemini = { provider: "google", model: "gemini-2.5-pro" };

describe("the figures that genai-prices was measured with, as exact decimals", () => {
  it.each<[string, Partial<Usage>, string]>([
    ["gpt-4o", {}, "0.0035"],
    ["800 cached", { tokens: { input: 1_000, cacheRead: 800, output: 100 } }, "0.0025"],
    ["claude-sonnet-4, a float there", sonnet, "0.0045"],
    [
      "cache read and write",
      {
        ...sonnet,
        tokens: { input: 10_000, cacheRead: 6_000, cacheWrite5m: 3_000, output: 100 },
      },
      "0.01755",
    ],
    [
      "cache write for an hour",
      { ...sonnet, tokens: { input: 1_000, cacheWrite1h: 400, output: 30 } },
      "0.00465",
    ],
    [
      "tier applied",
      { ...sonnet, model: "claude-sonnet-4-5", tokens: { input: 300_000, output: 100 } },
      "1.80225",
    ],
    ["no tier", { ...sonnet, tokens: { input: 300_000, output: 100 } }, "0.9015"],
    ["at the cliff", { ...gemini, tokens: { input: 200_000, output: 1_000 } }, "0.26"],
    ["above the cliff", { ...gemini, tokens: { input: 200_001, output: 1_000 } }, "0.5150025"],
    [
      "cached above the cliff",
      { ...gemini, tokens: { input: 300_000, cacheRead: 100_000, output: 1_000 } },
      "0.54",
    ],
    ["o3 before the cut", { model: "o3", at: new Date("2025-05-01T00:00:00Z") }, "0.014"],
    ["o3 after the cut", { model: "o3", at: new Date("2025-08-01T00:00:00Z") }, "0.0028"],
    ["routing prefix", { provider: "azure", model: "azure/gpt-4o" }, "0.0035"],
    ["batch", { serviceTier: "batch" }, "0.00175"],
  ])("%s", (_, change, expected) => {
    expect(price(change)).toBe(expected);
  });

  it("changes the price at the instant of the change, not a millisecond before", () => {
    const model = "o3";
    expect(price({ model, at: new Date("2025-06-09T23:59:59.999Z") })).toBe("0.014");
    expect(price({ model, at: new Date("2025-06-10T00:00:00.000Z") })).toBe("0.0028");
  });
});

describe("what is not known", () => {
  it.each<[string, Partial<Usage>, RegExp]>([
    ["a model that does not exist", { ...sonnet, model: "claude-haiku-5-5" }, /unknown model/],
    ["no input", { tokens: { output: 1 } }, /tokens unknown: .* no input/],
    ["no output", { tokens: { input: 1 } }, /tokens unknown: .* no output/],
    ["cache above input", { tokens: { input: 10, cacheRead: 11, output: 1 } }, /exceed the input/],
    [
      "cache writes above input",
      { tokens: { input: 10, cacheRead: 5, cacheWrite1h: 6, output: 1 } },
      /cached tokens exceed the input \(11 of 10\)/,
    ],
    ["reasoning above output", { tokens: { input: 1, output: 1, reasoning: 2 } }, /exceed/],
    ["reasoning alone", { tokens: { input: 1, reasoning: 2 } }, /tokens unknown/],
    ["a negative count", { tokens: { input: -1, output: 1 } }, /whole numbers/],
    ["a fraction of a token", { tokens: { input: 1.5, output: 1 } }, /whole numbers/],
    ["no time", { at: new Date(Number.NaN) }, /not a time/],
    ["a tier without a published price", { serviceTier: "flex" }, /flex tier of openai\/gpt-4o/],
    ["provisioned throughput", { serviceTier: "provisioned" }, /provisioned tier/],
    ["a provider without a list", { provider: "vllm" }, /no price list for provider 'vllm'/],
    [
      "DeepSeek after its stale prices",
      { provider: "deepseek", model: "deepseek-chat" },
      /no price/,
    ],
    ["tokens of sound", { model: "gpt-realtime" }, /text and audio tokens apart/],
    ["hours of sound", { model: "whisper-1" }, /not priced per token/],
    [
      "an hour-long cache that has no price",
      {
        provider: "aws",
        model: "anthropic.claude-sonnet-4-20250514-v1:0",
        tokens: { input: 10, cacheWrite1h: 5, output: 1 },
      },
      /no price known for cache write \(1 h\) tokens/,
    ],
  ])("leaves %s unpriced and says why", (_, change, reason) => {
    const priced = priceUsage(book, usage(change));
    expect(priced).toMatchObject({ state: "unpriced", reason: expect.stringMatching(reason) });
  });

  it("never throws, whatever the usage says", () => {
    const count = fc.option(fc.oneof(fc.integer(), fc.double(), fc.constant(0)), {
      nil: undefined,
    });
    const tokens = fc.record({
      input: count,
      cacheRead: count,
      cacheWrite5m: count,
      cacheWrite1h: count,
      output: count,
      reasoning: count,
    });
    fc.assert(
      fc.property(fc.string(), fc.string(), tokens, fc.integer(), (provider, model, counts, n) => {
        const change = { provider, model, tokens: counts, requestCount: n };
        expect(["priced", "unpriced"]).toContain(priceUsage(book, usage(change)).state);
      }),
    );
  });
});

describe("token classes", () => {
  it("splits the cost by class and keeps their sum", () => {
    const tokens = {
      input: 10_000,
      cacheRead: 6_000,
      cacheWrite5m: 2_000,
      cacheWrite1h: 1_000,
      output: 700,
      reasoning: 500,
    };
    expect(classesOf({ ...sonnet, tokens })).toEqual({
      input: 3_000_000n,
      cacheRead: 1_800_000n,
      cacheWrite: 13_500_000n,
      output: 3_000_000n,
      reasoning: 7_500_000n,
      other: 0n,
    });
  });

  it("charges cached tokens as input where the list has no discount for them", () => {
    const gpt4 = { model: "gpt-4", tokens: { input: 1_000, cacheRead: 400, output: 0 } };
    expect(classesOf(gpt4)).toMatchObject({ input: 18_000_000n, cacheRead: 12_000_000n });
  });

  it("prices reasoning by its own rate where there is one", () => {
    const deep = { provider: "perplexity", model: "sonar-deep-research" };
    const tokens = { input: 0, output: 1_000_000, reasoning: 400_000 };
    expect(classesOf({ ...deep, tokens })).toMatchObject({
      output: 4_800_000_000n,
      reasoning: 1_200_000_000n,
    });
  });

  it("adds a fee per request", () => {
    const sonar = { provider: "perplexity", model: "sonar-pro" };
    expect(classesOf(sonar)).toMatchObject({ other: 14_000_000n });
    expect(classesOf({ ...sonar, requestCount: 3 })).toMatchObject({ other: 42_000_000n });
  });

  it("prices an embedding without an output count, and no other model", () => {
    const embedding = { model: "text-embedding-3-small", tokens: { input: 1_000 } };
    expect(price(embedding)).toBe("0.00002");
    expect(price({ ...embedding, tokens: { input: 1_000, output: 0 } })).toBe("0.00002");
    expect(price({ ...embedding, tokens: { input: 1, output: 5 } })).toMatch(/output tokens/);
  });

  it("prices zero tokens at zero only where zero is stated", () => {
    expect(price({ tokens: { input: 0, output: 0 } })).toBe("0");
    expect(price({ tokens: {} })).toMatch(/tokens unknown/);
  });

  it("prices fine-tuned models by their own list", () => {
    const tokens = { input: 1_000, cacheRead: 400, output: 100 };
    expect(price({ model: "ft:gpt-4o-mini-2024-07-18:acme::x1", tokens })).toBe("0.00036");
    expect(price({ model: "ft:gpt-4.1-nano-2025-04-14:acme::x1" })).toBe("0.00028");
    expect(price({ model: "ft:gpt-4-0613:acme::x1" })).toMatch(/unknown model/);
  });
});

describe("context tiers", () => {
  const model = "gpt-5.4";

  it("begin at the exact token that the provider names", () => {
    expect(price({ model, tokens: { input: 271_999, output: 0 } })).toBe("0.6799975");
    expect(price({ model, tokens: { input: 272_000, output: 0 } })).toBe("1.36");
    const flash = { provider: "google", model: "gemini-1.5-flash" };
    expect(price({ ...flash, tokens: { input: 128_000, output: 0 } })).toBe("0.0096");
    expect(price({ ...flash, tokens: { input: 128_001, output: 0 } })).toBe("0.01920015");
  });

  it("go by the mean of a bucket, to the token, unless it says how long a request was", () => {
    const bucket = (input: number) => ({ model, tokens: { input, output: 0 }, requestCount: 10 });
    expect(price(bucket(2_000_000))).toBe("5");
    // Ten of 271,999 pay the lower tier; one token more, and one of them is long for certain.
    expect(price(bucket(2_719_990))).toBe("6.799975");
    expect(price(bucket(2_719_991))).toBe("13.599955");
    expect(price(bucket(3_000_000))).toBe("15");
    expect(price({ ...bucket(3_000_000), contextTokens: 200_000 })).toBe("7.5");
    expect(price({ ...bucket(2_000_000), contextTokens: 300_000 })).toBe("10");
    expect(provenanceOf(bucket(3_000_000))).toMatch(/, above 271999 tokens on average$/);
    const single = { ...bucket(300_000), requestCount: 1 };
    expect(provenanceOf(single)).toMatch(/, above 271999 tokens$/);
  });

  it("are not guessed of a bill that counts no requests", () => {
    expect(price({ model, tokens: { input: 3_000_000, output: 0 }, requestCount: 0 })).toBe("7.5");
  });

  it("are unpriced in a service tier that is not offered for them", () => {
    const tokens = { input: 300_000, output: 0 };
    expect(price({ model, tokens, serviceTier: "priority" })).toMatch(/priority requests above/);
    expect(price({ model, tokens, serviceTier: "batch" })).toBe("0.75");
  });
});

describe("service tiers", () => {
  const tokens = { input: 1_000_000, cacheRead: 400_000, output: 100_000 };
  it.each<[string, Partial<Usage>, string]>([
    ["batch of GPT-5 halves every class", { model: "gpt-5", serviceTier: "batch" }, "0.9"],
    ["batch of GPT-4o has no cache discount", { serviceTier: "batch" }, "1.75"],
    ["flex of GPT-5", { model: "gpt-5", serviceTier: "flex" }, "0.9"],
    ["priority of GPT-4o", { serviceTier: "priority" }, "5.1"],
    ["priority of GPT-4o mini", { model: "gpt-4o-mini", serviceTier: "priority" }, "0.3"],
    ["batch of Claude halves every class", { ...sonnet, serviceTier: "batch" }, "1.71"],
    ["batch of Gemini keeps the cache price", { ...gemini, serviceTier: "batch" }, "1.6"],
    ["priority of Gemini", { ...gemini, serviceTier: "priority" }, "5.58"],
  ])("%s", (_, change, expected) => {
    expect(price({ tokens, ...change })).toBe(expected);
  });

  it("leaves cache reads unpriced where a batch list is silent on them", () => {
    const flash = { provider: "google", model: "gemini-3-flash-preview" } as const;
    expect(price({ ...flash, serviceTier: "batch" })).toBe("0.0004");
    expect(price({ ...flash, serviceTier: "batch", tokens })).toMatch(/cache read tokens/);
  });
});

describe("regions", () => {
  const opus = { provider: "anthropic", model: "claude-opus-4-6" };
  it("cost more where the provider publishes an uplift", () => {
    expect(price(opus)).toBe("0.0075");
    expect(price({ ...opus, region: "us" })).toBe("0.00825");
    expect(price({ ...opus, region: "global" })).toBe("0.0075");
    expect(price({ model: "gpt-5.5", region: "eu" })).toBe("0.0088");
    expect(price({ model: "gpt-4o", region: "eu" })).toBe("0.0035");
    const vertex = { provider: "vertex_ai", model: "claude-sonnet-4-5@20250929" };
    expect(price({ ...vertex, region: "us-east5" })).toBe("0.00495");
  });

  it("are read from the model's name, and unpriced where the zone's price is not known", () => {
    expect(price({ provider: "azure", model: "azure/eu/gpt-4o-2024-08-06" })).toBe("0.00385");
    expect(price({ provider: "azure", model: "azure/eu/gpt-6-sol" })).toMatch(/region 'eu'/);
    const bedrock = { provider: "bedrock", tokens: { input: 1_000, output: 100 } };
    expect(price({ ...bedrock, model: "global.anthropic.claude-opus-4-6-v1" })).toBe("0.0075");
    expect(price({ ...bedrock, model: "eu.anthropic.claude-opus-4-6-v1" })).toBe("0.00825");
  });
});

describe("DeepSeek's hours", () => {
  const flash = { provider: "deepseek", model: "deepseek-v4-flash" };
  it.each([
    ["before the hours were introduced", "2026-08-01T02:00:00Z", "0.000168"],
    ["at a peak hour", "2026-08-19T02:00:00Z", "0.000572"],
    ["at the end of a peak", "2026-08-19T04:00:00Z", "0.000286"],
    ["in the second peak", "2026-08-19T09:59:59Z", "0.000572"],
    ["on a weekend that still had peaks", "2026-08-22T02:00:00Z", "0.000572"],
    ["on a Saturday since then", "2026-08-29T02:00:00Z", "0.000286"],
    ["on a Sunday since then", "2026-08-30T02:00:00Z", "0.000286"],
  ])("%s", (_, time, expected) => {
    expect(price({ ...flash, at: new Date(time) })).toBe(expected);
  });

  it("cannot be told from a bucket of requests", () => {
    const at = new Date("2026-10-01T00:00:00Z");
    expect(price({ ...flash, at, requestCount: 2 })).toMatch(/depends on the hour/);
  });
});

describe("rounding", () => {
  it("happens once, half to even, on the exact total, and classes share it", () => {
    const models = ["gemini-flash-1.5-8b", "gemini-2.5-flash", "gemini-2.5-pro"];
    const count = fc.integer({ min: 0, max: 400_000 });
    fc.assert(
      fc.property(fc.constantFrom(...models), count, count, count, (model, a, b, output) => {
        const tokens = { input: a + b, cacheRead: b, output };
        const priced = priceUsage(book, usage({ provider: "google", model, tokens }));
        expect(priced.state).toBe("priced");
        if (priced.state === "unpriced") return;
        const parts = Object.values(priced.classes);
        expect(parts.reduce((left, right) => left + right, 0n)).toBe(priced.cost);
        expect(parts.every((part) => part >= 0n)).toBe(true);
      }),
    );
    // 37.5 nano per token: 1 token is 37.5 > 38, 3 are 112.5 > 112.
    const mini = { provider: "google", model: "gemini-flash-1.5-8b" };
    expect(price({ ...mini, tokens: { input: 1, output: 0 } })).toBe("0.000000038");
    expect(price({ ...mini, tokens: { input: 3, output: 0 } })).toBe("0.000000112");
    expect(divideHalfEven(375n, 10n)).toBe(38n);
  });
});

it("says where a price came from in few stable words", () => {
  const provenance = (change: Partial<Usage>) => {
    const priced = priceUsage(book, usage(change));
    return priced.state === "priced" ? priced.provenance : undefined;
  };
  const list = "genai-prices 0.1.8 (2026-09-23)";
  expect(provenance({ model: "o3" })).toBe(`${list} openai/o3 from 2025-06-10`);
  expect(provenance({ provider: "azure", serviceTier: "batch" })).toBe(
    `${list} azure > openai/gpt-4o, batch x0.5`,
  );
  expect(provenance({ ...gemini, tokens: { input: 200_001, output: 0 } })).toBe(
    `${list} google/gemini-2.5-pro, above 200000 tokens`,
  );
  expect(provenance({ provider: "anthropic", model: "claude-opus-5", region: "us" })).toBe(
    `${list} anthropic/claude-opus-5, region us x1.1`,
  );
});

it("shows a price change as the rate variance of the same usage", () => {
  const change = usage({ model: "o3", at: new Date("2025-07-01T00:00:00Z") });
  expect(rateVariance(book, change, new Date("2025-06-01T00:00:00Z"))).toEqual({
    state: "compared",
    before: 14_000_000n,
    after: 2_800_000n,
    variance: -11_200_000n,
  });
  const unknown = { ...change, model: "claude-haiku-5-5" };
  expect(rateVariance(book, unknown, change.at)).toMatchObject({ state: "unpriced" });
});
