import type { Lever, LeverKind } from "#core/outcomes/lever.ts";
import { ROUTED_PERCENT } from "#core/outcomes/lever.ts";
import { saidCount, saidRough } from "../said/said-count.ts";
import { saidShare } from "../said/said-share.ts";

export const LEVER_LABELS: Readonly<Record<LeverKind, string>> = {
  prompt_caching: "Prompt caching",
  context: "Context management",
  output_length: "Output length",
  batch: "Batch",
  routing: "Routing",
};

/** Published ranges with their base: shown as such, never as this organisation's saving. */
const PUBLISHED: Readonly<Record<LeverKind, string>> = {
  prompt_caching: "50-90% of cached tokens; changes of the prefix break it",
  context: "30-60% of input; drops what the task needed",
  output_length: "10-40%; truncated answers",
  batch: "50% of eligible calls; latency",
  routing: "20-50% of spend in one source, 60-90% per query in others; misrouted requests",
};

/** "Prompt caching, published: 50-90% of cached tokens; ...". */
export function publishedSaid(kind: LeverKind): string {
  return `${LEVER_LABELS[kind]}, published range and its risk: ${PUBLISHED[kind]}.`;
}

/** What to try, as an imperative: "cache checkout-agent's system prompt". */
export function tryLever({ because }: Lever, agent: string): string {
  switch (because.kind) {
    case "prompt_caching":
      return `cache ${agent}'s system prompt and tools`;
    case "context":
      return (
        `bring ${agent}'s input back to ${saidCount(because.usual)} tokens a call ` +
        `(${saidCount(because.now)} now)`
      );
    case "output_length":
      return `limit ${agent}'s answers to what nine calls in ten need`;
    case "batch":
      return `send ${agent}'s calls outside production by batch`;
    case "routing":
      return `route ${ROUTED_PERCENT}% of ${agent}'s calls to ${because.to}`;
  }
}

function tenths(ratio: bigint): string {
  return `${ratio / 10n}.${ratio % 10n}`;
}

/** The measured facts behind its figure. */
export function groundSaid({ because }: Lever): string {
  switch (because.kind) {
    case "prompt_caching": {
      const hits = Math.floor(because.hitPermille / 10);
      return (
        `${saidRough(because.uncached)} fixed tokens a week not read from cache; at its density ` +
        `of calls ${hits}% would be`
      );
    }
    case "context":
      return `input per call against the four weeks before`;
    case "output_length": {
      const share = saidShare(because.beyond, because.output);
      return `${saidRough(because.beyond)} output tokens beyond it, ${share} of all`;
    }
    case "batch":
      return "calls of environments where nobody waits, at the batch price";
    case "routing":
      return `price ratio ${tenths(because.ratioTenths)}; half of its calls are assumed to suit it`;
  }
}
