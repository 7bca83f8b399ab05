import { describe, expect, it } from "vitest";
import { findModel } from "./find-model.ts";
import { isVersionOf, readModelName } from "./model-name.ts";
import { buildPriceBook, loadCatalogue } from "./price-book.ts";

const { index } = buildPriceBook(loadCatalogue());

/** "host > seller/id", or "" when unknown. */
function resolved(provider: string | undefined, model: string): string {
  const found = findModel(index, provider, model);
  return found.state === "found" ? `${found.host} > ${found.seller}/${found.model.id}` : "";
}

describe("a model's name", () => {
  it.each([
    ["azure/gpt-4o", "azure", "gpt-4o"],
    ["azure/eu/gpt-4o-2024-08-06", "azure", "gpt-4o-2024-08-06"],
    ["vertex_ai/claude-opus-4@20250514", "google", "claude-opus-4@20250514"],
    ["gemini/gemini-2.5-pro", "google", "gemini-2.5-pro"],
    ["models/gemini-2.5-pro", "google", "gemini-2.5-pro"],
    ["projects/p/locations/us/publishers/google/models/gemini-2.5-pro", "google", "gemini-2.5-pro"],
    ["openrouter/anthropic/claude-sonnet-4.5", "openrouter", "anthropic/claude-sonnet-4.5"],
    ["litellm_proxy/azure/gpt-4o", "azure", "gpt-4o"],
    ["together_ai/meta-llama/Llama-3-70b", "together", "meta-llama/llama-3-70b"],
    [
      "bedrock/converse/us-east-1/meta.llama3-8b-instruct-v1:0",
      "aws",
      "meta.llama3-8b-instruct-v1:0",
    ],
    ["  GPT-4o ", undefined, "gpt-4o"],
    ["mistralai/Mistral-7B", undefined, "mistralai/mistral-7b"],
    ["gpt-35-turbo", undefined, "gpt-3.5-turbo"],
    ["ft:gpt-4o-mini:acme::id1", undefined, "ft:gpt-4o-mini"],
    ["gpt-4o-mini-2024-07-18.ft-0a1b2c", undefined, "ft:gpt-4o-mini-2024-07-18"],
  ])("%s is routed to %s", (sent, route, name) => {
    const read = readModelName(sent);
    expect([read.route, read.names[0]]).toEqual([route, name]);
  });

  it("of Bedrock is read with and without its geography and vendor", () => {
    expect(readModelName("us.anthropic.claude-opus-4-5-20251101-v1:0")).toMatchObject({
      route: "aws",
      names: [
        "us.anthropic.claude-opus-4-5-20251101-v1:0",
        "anthropic.claude-opus-4-5-20251101-v1:0",
        "claude-opus-4-5-20251101-v1:0",
      ],
    });
    const arn = "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0";
    expect(readModelName(arn)).toMatchObject({ route: "aws", region: "eu-west-1" });
    expect(readModelName("bedrock/us-gov-west-1/anthropic.claude-sonnet-4-6").names).toEqual([
      "us-gov.anthropic.claude-sonnet-4-6",
    ]);
  });

  it("that hides its model says so", () => {
    const profile = "arn:aws:bedrock:us-east-1:1:application-inference-profile/x";
    expect(readModelName(profile).opaque).toMatch(/does not say its model/);
    expect(
      readModelName("bedrock/us-east-1/1-month-commitment/anthropic.claude-v2:1").opaque,
    ).toMatch(/provisioned/);
  });
});

describe("a version", () => {
  it.each([
    ["claude-sonnet-4-5-20250929", "claude-sonnet-4-5", "anthropic"],
    ["claude-3-5-sonnet-latest", "claude-3-5-sonnet", "anthropic"],
    ["claude-opus-4@20250514", "claude-opus-4", "google"],
    ["gemini-1.5-pro-002", "gemini-1.5-pro", "google"],
    ["gemini-2.5-pro-preview-05-06", "gemini-2.5-pro-preview", "google"],
    ["amazon.nova-lite-v1:0:300k", "amazon.nova-lite", "aws"],
    ["magistral-medium-2509", "magistral-medium", "mistral"],
  ])("%s is one of %s", (name, stem, provider) => {
    expect(isVersionOf(name, stem, provider)).toBe(true);
  });

  it.each([
    ["claude-sonnet-5-5", "claude-sonnet-5", "anthropic"],
    ["claude-sonnet-4-5", "claude-sonnet-4", "anthropic"],
    ["gpt-4o-mini", "gpt-4o", "openai"],
    ["gemini-2.5-flash-lite", "gemini-2.5-flash", "google"],
    ["gemini-2.5-pro-preview-tts", "gemini-2.5-pro-preview", "google"],
    ["amazon.titan-embed-text-v2:0", "amazon.titan-embed-text", "aws"],
    ["deepseek-chat-v3.1", "deepseek-chat", "deepseek"],
    ["gpt-5-nano-20251399", "gpt-5-nano", "openai"],
  ])("%s is none of %s", (name, stem, provider) => {
    expect(isVersionOf(name, stem, provider)).toBe(false);
  });
});

describe("finding a model", () => {
  it.each([
    ["openai", "gpt-4o-2024-11-20", "openai > openai/gpt-4o"],
    ["azure.ai.openai", "gpt-4o", "azure > openai/gpt-4o"],
    ["azure", "o3", "azure > azure/o3-2025-04-16"],
    ["azure", "claude-opus-4-6", "azure > anthropic/claude-opus-4-6"],
    ["azure", "o4-mini-deep-research", "azure > openai/o4-mini-deep-research"],
    [
      "aws.bedrock",
      "anthropic.claude-3-5-sonnet-20241022-v2:0",
      "aws > aws/regional.anthropic.claude-3-5-sonnet-20241022-v2:0",
    ],
    ["gcp.vertex_ai", "claude-opus-4-5@20251101", "google > anthropic/claude-opus-4-5"],
    ["vertex_ai-anthropic_models", "claude-sonnet-4@20250514", "google > google/claude-4-sonnet"],
    ["openai", "anthropic/claude-sonnet-4-5", "anthropic > anthropic/claude-sonnet-4-5"],
    ["openai", "azure/gpt-4o", "azure > openai/gpt-4o"],
    ["groq", "openai/gpt-oss-120b", "groq > groq/openai/gpt-oss-120b"],
    ["litellm", "gpt-4o", "openai > openai/gpt-4o"],
    [undefined, "claude-3-5-haiku-20241022", "anthropic > anthropic/claude-3-5-haiku-latest"],
    [undefined, "gemini-2.0-flash-001", "google > google/gemini-2.0-flash"],
    ["openrouter", "openai/gpt-5.4", "openrouter > openrouter/openai/gpt-5.4"],
    ["mistral_ai", "mistral-large-latest", "mistral > mistral/mistral-large-latest"],
    ["xai", "grok-4", "x-ai > x-ai/grok-4-0709"],
    ["voyage", "voyage-3-large", "voyageai > voyageai/voyage-3-large"],
  ])("%s %s", (provider, model, expected) => {
    expect(resolved(provider, model)).toBe(expected);
  });

  it.each([
    ["anthropic", "claude-haiku-5-5"],
    ["anthropic", "claude-sonnet-5-5"],
    ["openai", "gpt-4o-2030-01-01"],
    ["openai", "gpt-4o-maxi"],
    ["groq", "openai/gpt-5"],
    ["groq", "openai/gpt-oss-safeguard-20b"],
    ["azure", "my-deployment"],
    ["azure", "deepseek-r1"],
    ["bedrock", "amazon.titan-embed-text-v2:0"],
    ["bedrock", "global.anthropic.claude-opus-4-1-20250805-v1:0"],
    ["google", "gemini-3.5-flash-8b"],
    ["vllm", "gpt-4o"],
    [undefined, "gpt-oss-120b"],
    [undefined, "some-model"],
    ["openai", ""],
  ])("knows no price for %s %s", (provider, model) => {
    expect(resolved(provider, model)).toBe("");
  });
});
