import type { Wire } from "./wire.ts";

/** Fields of a streamed event whose value was generated. */
const KEYS: Readonly<Record<Wire, readonly string[]>> = {
  openai_chat: ['"content":', '"arguments":', '"reasoning_content":', '"reasoning":', '"refusal":'],
  openai_responses: ['"delta":'],
  openai_embeddings: [],
  anthropic_messages: ['"text":', '"partial_json":', '"thinking":'],
  gemini_generate: ['"text":'],
};

const QUOTE = 34;
const BACKSLASH = 92;
const SPACE = 32;

/**
 * Bytes of generated text in an event's data (each char of `data` is one byte), at least as many as its
 * tokens. Escapes count as they are written, so it is never too low.
 */
export function textBytes(wire: Wire, data: string): number {
  // A call of a function comes as an object: all of it counts.
  if (wire === "gemini_generate" && data.includes('"functionCall"')) return data.length;
  let total = 0;
  for (const key of KEYS[wire]) {
    let at = data.indexOf(key);
    while (at >= 0) {
      let start = at + key.length;
      while (data.charCodeAt(start) === SPACE) start += 1;
      const end = data.charCodeAt(start) === QUOTE ? closingQuote(data, start + 1) : start;
      total += Math.max(end - start - 1, 0);
      at = data.indexOf(key, end);
    }
  }
  return total;
}

function closingQuote(data: string, from: number): number {
  let at = from;
  while (at < data.length) {
    const code = data.charCodeAt(at);
    if (code === QUOTE) return at;
    at += code === BACKSLASH ? 2 : 1;
  }
  return data.length;
}
