import type { PromptTokens } from "../schema.ts";
import { HOLE } from "./reading/scan-text.ts";

/** Counts tokens with a public tokenizer; the edge loads it before the engine runs. */
export type CountTokens = (encoding: Encoding, text: string) => number;
export type Encoding = "o200k_base" | "cl100k_base";

/** Characters per token where a maker's tokenizer is not public, and how far off that may be. */
const RATIOS: readonly {
  readonly maker: RegExp;
  readonly ratio: number;
  readonly error: number;
}[] = [
  // Anthropic's documentation names about 3.5 characters of English a token.
  { maker: /claude|anthropic|opus|sonnet|haiku/i, ratio: 3.5, error: 0.2 },
  // Google's documentation: "a token is equivalent to about 4 characters".
  { maker: /gemini|gemma|palm/i, ratio: 4, error: 0.2 },
  {
    maker: /llama|mi[sx]tral|qwen|deepseek|command|grok|nova|titan|kimi|glm|phi/i,
    ratio: 3.8,
    error: 0.25,
  },
];

/**
 * Longer runs without a break make a tokenizer slow out of proportion: they are counted by ratio.
 */
const MAX_RUN = 2_000;
/** Tokenizers are asked for this much text at most; the rest has the same ratio. */
const MAX_COUNTED = 300_000;

export interface Counted {
  readonly tokens: number;
  readonly countedBy: string;
  readonly error: number;
}

/** Tokens of a text for a model; without a model, by OpenAI's present tokenizer. */
export function countTokens(count: CountTokens, text: string, model: string | undefined): Counted {
  const known = text.replaceAll(HOLE, "");
  const ratio = RATIOS.find(({ maker }) => model !== undefined && maker.test(model));
  if (ratio !== undefined) {
    const countedBy = `${ratio.ratio} characters a token`;
    return { tokens: Math.ceil(known.length / ratio.ratio), countedBy, error: ratio.error };
  }
  const old = model !== undefined && /gpt-(?:3\.5|35|4(?!o|\.|-?1))|text-embedding/i.test(model);
  const encoding: Encoding = old ? "cl100k_base" : "o200k_base";
  const { tokens, estimated } = measured(count, encoding, known);
  if (estimated) return { tokens, countedBy: `${encoding}, long runs estimated`, error: 0.25 };
  return { tokens, countedBy: encoding, error: 0 };
}

function measured(
  count: CountTokens,
  encoding: Encoding,
  text: string,
): { tokens: number; estimated: boolean } {
  const counted = text.slice(0, MAX_COUNTED);
  let tokens = 0;
  let estimated = text.length > MAX_COUNTED;
  const plain = counted.replace(/[^\s]{2001,}|\s{2001,}/g, (run) => {
    tokens += Math.ceil(run.length / 4);
    estimated ||= run.length > MAX_RUN;
    return " ";
  });
  tokens += count(encoding, plain);
  const scale = counted.length === 0 ? 1 : text.length / counted.length;
  return { tokens: Math.round(tokens * scale), estimated };
}

/** Sizes of a prompt before and after; an absent side is null. */
export function promptTokens(
  count: CountTokens,
  from: string | undefined,
  to: string | undefined,
  model: string | undefined,
): PromptTokens {
  const before = from === undefined ? undefined : countTokens(count, from, model);
  const after = to === undefined ? undefined : countTokens(count, to, model);
  const worst = (after?.error ?? 0) >= (before?.error ?? 0) ? (after ?? before) : before;
  return {
    from: before?.tokens ?? null,
    to: after?.tokens ?? null,
    countedBy: worst?.countedBy ?? "nothing",
    error: worst?.error ?? 0,
    unknownParts: unknownParts(to ?? from ?? ""),
  };
}

/** Holes of string interpolation, and the placeholders of templates. */
export function unknownParts(text: string): number {
  return (
    text.match(/\uFFFC|\{\{[^{}\n]{1,200}\}\}|(?<![{$])\{\w{1,60}\}(?!\})|\$\{\w{1,60}\}/g)
      ?.length ?? 0
  );
}
