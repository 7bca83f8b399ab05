import { type Entry, keyOf } from "../reading/entry.ts";
import { isModelId } from "./model-family.ts";
import { isModelName } from "./model-words.ts";

const ITEM = /^["']?[A-Za-z\d@][\w.:/@+~-]{1,120}["']?$/;
const MAX_LENGTH = 2_000;

/** Whom a program asks: `REVIEW_PROVIDERS: openrouter/x/y,openrouter/x/z`. */
const ASKED = /(?:providers|fallbacks|reviewers|llms|judges|panel|council)$/i;

/** `OPENAI_MODELS=gpt-4o,gpt-4o-mini`: a list of models that is written as one text. */
export function withListedModels(entries: readonly Entry[]): Entry[] {
  const found: Entry[] = [];
  for (const entry of entries) {
    const listed = listedIn(entry);
    if (listed === undefined) found.push(entry);
    else found.push(...listed);
  }
  return found;
}

function listedIn(entry: Entry): Entry[] | undefined {
  const { value, role, line, endLine, path } = entry;
  const { kind, text } = value;
  if (kind !== "text" || role !== "value" || !/[,; ]/.test(text)) return undefined;
  if (text.length > MAX_LENGTH) return undefined;
  const key = keyOf(entry);
  const asked = !isModelName(key);
  if (asked && !(ASKED.test(key) && text.includes(","))) return undefined;
  const words = !/[,;]/.test(text);
  const items = text.split(words ? /\s+/ : /[,;]/).map((item) => item.trim());
  const named = items.filter((item) => item !== "");
  if (named.length < 2 || !named.every((item) => ITEM.test(item)) || !named.some(isModelId)) {
    return undefined;
  }
  // Ruby's `%w[gpt-4o gpt-5]`; other words are a sentence.
  if (words && !named.every(isModelId)) return undefined;
  if (asked && !named.every((item) => item.includes("/") || isModelId(item))) return undefined;
  const frame = { id: -line, bound: new Map<string, string>(), owner: entry.frame };
  return items.flatMap((item, position) => {
    const at = Math.min(endLine, line + position);
    const inner: Entry = {
      ...entry,
      path: [...path, { name: "[]", kind: "list" }],
      value: { kind: "text", text: item.replace(/^["']|["']$/g, "") },
      frame,
      position,
      line: at,
      endLine: at,
    };
    return item === "" ? [] : [inner];
  });
}
