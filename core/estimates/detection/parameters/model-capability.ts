import { isServed } from "../models/listed-entry.ts";
import { isModelId } from "../models/model-family.ts";
import type { Entry } from "../reading/entry.ts";
import { traitsOf } from "../reading/frame-traits.ts";
import { snakeCase } from "../words.ts";

/** A table of what models can do is no setting: `{ id, contextWindow, maxTokens, cost }`. */
export function isCapability(entry: Entry): boolean {
  const described =
    traitsOf(entry.frame).capabilities >= 2 ||
    isOfModelKey(entry) ||
    isOfPattern(entry) ||
    entry.scope.some((name) => /^capabilit(?:y|ies)$/i.test(name));
  return described && !isServed(entry);
}

/** `{ pattern: /qwen/, contextWindow: 131072 }` of a list: of all models that are called so. */
function isOfPattern({ path, frame, value }: Entry): boolean {
  const [outer, own] = path.slice(-2);
  if (value.kind !== "number" || outer?.kind !== "list" || own?.kind !== "key") return false;
  if (!WINDOW.test(snakeCase(own.name))) return false;
  const others = [...frame.bound.keys()].map(snakeCase).filter((name) => !SIZES.test(name));
  // An expression has no value that is read.
  return others.every((name) => MATCHED.test(name));
}

const WINDOW = /^context_(?:window|length|size|limit)$/;
const SIZES =
  /^(?:context_(?:window|length|size|limit)|(?:max_)?output_(?:limit|tokens)|max_tokens)$/;
const MATCHED = /^(?:pattern|regex|match(?:es)?|test|prefix|starts_with)$/;
const OF_CATALOGUE = /^(?:top_provider|capabilities|specs|model_info|architecture|metadata)$/;
const LISTS_MODELS =
  /(?:^|_)(?:built_?in|available|supported|all|known)_(?:\w+_)?models(?:_by_\w+)?$/;
/** What only an entry has that is called: where, and before which others. */
const ROUTED = /^(?:priority|weight|fallbacks?|api_key(?:_env)?|api_base|base_url|endpoint)$/;
const CALLED = /^(?:temperature|top_p|messages|prompt|system_prompt|extra_params|stream)$/;

/** `"gpt-4o": { max_context_length: 128000 }` says what a model can do, unless it is called there. */
function isOfModelKey({ path, frame }: Entry): boolean {
  const outer = path.slice(0, -1);
  const around = outer.filter(({ kind }) => kind === "key");
  if (around.some(({ name }) => LISTS_MODELS.test(snakeCase(name)))) return true;
  if (around.some(({ name }) => OF_CATALOGUE.test(snakeCase(name)))) return true;
  // Keyed by a model, and not an entry of a list of those that are called.
  const listed = outer.at(-2)?.name === "models";
  if (!listed && !isModelId(around.at(-1)?.name ?? "")) return false;
  // An entry of a configuration says whom it asks: `{ provider: "ollama", model: "llama3" }`.
  const asks = frame.bound.has("model") && frame.bound.has("provider");
  const names = asks ? [] : [...frame.bound.keys()].map(snakeCase);
  return !asks && !names.some((name) => CALLED.test(name) || ROUTED.test(name));
}
