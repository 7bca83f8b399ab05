import { type Entry, isListed } from "./entry.ts";
import { traitsOf } from "./frame-traits.ts";
import { isModelId } from "./model-id.ts";
import { pattern } from "./pattern.ts";
import { lastName, snakeCase } from "./words.ts";

const NAMES_MODEL = pattern`
    ^(?:id|ids|model|models?|model_?ids?|value|slug|name|model_?names?|api_?name|key|\w+_models?
    |\w+_model_(?:id|name)s?)$`;
/** Lists that a call goes through, and entries that say how they are called. */
const CALLED = pattern`
    (?:^|_)(?:fallbacks?|defaults?|routes?|routing|routers?|chain|council|ensemble|judges?|agents?
    |voters?|candidates|panel|cascade|tiers?|roles?|tasks?|deployments?)(?:_|$)`;
const SETTING = pattern`
    ^(?:messages|temperature|max_tokens|max_output_tokens|max_completion_tokens|api_key|api_base
    |base_url|prompt|system|system_prompt|instructions|litellm_params|deployment|capacity|version
    |weight|priority|role|task)$`;
/** Neighbours that name an entry of a list. */
const ITEM_NAMES = ["name", "agent", "role", "task", "key", "slug", "title", "label"];

/** The name beside a value in an entry of a list, by which the entry is known again. */
export function itemOf(entry: Entry): string | undefined {
  const { path } = entry;
  if (path.at(-1)?.kind !== "key" || !path.some(({ kind }) => kind === "list")) return undefined;
  return neighbourName(entry);
}

function neighbourName({ frame, value }: Entry): string | undefined {
  for (const name of ITEM_NAMES) {
    const text = frame.bound.get(name);
    if (text !== undefined && text !== "" && text !== value.text) return text;
  }
  return undefined;
}

/** Many bare names in one list are offered; of those that have a label, a few. */
const MANY = 5;
const MANY_LABELLED = 3;

/**
 * Of how many entries a list must be, at least, for this one only to say which models there are.
 * Undefined where it says which model is called.
 */
export function offeredAmong(entry: Entry): number | undefined {
  const { path, frame, value } = entry;
  const last = path.at(-1);
  if (last === undefined || frame.block === true) return undefined;
  if (traitsOf(frame).capabilities >= 3) return 1;
  const around = path.filter(({ kind }) => kind !== "list").map(({ name }) => snakeCase(name));
  if (around.some((name) => CALLED.test(name))) return undefined;
  if (isListed(entry)) return MANY;
  if (last.kind !== "key" || !NAMES_MODEL.test(snakeCase(last.name))) return undefined;
  if (path.some(({ kind, name }) => kind === "call" && /^[a-z]/.test(lastName(name)))) {
    return undefined;
  }
  if ([...frame.bound.keys()].some((name) => SETTING.test(snakeCase(name)))) return undefined;
  const item = neighbourName(entry);
  if (item === undefined) return MANY;
  return isCalledLike(item, value.text) ? MANY_LABELLED : undefined;
}

/** "GPT-4o (latest)" is a label of gpt-4o; "planner" says who calls it. */
function isCalledLike(item: string, model: string): boolean {
  const [first] = (model.split("/").at(-1) ?? model).match(/[a-z]{2,}|\d+/gi) ?? [model];
  return item.toLowerCase().includes(first.toLowerCase()) || isModelId(item);
}
