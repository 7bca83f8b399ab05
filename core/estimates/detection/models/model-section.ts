import { pattern } from "../pattern.ts";
import type { Entry } from "../reading/entry.ts";
import { snakeCase } from "../words.ts";
import { isModelId } from "./model-family.ts";

/** Tables that say who is answered by which tier of models: `AGENT_TIER`, `MODEL_FOR_ROLE`. */
const TIERS = /(?:^|_)(?:models?|llms?|tiers?)(?:_|$)/;
const SAYS_OTHER = pattern`
    (?:^|_)(?:labels?|titles?|names?|family|families|colou?rs?|icons?|descriptions?|keys?|prices?
    |pricing|costs?|rates?|limits?|ranks?|types?|schemas?|order|aliases|version|info)(?:_|$)`;

/** `{ "extractor": "haiku" }` of a table that gives each name its model; no model has one. */
export function isOfTiers({ path }: Entry): boolean {
  const [table, own] = path.filter(({ kind }) => kind !== "call").slice(-2);
  if (table?.kind !== "key" || own?.kind !== "key" || isModelId(own.name)) return false;
  const [around, name] = [snakeCase(table.name), snakeCase(own.name)];
  return TIERS.test(around) && !SAYS_OTHER.test(around) && !SAYS_OTHER.test(name);
}

const SECTION = /^(?:models?|llms?|(?:llm|chat|language)_models?)$/;
const ROLE = pattern`
    ^(?:default|primary|secondary|fallback|main|fast|slow|small|medium|large|cheap|smart|strong|weak
    |best|chat|reasoning|summary|summarizer|summarization|vision|code|coding|coder|planner|router
    |judge|embedding|embeddings|local|remote|light|heavy|backup)$`;
/** A family alone, which some servers take for its newest model. */
const BARE = /^(?:llama|mistral|mixtral|gemma|qwen|phi|claude|gpt|gemini|deepseek|grok)$/i;

/** `models: { default: "llama" }`: in a section of models, what each is for names one. */
export function isOfSection({ path }: Entry): boolean {
  const [section, own] = path.filter(({ kind }) => kind !== "list").slice(-2);
  if (section?.kind !== "key" || own?.kind !== "key") return false;
  return SECTION.test(snakeCase(section.name)) && ROLE.test(snakeCase(own.name));
}

export function isBareFamily(value: string): boolean {
  return BARE.test(value);
}

const OWN_NAMES = /^(?:id|name|model|value|label)$/i;

/** `MODELS = { text: "gpt-5", image: "gpt-image-1" }`: each task has its model. */
export function isOfTable({ path, frame, value }: Entry): boolean {
  const [table, own] = path.slice(-2);
  const keyed =
    table?.kind === "key" && own?.kind === "key" && /(?:models|llms)$/i.test(table.name);
  if (!keyed || value.text !== value.text.toLowerCase() || !isModelId(value.text)) return false;
  return ![...frame.bound.keys()].some((name) => OWN_NAMES.test(name));
}
