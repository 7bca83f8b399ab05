import type { CountTokens } from "#core/estimates/detection/tokens.ts";

/** OpenAI's tokenizers. They take a moment to load, so only a diff with something to count does. */
export async function loadTokenizers(): Promise<CountTokens> {
  const [o200k, cl100k] = await Promise.all([
    import("gpt-tokenizer/encoding/o200k_base"),
    import("gpt-tokenizer/encoding/cl100k_base"),
  ]);
  const plain = { disallowedSpecial: new Set<string>() };
  return (encoding, text) =>
    encoding === "o200k_base" ? o200k.countTokens(text, plain) : cl100k.countTokens(text, plain);
}
