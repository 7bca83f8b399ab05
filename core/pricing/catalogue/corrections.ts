import { invariant } from "#core/errors.ts";
import { fraction, fractionText, multiply, parseFraction } from "#core/pricing/fraction.ts";
import type { CatalogueModel, CataloguePeriod, CatalogueRates } from "#core/pricing/schema.ts";

/**
 * What @pydantic/genai-prices 0.1.8 cannot say, or says for too long, with the page that says it. Applied
 * by build-catalogue.ts; a correction whose model is gone stops the build.
 */
export interface Correction {
  provider: string;
  /** Catalogue id, or every model that the test accepts. */
  model: string | ((model: CatalogueModel) => boolean);
  source: string;
  correct: (model: CatalogueModel) => CatalogueModel;
}

function everyRates(
  model: CatalogueModel,
  change: (rates: CatalogueRates) => CatalogueRates,
): CatalogueModel {
  return {
    ...model,
    periods: model.periods.map((period) => ({ ...period, rates: change(period.rates) })),
  };
}

function doubled(price: string): string {
  const value = parseFraction(price);
  invariant(value !== undefined, `not a price: ${price}`);
  return fractionText(multiply(value, fraction(2n, 1n)));
}

/** Anthropic's hour-long cache costs twice the input price; the clouds' lists say the same. */
function withHourCache(rates: CatalogueRates): CatalogueRates {
  const { input, cacheWrite1h } = rates;
  if (cacheWrite1h !== undefined || input === undefined) return rates;
  if (typeof input === "string") return { ...rates, cacheWrite1h: doubled(input) };
  const tiers = input.tiers.map(({ above, price }) => ({ above, price: doubled(price) }));
  return { ...rates, cacheWrite1h: { base: doubled(input.base), tiers } };
}

/** The last period splits at `at`; what `change` makes of it holds from then on. */
function splitLast(
  model: CatalogueModel,
  at: string,
  change: (period: CataloguePeriod) => CataloguePeriod,
): CatalogueModel {
  const last = model.periods.at(-1);
  if (last === undefined) return model;
  const before = { ...last, until: at };
  const after = change({ ...last, from: at });
  return { ...model, periods: [...model.periods.slice(0, -1), before, after] };
}

const DEEPSEEK_V3_END = "2025-09-05T16:00:00Z";
const OPENAI_PRICING = "https://developers.openai.com/api/docs/pricing";

function fineTuned(base: string, input: string, cacheRead: string, output: string): CatalogueModel {
  const id = `ft:${base}`;
  return { id, names: [id], stems: [id], periods: [{ rates: { input, cacheRead, output } }] };
}

export const CORRECTIONS: readonly Correction[] = [
  {
    provider: "aws",
    // Bedrock lists the hour-long cache from Claude 4.5 on.
    model: ({ id }) => /claude-(?:(?:opus|sonnet|haiku)-4-[5-9]|[a-z]+-5)/.test(id),
    source: "https://aws.amazon.com/bedrock/pricing/",
    correct: (model) => everyRates(model, withHourCache),
  },
  {
    provider: "google",
    model: ({ id }) => /^claude-(?:3-7|4-|fable-|opus-[45]|sonnet-[45])/.test(id),
    source: "https://cloud.google.com/vertex-ai/generative-ai/pricing#claude-models",
    correct: (model) => everyRates(model, withHourCache),
  },
  {
    provider: "aws",
    model: "regional.anthropic.claude-3-5-sonnet-20241022-v2:0",
    source: "https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html",
    correct: (model) => ({ ...model, stems: ["claude-3-5-sonnet-20241022-v2"] }),
  },
  {
    provider: "groq",
    model: "openai/gpt-oss-120b",
    // Another model at half the price.
    source: "https://console.groq.com/docs/model/openai/gpt-oss-safeguard-20b",
    correct: (model) => ({
      ...model,
      names: model.names.filter((name) => name !== "openai/gpt-oss-safeguard-20b"),
    }),
  },
  {
    provider: "mistral",
    model: "mistral-large",
    // The alias moved to Mistral Large 3, see ADDITIONS.
    source: "https://docs.mistral.ai/models/mistral-large-3-25-12",
    correct: (model) => ({
      ...model,
      names: model.names.filter((name) => name !== "mistral-large-latest"),
    }),
  },
  {
    provider: "openai",
    model: "ft:gpt-4o",
    source: OPENAI_PRICING,
    correct: (model) => everyRates(model, (rates) => ({ ...rates, cacheRead: "1.875" })),
  },
  {
    provider: "openai",
    model: "ft:gpt-4o-mini",
    source: OPENAI_PRICING,
    correct: (model) => everyRates(model, (rates) => ({ ...rates, cacheRead: "0.15" })),
  },
  {
    provider: "openai",
    model: "moderation",
    // "contains: moderation" would make any model of that name free.
    source: "https://developers.openai.com/api/docs/pricing#specialized-models",
    correct: (model) => ({
      ...model,
      stems: ["omni-moderation", "text-moderation"],
      names: [...model.names, "text-moderation-stable", "text-moderation-007"],
    }),
  },
  {
    provider: "openai",
    model: "computer-use",
    source: OPENAI_PRICING,
    correct: (model) => ({ ...model, stems: [...(model.stems ?? []), "computer-use-preview"] }),
  },
  {
    provider: "google",
    model: "gemini-2.5-pro",
    source: "https://ai.google.dev/gemini-api/docs/pricing#gemini-2.5-pro",
    correct: (model) => ({ ...model, stems: [...(model.stems ?? []), "gemini-2.5-pro-preview"] }),
  },
  {
    provider: "google",
    model: "gemini-3.5-flash",
    // "^gemini-3\\.5-flash-\\d" would also price a -8b as this one.
    source: "https://ai.google.dev/gemini-api/docs/models",
    correct: ({ patterns: _, ...model }) => ({
      ...model,
      stems: [...(model.stems ?? []), "gemini-3.5-flash"],
    }),
  },
  {
    provider: "google",
    model: "gemma-3",
    source: "https://ai.google.dev/gemini-api/docs/pricing#gemma-3",
    correct: (model) => ({ ...model, patterns: ["^gemma-3-(?:270m|1b|4b|12b|27b)-it$"] }),
  },
  {
    provider: "google",
    model: "gemma-3n",
    source: "https://ai.google.dev/gemini-api/docs/pricing#gemma-3n",
    correct: (model) => ({ ...model, patterns: ["^gemma-3n-e[24]b-it$"] }),
  },
  ...["deepseek-chat", "deepseek-reasoner"].map((model) => ({
    provider: "deepseek",
    model,
    // New prices and the end of off-peak hours; the catalogue stops before them.
    source: "https://api-docs.deepseek.com/news/news250821",
    correct: (found: CatalogueModel) => ({
      ...found,
      periods: found.periods.map((period) => ({ ...period, until: DEEPSEEK_V3_END })),
    }),
  })),
  ...["deepseek-v4-flash", "deepseek-v4-pro"].map((model) => ({
    provider: "deepseek",
    model,
    // Weekends are off-peak from this day. Chinese holidays are not known here and read as peak.
    source: "https://github.com/pydantic/genai-prices/issues/582",
    correct: (found: CatalogueModel) =>
      splitLast(found, "2026-08-23T00:00:00Z", (period) => ({
        ...period,
        ...(period.windows === undefined
          ? {}
          : { windows: period.windows.map((window) => ({ ...window, weekdaysOnly: true })) }),
      })),
  })),
];

const LARGE_3 = "2025-12-02T00:00:00Z";

/** Models that the catalogue lacks and the provider's own list has. */
export const ADDITIONS: readonly { provider: string; source: string; model: CatalogueModel }[] = [
  ...[
    fineTuned("gpt-4.1", "3", "0.75", "12"),
    fineTuned("gpt-4.1-mini", "0.8", "0.2", "3.2"),
    fineTuned("gpt-4.1-nano", "0.2", "0.05", "0.8"),
  ].map((model) => ({ provider: "openai", source: OPENAI_PRICING, model })),
  {
    provider: "mistral",
    source: "https://docs.mistral.ai/models/mistral-large-3-25-12",
    model: {
      id: "mistral-large-latest",
      names: ["mistral-large-latest"],
      periods: [
        { until: LARGE_3, rates: { input: "2", output: "6" } },
        { from: LARGE_3, rates: { input: "0.5", output: "1.5" } },
      ],
    },
  },
];

/**
 * Whose models a provider sells at their makers' prices. The catalogue adds DeepSeek, xAI and Moonshot
 * for Azure, where their models have other prices.
 */
export const FALLBACKS: Readonly<Record<string, readonly string[]>> = {
  azure: ["openai", "anthropic"],
};

/** A maker's entry that was copied from a reseller's list is not the maker's price. */
export function isBorrowed(comment: string | undefined): boolean {
  return /(?:Imported from|Seen on|trusting) open ?router/i.test(comment ?? "");
}
