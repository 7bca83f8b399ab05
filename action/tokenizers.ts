import { GptEncoding } from "gpt-tokenizer/GptEncoding";
import type { CountTokens, Encoding } from "#core/estimates/detection/tokens.ts";
import type { Assets } from "./assets.ts";

/** OpenAI's tokenizers, each made when a prompt first needs it: that takes a tenth of a second. */
export function lazyTokenizers(assets: Assets): CountTokens {
  const made = new Map<Encoding, GptEncoding>();
  const plain = { disallowedSpecial: new Set<string>() };
  return (encoding, text) => {
    let tokenizer = made.get(encoding);
    if (tokenizer === undefined) {
      tokenizer = GptEncoding.getEncodingApi(encoding, () => assets.ranks(encoding));
      made.set(encoding, tokenizer);
    }
    return tokenizer.countTokens(text, plain);
  };
}
