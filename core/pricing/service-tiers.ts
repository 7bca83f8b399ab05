import type { ServiceTier } from "#core/ledger/schema.ts";

/**
 * What a service tier costs, as a factor of the standard price of each class: genai-prices has none. A
 * row is here because its provider's own page says so; a tier that no row covers is unpriced.
 */
export interface TierRule {
  readonly tier: ServiceTier;
  readonly provider: string;
  /** Catalogue ids; absent = every model of the provider. The first row that fits counts. */
  readonly models?: RegExp;
  readonly input: string;
  readonly output: string;
  /** "input": cached tokens have no discount here. Absent: the page is silent, such tokens are unpriced. */
  readonly cacheRead?: string;
  readonly cacheWrite?: string;
  /** Offered above the context thresholds too. */
  readonly longContext: boolean;
}

const HALF = { input: "0.5", output: "0.5" };
const ALL_HALF = { ...HALF, cacheRead: "0.5", cacheWrite: "0.5" };

function times(factor: string) {
  return { input: factor, output: factor, cacheRead: factor, cacheWrite: factor };
}

// https://developers.openai.com/api/docs/pricing (tables Batch, Flex, Fast mode, Finetuning). A dash under
// "cached input" of the batch table is no discount: "Discounting for Prompt Caching is not available on
// the Batch API" (prompt caching guide, models before GPT-5).
const OPENAI: readonly Omit<TierRule, "provider">[] = [
  {
    tier: "batch",
    models: /^gpt-3\.5-turbo-1106$/,
    input: "1",
    output: "1",
    longContext: false,
  },
  { tier: "batch", models: /^gpt-5\.5-pro$/, ...ALL_HALF, longContext: false },
  { tier: "batch", models: /^gpt-[5-9]/, ...ALL_HALF, longContext: true },
  {
    tier: "batch",
    models: /^ft:(?:gpt-4\.1-(?:mini|nano)|gpt-4o-mini|gpt-3\.5-turbo-)$/,
    ...ALL_HALF,
    longContext: false,
  },
  {
    tier: "batch",
    models: /^ft:gpt-4\.1$/,
    ...HALF,
    cacheRead: "2/3",
    longContext: false,
  },
  {
    tier: "batch",
    models: /^ft:gpt-4o$/,
    input: "89/150",
    output: "5/6",
    cacheRead: "0.48",
    longContext: false,
  },
  { tier: "batch", models: /^(?!ft:)/, ...HALF, cacheRead: "input", longContext: true },
  { tier: "flex", models: /^gpt-5\.5-pro$/, ...ALL_HALF, longContext: false },
  {
    tier: "flex",
    models:
      /^(?:gpt-5(?:\.[12]|\.4|\.5)?|gpt-5-(?:mini|nano)|gpt-5\.4-(?:mini|nano|pro)|gpt-5\.6-(?:sol|terra|luna)|gpt-6-astra|o3|o4-mini)$/,
    ...ALL_HALF,
    longContext: true,
  },
  {
    tier: "priority",
    models: /^(?:gpt-5\.6-(?:sol|terra|luna)|gpt-6-astra)$/,
    ...times("2"),
    longContext: true,
  },
  {
    tier: "priority",
    models: /^(?:gpt-5(?:\.[12]|\.4)?|gpt-5\.3-codex|gpt-5\.4-mini|gpt-4\.1-nano)$/,
    ...times("2"),
    longContext: false,
  },
  { tier: "priority", models: /^gpt-5\.5$/, ...times("2.5"), longContext: false },
  { tier: "priority", models: /^gpt-5-mini$/, ...times("1.8"), longContext: false },
  {
    tier: "priority",
    models: /^(?:gpt-4\.1|gpt-4\.1-mini|o3|gpt-4o-2024-05-13)$/,
    ...times("1.75"),
    longContext: false,
  },
  { tier: "priority", models: /^gpt-4o$/, ...times("1.7"), longContext: false },
  // $0.25 of $0.15, and $2 of $1.10
  { tier: "priority", models: /^gpt-4o-mini$/, ...times("5/3"), longContext: false },
  { tier: "priority", models: /^o4-mini$/, ...times("20/11"), longContext: false },
];

const GEMINI_25 = /^gemini-2\.5-(?:pro|flash)$/;

// https://ai.google.dev/gemini-api/docs/pricing (Batch, Flex, Priority), /optimization
// https://cloud.google.com/vertex-ai/generative-ai/pricing
const GOOGLE: readonly Omit<TierRule, "provider">[] = [
  { tier: "batch", models: GEMINI_25, ...HALF, cacheRead: "1", longContext: true },
  { tier: "batch", models: /^(?:gemini|claude)-/, ...HALF, longContext: true },
  { tier: "flex", models: GEMINI_25, ...HALF, cacheRead: "1", longContext: true },
  {
    tier: "flex",
    models: /^gemini-3\.(?:1-flash-lite|6-flash)$/,
    ...HALF,
    cacheRead: "0.5",
    longContext: true,
  },
  {
    tier: "flex",
    models: /^gemini-3\.5-flash-lite$/,
    ...HALF,
    cacheRead: "2/3",
    longContext: true,
  },
  { tier: "flex", models: /^gemini-3\.[578]-flash$/, ...HALF, longContext: true },
  {
    tier: "priority",
    models: /^gemini-3\.5-flash-lite$/,
    ...times("1.8"),
    cacheRead: "5/3",
    longContext: true,
  },
  {
    tier: "priority",
    models:
      /^gemini-(?:2\.5-(?:pro|flash)|3-(?:pro|flash)-preview|3\.1-(?:pro-preview|flash-lite)|3\.[5-8]-flash)$/,
    ...times("1.8"),
    longContext: true,
  },
];

const OTHERS: readonly TierRule[] = [
  // "These multipliers stack with other pricing modifiers, including the Batch API discount":
  // https://platform.claude.com/docs/en/about-claude/pricing#batch-processing
  { tier: "batch", provider: "anthropic", ...ALL_HALF, longContext: true },
  // https://learn.microsoft.com/azure/ai-foundry/openai/how-to/batch
  { tier: "batch", provider: "azure", models: /^(?!claude-|ft:)/, ...HALF, longContext: false },
  // https://docs.aws.amazon.com/bedrock/latest/userguide/capacity-limits-cost-optimization.html
  { tier: "batch", provider: "aws", ...HALF, longContext: true },
  // https://console.groq.com/docs/batch
  { tier: "batch", provider: "groq", ...HALF, longContext: false },
  // https://docs.mistral.ai/capabilities/batch
  { tier: "batch", provider: "mistral", ...HALF, longContext: false },
  // https://docs.fireworks.ai/guides/batch-inference
  { tier: "batch", provider: "fireworks", ...HALF, longContext: false },
];

const RULES: readonly TierRule[] = [
  ...OPENAI.map((rule) => ({ ...rule, provider: "openai" })),
  ...GOOGLE.map((rule) => ({ ...rule, provider: "google" })),
  ...OTHERS,
];

/** Undefined when no page says what the tier costs there. */
export function findTierRule(
  provider: string,
  modelId: string,
  tier: ServiceTier,
): TierRule | undefined {
  return RULES.find(
    (rule) =>
      rule.provider === provider && rule.tier === tier && (rule.models?.test(modelId) ?? true),
  );
}
