import { group } from "d3-array";
import type { Fact } from "../fact.ts";
import { pattern } from "../pattern.ts";
import { snakeCase } from "../words.ts";

/** "openai/gpt-4o-mini" and "openai/gpt-5-mini" are one family: their words without numbers. */
export function familyOf(model: string): string {
  return model
    .split(/[^a-z\d]+/)
    .filter((word) => !/^\d|^(?:preview|latest|exp|beta)$/.test(word))
    .map((word) => word.replace(/\d+/g, ""))
    .join(" ");
}

const OF_PROVIDER = pattern`
    ^(?:openai|open_ai|azure\w*|anthropic|google|gemini|vertex\w*|open_router|openrouter|bedrock
    |mistral\w*|groq|ollama|deepseek|deep_seek|xai|together|fireworks|cohere|perplexity)_models?$`;

/** `GoogleModels` of `GoogleModels.Gemini2_5Flash`: whose list of models it is a member of. */
function providerOf(model: string): string | undefined {
  const [owner = "", member] = model.split(".");
  if (member === undefined || !/^[A-Z]\w*Models?$/.test(owner)) return undefined;
  const name = snakeCase(owner);
  return OF_PROVIDER.test(name) ? name : undefined;
}

/** One model of two providers: another price list. */
export function isOfOtherProvider(from: Fact, to: Fact): boolean {
  if (from.kind !== "model" || from.value === to.value) return false;
  const [before, after] = [providerOf(from.value), providerOf(to.value)];
  return before !== undefined && after !== undefined && before !== after;
}

/**
 * Models of one list that grew or shrank: the next version of a model took its place, wherever in
 * the list it stands now.
 */
export function kinOf(from: readonly Fact[], to: readonly Fact[]): [Fact, Fact][] {
  const [old, now] = [byPlace(from), byPlace(to)];
  const pairs: [Fact, Fact][] = [];
  for (const [where, before] of old) {
    const left = [...(now.get(where) ?? [])];
    if (left.length === before.length) continue;
    for (const fact of before) {
      const family = familyOf(fact.meaning);
      const at = left.findIndex(({ meaning }) => familyOf(meaning) === family);
      if (at !== -1) for (const next of left.splice(at, 1)) pairs.push([fact, next]);
    }
  }
  return pairs;
}

function byPlace(facts: readonly Fact[]): ReadonlyMap<string, Fact[]> {
  return group(
    facts.filter(({ kind }) => kind === "model"),
    ({ where }) => where,
  );
}
