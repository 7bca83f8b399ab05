interface UpliftRule {
  readonly provider: string;
  readonly regions: RegExp;
  /** Catalogue ids. */
  readonly models: RegExp;
  /** "unknown": the region has a price of its own there which no list gives. */
  readonly factor: string;
}

const CLAUDE_46 =
  /^claude-(?:(?:opus|sonnet|haiku)-4-[6-9]|(?:opus|sonnet|haiku|fable|mythos)-[5-9])/;
const CLAUDE_45 =
  /^claude-(?:(?:opus|sonnet|haiku)-4-[5-9]|(?:opus|sonnet|haiku|fable|mythos)-[5-9])/;

/** Published uplifts of the list price for a deployment geography. Bedrock's are in its model ids. */
const RULES: readonly UpliftRule[] = [
  // inference_geo: https://platform.claude.com/docs/en/about-claude/pricing#data-residency-pricing
  { provider: "anthropic", regions: /^us$/, models: CLAUDE_46, factor: "1.1" },
  // Models since 2026-03-05: https://developers.openai.com/api/docs/guides/data-residency
  {
    provider: "openai",
    regions: /^(?:us|eu|ae|au|ca|gb|uk|in|jp|kr|sg)$/,
    models: /^gpt-(?:5\.[4-9]|[6-9])/,
    factor: "1.1",
  },
  // Data zones (a resource's own region, "eastus", says nothing of its deployment type):
  // https://azure.microsoft.com/pricing/details/cognitive-services/openai-service/
  {
    provider: "azure",
    regions: /^(?:us|eu)$/,
    models: /^(?:gpt-4o(?:-mini)?$|gpt-4\.1|gpt-5|o1|o3|o4-mini)/,
    factor: "1.1",
  },
  { provider: "azure", regions: /^us$/, models: CLAUDE_46, factor: "1.1" },
  { provider: "azure", regions: /^(?:us|eu)$/, models: /^/, factor: "unknown" },
  // Regional and multi-region endpoints:
  // https://cloud.google.com/vertex-ai/generative-ai/pricing#claude-models
  { provider: "google", regions: /^(?!global$)/, models: CLAUDE_45, factor: "1.1" },
];

/**
 * A factor as text, "unknown" where the region's price is not known, undefined where the list price
 * holds.
 */
export function publishedUplift(
  provider: string,
  modelId: string,
  region: string | undefined,
): string | undefined {
  if (region === undefined) return undefined;
  return RULES.find(
    (rule) =>
      rule.provider === provider &&
      rule.regions.test(region.toLowerCase()) &&
      rule.models.test(modelId),
  )?.factor;
}
